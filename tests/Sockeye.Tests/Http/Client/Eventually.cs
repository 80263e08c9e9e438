using System.Net.Sockets;

namespace Sockeye.Tests.Http.Client;

/// <summary>Waits for what happens on another thread, in bounded time.</summary>
internal static class Eventually
{
    /// <summary>Waits for a program to listen at a path: the file is there a moment before that.</summary>
    public static Task ListensAsync(string path) => Async(() =>
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    });

    public static async Task Async(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(FetchScene.TimeOut);
        while (!holds())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
