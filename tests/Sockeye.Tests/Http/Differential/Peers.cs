using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Differential;

/// <summary>Servers that nobody here wrote. Each reads the whole body and answers 200.</summary>
internal sealed class Peers : IAsyncDisposable
{
    private const int StartSecondsMax = 30;

    /// <summary>Their names, in the order of the table.</summary>
    public static readonly string[] Names = ["nginx", "HAProxy", "Node", "Kestrel"];

    private readonly List<Process> _processes = [];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sockeye-peers-");
    private WebApplication? _kestrel;

    /// <summary>The ports of those that run here.</summary>
    public Dictionary<string, int> Ports { get; } = [];

    /// <summary>Why the others do not.</summary>
    public List<string> Missing { get; } = [];

    public static async Task<Peers> StartAsync()
    {
        var peers = new Peers();
        int origin = FreePort();
        await peers.StartKestrelAsync();
        await peers.RunAsync("Node", Programs.Find("node"), Node);
        await peers.RunAsync("nginx", Programs.Find("nginx") ?? Programs.Find("/usr/sbin/nginx"), Nginx(origin));
        await peers.RunAsync(
            "HAProxy",
            peers.Ports.ContainsKey("nginx") ? Programs.Find("haproxy") ?? Programs.Find("/usr/sbin/haproxy") : null,
            HaProxy(origin));
        return peers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in _processes)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        await (_kestrel?.DisposeAsync() ?? default);
        _directory.Delete(recursive: true);
    }

    private static (string File, Func<int, string> Text, string[] Arguments) Node => (
        "node.js",
        port => $$"""
            require('http').createServer((request, response) => {
                request.on('error', () => {});
                request.on('end', () => response.end('ok'));
                request.resume();
            }).listen({{port}}, '127.0.0.1');
            """,
        ["node.js"]);

    /// <summary>As a proxy, because it does not read the body for an answer of its own.</summary>
    private static (string File, Func<int, string> Text, string[] Arguments) Nginx(int origin) => (
        "nginx.conf",
        port => $$"""
            daemon off;
            pid nginx.pid;
            error_log stderr crit;
            events { }
            http {
                access_log off;
                client_max_body_size 30m;
                client_body_buffer_size 2m;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                server {
                    listen 127.0.0.1:{{port}};
                    location / { proxy_pass http://127.0.0.1:{{origin}}; proxy_ignore_client_abort on; }
                }
                server {
                    listen 127.0.0.1:{{origin}};
                    location / { return 200 "ok"; }
                }
            }
            """,
        ["-p", ".", "-c", "nginx.conf", "-e", "stderr"]);

    /// <summary>In front of the origin that nginx has. It waits for the body before it asks.</summary>
    private static (string File, Func<int, string> Text, string[] Arguments) HaProxy(int origin) => (
        "haproxy.cfg",
        port => $"""
            defaults
                mode http
                option http-buffer-request
                timeout connect 5s
                timeout client 5s
                timeout server 5s
                timeout http-request 5s
            frontend front
                bind 127.0.0.1:{port}
                default_backend back
            backend back
                server origin 127.0.0.1:{origin}

            """,
        ["-f", "haproxy.cfg", "-db"]);

    private async Task StartKestrelAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        _kestrel = builder.Build();
        _kestrel.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync("ok");
        });
        await _kestrel.StartAsync();
        Ports["Kestrel"] = new Uri(_kestrel.Urls.First()).Port;
    }

    private async Task RunAsync(
        string name, string? program, (string File, Func<int, string> Text, string[] Arguments) how)
    {
        if (program is null)
        {
            Missing.Add($"{name} is not installed, or what it needs");
            return;
        }

        int port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(_directory.FullName, how.File), how.Text(port));
        var process = Process.Start(new ProcessStartInfo(program, how.Arguments)
        {
            WorkingDirectory = _directory.FullName,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _processes.Add(process);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        if (await IsListeningAsync(process, port))
        {
            Ports[name] = port;
        }
        else
        {
            Missing.Add($"{name} did not start: {(process.HasExited ? await errors : "it does not listen")}");
        }
    }

    private static async Task<bool> IsListeningAsync(Process process, int port)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < StartSecondsMax && !process.HasExited)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(50); // It tells nobody when it listens.
            }
        }

        return false;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
