using System.Net;
using System.Net.Sockets;
using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Engines;

/// <summary>Connects to an endpoint from a loop: looks the name up and races its addresses (RFC 8305).</summary>
internal static class Connector
{
    public static async Task<Connection> ConnectAsync(
        Loop loop, Endpoint endpoint, ConnectOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (Addresses.IsDatagram(endpoint) || endpoint.Scheme == EndpointScheme.Standard)
        {
            throw new NetworkException(NetworkOperation.Connect, endpoint, NetworkError.BadEndpoint,
                $"Cannot connect to {endpoint}: use a stream such as tcp://host:port or unix:/path.");
        }

        LoopNetwork.RefuseTls(NetworkOperation.Connect, endpoint);
        using var limit = new CancellationTokenSource(options.Timeout, loop.Network.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            List<SocketAddress> addresses = await AddressesOfAsync(loop, endpoint, both.Token);
            return await RaceAsync(loop, endpoint, addresses, options, both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NetworkException(NetworkOperation.Connect, endpoint, NetworkError.TimedOut,
                $"Cannot connect to {endpoint}: no answer within {options.Timeout.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>RFC 8305 section 4: interleaves the families, beginning with that of the resolver's first address.</summary>
    internal static List<T> Interleave<T>(IEnumerable<T> addresses, Func<T, bool> isIpv6)
    {
        ILookup<bool, T> families = addresses.ToLookup(isIpv6);
        bool first = addresses.Select(isIpv6).FirstOrDefault();
        T[] one = [.. families[first]];
        T[] other = [.. families[!first]];
        List<T> result = [];
        for (int i = 0; i < Math.Max(one.Length, other.Length); i++)
        {
            result.AddRange(one.Skip(i).Take(1));
            result.AddRange(other.Skip(i).Take(1));
        }

        return result;
    }

    private static async Task<List<SocketAddress>> AddressesOfAsync(
        Loop loop, Endpoint endpoint, CancellationToken cancellationToken)
    {
        if (Addresses.IsUnix(endpoint) || endpoint.Address is not null)
        {
            return [Addresses.Of(endpoint, NetworkOperation.Connect)];
        }

        if (endpoint.Host.Length == 0)
        {
            throw new NetworkException(NetworkOperation.Connect, endpoint, NetworkError.BadEndpoint,
                $"Cannot connect to {endpoint}: '*' is for listening; name the host.");
        }

        IPAddress[] found = await loop.Network.ResolveAsync(endpoint.Host, cancellationToken);
        return [.. Interleave(found, a => a.AddressFamily == AddressFamily.InterNetworkV6)
            .Select(address => SocketAddress.From(address, endpoint.Port))];
    }

    /// <summary>
    /// RFC 8305 section 5: starts an attempt, and the next one when it failed or the delay is over; the first that
    /// connects wins, and the others are given up.
    /// </summary>
    private static async Task<Connection> RaceAsync(
        Loop loop, Endpoint endpoint, List<SocketAddress> addresses, ConnectOptions options, CancellationToken cancellationToken)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<SocketConnection>> attempts = [];
        int next = 0;
        try
        {
            while (true)
            {
                if (next < addresses.Count)
                {
                    attempts.Add(AttemptAsync(loop, endpoint, addresses[next++], options, race.Token));
                }

                Task delay = next < addresses.Count
                    ? Task.Delay(options.AttemptDelay, loop.Network.Time, race.Token)
                    : Task.Delay(Timeout.Infinite, race.Token);
                Task first = await Task.WhenAny([.. attempts, delay]);
                cancellationToken.ThrowIfCancellationRequested();
                if (first is Task<SocketConnection> attempt)
                {
                    attempts.Remove(attempt);
                    if (attempt.IsCompletedSuccessfully || (attempts.Count == 0 && next == addresses.Count))
                    {
                        return await attempt;
                    }
                }
            }
        }
        finally
        {
            await race.CancelAsync();
            await Task.WhenAll(attempts.Select(GiveUpAsync));
        }
    }

    private static async Task<SocketConnection> AttemptAsync(
        Loop loop, Endpoint endpoint, SocketAddress address, ConnectOptions options, CancellationToken cancellationToken)
    {
        int descriptor = Sockets.ForConnect(endpoint, address.Family, options.Socket, options.From);
        Result outcome = await loop.ConnectAsync(descriptor, address, cancellationToken);
        SocketConnection connection = null!;
        if (outcome.Ok)
        {
            outcome = loop.Adopt(descriptor, address, null, options.Limits, out connection);
        }

        if (!outcome.Ok)
        {
            Interop.Close(descriptor);
            cancellationToken.ThrowIfCancellationRequested();
            throw Failures.Of(NetworkOperation.Connect, endpoint, outcome.Error);
        }

        return connection;
    }

    /// <summary>An attempt that lost: if it connected after all, it is closed.</summary>
    private static async Task GiveUpAsync(Task<SocketConnection> attempt)
    {
        await ((Task)attempt).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (attempt.IsCompletedSuccessfully)
        {
            (await attempt).Abort();
        }
    }
}
