using System.Net;
using System.Net.Sockets;
using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>One attempt of an engine to connect: to this address; null for the path of a Unix endpoint.</summary>
internal delegate Task<Connection> ConnectAttempt(IPAddress? address, CancellationToken cancellationToken);

/// <summary>Connects to an endpoint, on the owner that calls: looks up the name, races its addresses (RFC
/// 8305).</summary>
internal static class Connector
{
    public static async Task<Connection> ConnectAsync(
        Network network,
        Endpoint endpoint,
        ConnectOptions options,
        ConnectAttempt attempt,
        CancellationToken cancellationToken)
    {
        Addresses.RequireStream(endpoint, NetworkOperation.Connect);
        using var limit = new CancellationTokenSource(options.Timeout, network.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            List<IPAddress?> addresses = await AddressesOfAsync(
                network, endpoint, options, limit.Token, both.Token);
            return await RaceAsync(
                addresses, Told(attempt, options, limit.Token), options.AttemptDelay, network.Time, both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NetworkException(NetworkOperation.Connect, endpoint, NetworkError.TimedOut,
                $"Cannot connect to {endpoint}: no answer within {options.Timeout.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>RFC 8305 section 4: interleaves the families, that of the resolver's first address first.</summary>
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

    private static async Task<List<IPAddress?>> AddressesOfAsync(
        Network network,
        Endpoint endpoint,
        ConnectOptions options,
        CancellationToken limit,
        CancellationToken cancellationToken)
    {
        if (Addresses.IsUnix(endpoint) || endpoint.Address is not null)
        {
            return [endpoint.Address];
        }

        if (endpoint.Host.Length == 0)
        {
            throw new NetworkException(NetworkOperation.Connect, endpoint, NetworkError.BadEndpoint,
                $"Cannot connect to {endpoint}: '*' is for listening; name the host.");
        }

        IPAddress[] found = await ResolveAsync(network, endpoint.Host, options, limit, cancellationToken);
        List<IPAddress?> inOrder =
            [.. Interleave(found, address => address.AddressFamily == AddressFamily.InterNetworkV6)];
        options.NameResolved?.Invoke(inOrder);
        return inOrder;
    }

    private static async Task<IPAddress[]> ResolveAsync(
        Network network,
        string host,
        ConnectOptions options,
        CancellationToken limit,
        CancellationToken cancellationToken)
    {
        try
        {
            return await (options.Resolve?.Invoke(host, cancellationToken)
                ?? network.ResolveAsync(host, cancellationToken));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw NameLookup.TimedOut(host);
        }
    }

    /// <summary>The same attempt; whoever wants to know of it is told.</summary>
    private static ConnectAttempt Told(ConnectAttempt attempt, ConnectOptions options, CancellationToken limit)
    {
        return options.AddressTried is { } tell ? TellAsync : attempt;

        async Task<Connection> TellAsync(IPAddress? address, CancellationToken cancellationToken)
        {
            tell(new AddressAttempt(address, AddressOutcome.Begun));
            try
            {
                Connection connection = await attempt(address, cancellationToken);
                bool isLate = cancellationToken.IsCancellationRequested;
                tell(new AddressAttempt(address, isLate ? Late() : AddressOutcome.Connected));
                return connection;
            }
            catch (NetworkException failure)
            {
                tell(new AddressAttempt(address, AddressOutcome.Failed, failure));
                throw;
            }
            catch (OperationCanceledException)
            {
                tell(new AddressAttempt(address, Late()));
                throw;
            }
        }

        AddressOutcome Late() => limit.IsCancellationRequested ? AddressOutcome.TimedOut : AddressOutcome.GivenUp;
    }

    /// <summary>
    /// RFC 8305 section 5: starts an attempt, and the next one when it failed or the delay is over; the first that
    /// connects wins, and the others are given up.
    /// </summary>
    private static async Task<Connection> RaceAsync(
        List<IPAddress?> addresses,
        ConnectAttempt attempt,
        TimeSpan attemptDelay,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<Connection>> attempts = [];
        int next = 0;
        try
        {
            while (true)
            {
                if (next < addresses.Count)
                {
                    attempts.Add(attempt(addresses[next++], race.Token));
                }

                Task delay = next < addresses.Count
                    ? Task.Delay(attemptDelay, time, race.Token)
                    : Task.Delay(Timeout.Infinite, race.Token);
                Task first = await Task.WhenAny([.. attempts, delay]);
                cancellationToken.ThrowIfCancellationRequested();
                if (first is Task<Connection> ended)
                {
                    attempts.Remove(ended);
                    if (ended.IsCompletedSuccessfully || (attempts.Count == 0 && next == addresses.Count))
                    {
                        return await ended;
                    }
                }
            }
        }
        finally
        {
            // Not CancelAsync, which would have the thread pool do it: a connect would wait for a free thread there.
            race.Cancel();
            await Task.WhenAll(attempts.Select(GiveUpAsync));
        }
    }

    /// <summary>An attempt that lost: if it connected after all, it is closed.</summary>
    private static async Task GiveUpAsync(Task<Connection> attempt)
    {
        await ((Task)attempt).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (attempt.IsCompletedSuccessfully)
        {
            (await attempt).Abort();
        }
    }
}
