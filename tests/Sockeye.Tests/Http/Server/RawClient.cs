using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Http.Server;

/// <summary>A reply, taken apart by hand, so that no parser is tested against itself.</summary>
internal sealed record Reply(int Status, string Head, byte[] Content)
{
    public string Text => Encoding.UTF8.GetString(Content);

    /// <summary>The value of a field, or null.</summary>
    public string? Field(string name) => Head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();
}

/// <summary>A plain blocking socket, or the runtime's TLS over one, that speaks HTTP byte by byte.</summary>
internal sealed class RawClient : IDisposable
{
    private const int WaitMilliseconds = Patience.Milliseconds;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private byte[] _buffer = new byte[65_536];
    private int _start;
    private int _end;

    /// <summary>Speaks through a socket that is connected; over TLS, if that is there.</summary>
    public RawClient(Socket socket, SslStream? tls = null)
    {
        _socket = socket;
        _stream = tls ?? (Stream)new NetworkStream(socket);
        _socket.ReceiveTimeout = WaitMilliseconds;
        _socket.SendTimeout = WaitMilliseconds;
    }

    public Socket Socket => _socket;

    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException exception) when (exception.InnerException is SocketException inner)
        {
            throw inner;
        }
    }

    /// <summary>Sends as long as the server takes it: one that has rejected what came before may be gone.</summary>
    public void TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Send(bytes);
        }
        catch (SocketException exception) when (
            exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // Its reply is there all the same, or the test fails for want of it.
        }
    }

    /// <summary>Sends a FIN, over TLS after a close_notify, and goes on receiving.</summary>
    public void FinishSending()
    {
        (_stream as SslStream)?.ShutdownAsync().GetAwaiter().GetResult();
        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Receives what is there, at least a byte; 0 is the end. It must not be mixed with the replies.</summary>
    public int ReceiveSome(Span<byte> room)
    {
        try
        {
            return _stream.Read(room);
        }
        catch (IOException exception) when (exception.InnerException is SocketException inner)
        {
            throw inner;
        }
    }

    /// <summary>The next final reply, with interim ones left out; null at the end of the connection.</summary>
    /// <param name="toHead">It answers a HEAD, and has no content.</param>
    public Reply? Read(bool toHead = false)
    {
        while (true)
        {
            Reply? reply = ReadAny(toHead);
            if (reply is null or { Status: >= 200 })
            {
                return reply;
            }
        }
    }

    /// <summary>The next reply, interim ones as well; null at the end of the connection.</summary>
    public Reply? ReadAny(bool toHead = false)
    {
        if (ReadHead() is not { } reply)
        {
            return null;
        }

        return reply with { Content = toHead || reply.Status is < 200 or 204 or 304 ? [] : ReadContent(reply) };
    }

    /// <summary>The head of the next reply; null at the end of the connection.</summary>
    public Reply? ReadHead()
    {
        int end;
        while ((end = IndexOf("\r\n\r\n")) < 0)
        {
            if (!Receive())
            {
                return Held.IsEmpty
                    ? null
                    : throw new EndOfStreamException($"Half a head: {Encoding.Latin1.GetString(Held)}");
            }
        }

        string head = Encoding.Latin1.GetString(Held[..end]);
        _start += end + 4;
        Assert.StartsWith("HTTP/1.1 ", head, StringComparison.Ordinal);
        return new Reply(int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), head, []);
    }

    /// <summary>Everything until the server closes.</summary>
    public string ReadToEnd()
    {
        while (Receive())
        {
        }

        string all = Encoding.Latin1.GetString(Held);
        _start = _end;
        return all;
    }

    /// <summary>Whether the connection has ended, in order or by a reset, with nothing before the end.</summary>
    public bool IsAtEnd()
    {
        try
        {
            return Held.IsEmpty && !Receive();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private byte[] ReadContent(Reply reply)
    {
        if (reply.Field("Transfer-Encoding") == "chunked")
        {
            return ReadChunks();
        }

        return reply.Field("Content-Length") is { } length
            ? Take(int.Parse(length, CultureInfo.InvariantCulture))
            : Encoding.Latin1.GetBytes(ReadToEnd());
    }

    private byte[] ReadChunks()
    {
        using var content = new MemoryStream();
        while (true)
        {
            int size = int.Parse(TakeLine(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                while (TakeLine() is { Length: > 0 } trailer)
                {
                    Trailers.Add(trailer);
                }

                return content.ToArray();
            }

            content.Write(Take(size));
            Assert.Equal("", TakeLine());
        }
    }

    /// <summary>The trailer lines of the replies so far.</summary>
    public List<string> Trailers { get; } = [];

    private string TakeLine()
    {
        int end;
        while ((end = IndexOf("\r\n")) < 0)
        {
            Assert.True(Receive(), "the connection ended within a line");
        }

        string line = Encoding.Latin1.GetString(Held[..end]);
        _start += end + 2;
        return line;
    }

    /// <summary>Exactly this many bytes.</summary>
    public byte[] Take(int count)
    {
        while (Held.Length < count)
        {
            Assert.True(Receive(), $"the connection ended within the content: {Held.Length} of {count} bytes");
        }

        byte[] taken = Held[..count].ToArray();
        _start += count;
        return taken;
    }

    private ReadOnlySpan<byte> Held => _buffer.AsSpan(_start, _end - _start);

    private int IndexOf(string text) => Held.IndexOf(Encoding.Latin1.GetBytes(text));

    private bool Receive()
    {
        if (_buffer.Length - _end < 16_384)
        {
            byte[] larger = _start > 0 ? _buffer : new byte[2 * _buffer.Length];
            Held.CopyTo(larger);
            _end -= _start;
            _start = 0;
            _buffer = larger;
        }

        int count = ReceiveSome(_buffer.AsSpan(_end));
        _end += count;
        return count > 0;
    }
}
