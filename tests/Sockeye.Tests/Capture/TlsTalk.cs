using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sockeye.Capture.Streams;
using Sockeye.Tests.Cli;

namespace Sockeye.Tests.Capture;

/// <summary>
/// What openssl and a server of .NET said to each other over TLS, as it stood on the wire, and their keys.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed record TlsTalk(IReadOnlyList<(Side From, byte[] Bytes)> Said, string Keys)
{
    /// <summary>The command with which openssl's client changes its key, and asks the server to as well.</summary>
    public const string UpdateKeys = "K";

    private const int LongBodyBytes = 40_000;

    private static readonly TlsCipherSuite[] s_suites =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    ];

    private static readonly Lazy<X509Certificate2> s_certificate = new(CreateCertificate);

    /// <summary>Lets openssl ask twice: for a few bytes, and for more than a record holds.</summary>
    /// <param name="options">What it shall be told besides.</param>
    /// <param name="command">What it shall do before it asks; nothing when empty.</param>
    public static async Task<TlsTalk> RecordAsync(string options, string command = "")
    {
        string keys = Path.GetTempFileName();
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            string peer = listener.LocalEndpoint.ToString()!;
            using Process client = Process.Start(new ProcessStartInfo(
                "openssl", ["s_client", "-connect", peer, "-keylogfile", keys, .. options.Split(' ')])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> output = client.StandardOutput.ReadToEndAsync();
            Socket socket = await listener.AcceptSocketAsync().WaitAsync(ToolProcess.TimeOut);
            var wire = new RecordedStream(new NetworkStream(socket, ownsSocket: true));
            await Task.WhenAll(ServeAsync(wire), AskAsync(client, command)).WaitAsync(ToolProcess.TimeOut);
            await client.WaitForExitAsync().WaitAsync(ToolProcess.TimeOut);
            _ = await output;
            return new TlsTalk(wire.Said, await File.ReadAllTextAsync(keys));
        }
        finally
        {
            File.Delete(keys);
        }
    }

    /// <summary>Writes it down as packets.</summary>
    /// <param name="to">Where.</param>
    /// <param name="segmentBytes">How much a packet carries at most.</param>
    /// <param name="lost">Which of what was said the capture does not have.</param>
    public void Write(TcpScript to, int segmentBytes, int lost = -1)
    {
        _ = to.Handshake();
        var next = new Dictionary<Side, uint> { [Side.Client] = 1, [Side.Server] = 1 };
        for (int i = 0; i < Said.Count; i++)
        {
            (Side from, byte[] bytes) = Said[i];
            for (int at = 0; at < bytes.Length; at += segmentBytes)
            {
                byte[] piece = bytes[at..Math.Min(bytes.Length, at + segmentBytes)];
                if (i != lost)
                {
                    _ = to.Say(from == Side.Client, next[from], next[from.Other()], piece);
                }

                next[from] += (uint)piece.Length;
            }
        }
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=name.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static async Task AskAsync(Process client, string command)
    {
        if (command.Length > 0)
        {
            await client.StandardInput.WriteLineAsync(command);
            await client.StandardInput.FlushAsync();
            while (await client.StandardError.ReadLineAsync() is { } line && line != "KEYUPDATE")
            {
            }
        }

        Task<string> errors = client.StandardError.ReadToEndAsync();
        await client.StandardInput.WriteAsync(
            "GET /short HTTP/1.1\r\nHost: x\r\n\r\nGET /long HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.StandardInput.FlushAsync();
        _ = await errors; // Its input stays open: at its end the client would not wait for answers.
    }

    private static async Task ServeAsync(Stream wire)
    {
        await using var tls = new SslStream(wire);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = s_certificate.Value,
            CipherSuitesPolicy = new CipherSuitesPolicy(s_suites),
        });
        using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
        for (int body = 5; body <= LongBodyBytes; body += LongBodyBytes - 5)
        {
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            // Its head is a record, its body at least one more.
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body}\r\n\r\n"));
            await tls.WriteAsync(new byte[body]);
        }

        await tls.ShutdownAsync();
        while (await reader.ReadLineAsync() is not null)
        {
        }
    }

    /// <summary>A stream of a server that keeps what passes.</summary>
    private sealed class RecordedStream(Stream stream) : Stream
    {
        public List<(Side From, byte[] Bytes)> Said { get; } = [];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            int count = await stream.ReadAsync(buffer, cancellationToken);
            Keep(Side.Client, buffer[..count]);
            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            Keep(Side.Server, buffer);
            await stream.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

        public override void Flush() => stream.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            stream.Dispose();
            base.Dispose(disposing);
        }

        private void Keep(Side from, ReadOnlyMemory<byte> bytes)
        {
            lock (Said)
            {
                Said.Add((from, bytes.ToArray()));
            }
        }
    }
}
