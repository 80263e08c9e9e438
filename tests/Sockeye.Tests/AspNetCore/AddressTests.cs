using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Sockeye.AspNetCore;

namespace Sockeye.Tests.AspNetCore;

/// <summary>Where the server listens, and what it says of it.</summary>
public sealed class AddressTests
{
    [Fact]
    public async Task TellsThePortThatTheKernelChose()
    {
        await using WebApp app = await Run(_ => { }, "http://127.0.0.1:0", "http://127.0.0.1:0");
        string[] addresses = [.. AddressesOf(app)];
        Assert.Equal(2, addresses.Distinct().Count());
        Assert.DoesNotContain(addresses, address => address.EndsWith(":0", StringComparison.Ordinal));
        foreach (string address in addresses)
        {
            Assert.Equal("here", await app.Client.GetStringAsync(address));
        }
    }

    [Fact]
    public async Task OptionsHaveTheFirstWordUnlessTheHostInsists()
    {
        await using WebApp own = await Run(
            options => options.Endpoints.Add(Endpoint.Parse("http://127.0.0.1:0")), "http://127.0.0.2:0");
        Assert.StartsWith("http://127.0.0.1:", Assert.Single(AddressesOf(own)), StringComparison.Ordinal);
        await using WebApp insists = await WebApp.StartAsync(
            new Carrier("own", host => host.PreferHostingUrls(true).UseSockeye(
                options => options.Endpoints.Add(Endpoint.Parse("http://127.0.0.1:0")))),
            Here,
            builder => builder.WebHost.UseUrls("http://127.0.0.2:0"));
        Assert.StartsWith("http://127.0.0.2:", Assert.Single(AddressesOf(insists)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServesAUnixSocket()
    {
        string path = Path.Combine(Path.GetTempPath(), $"sockeye-{Guid.NewGuid():N}.sock");
        await using WebApp app = await Run(_ => { }, $"http://unix:{path}");
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        Assert.Equal("here", await client.GetStringAsync("http://unix/"));
        File.Delete(path);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServesTlsWithACertificateMadeOnTheSpot(bool onLoop)
    {
        await using WebApp app = await WebApp.StartAsync(
            new Carrier("tls", host => host.UseSockeye(options =>
            {
                options.SelfSigned = true;
                options.RunApplicationOnLoop = onLoop;
            })),
            site => site.Run(context =>
            {
                Assert.True(context.Request.IsHttps);
                Assert.NotNull(context.Features.Get<ITlsConnectionFeature>());
                Assert.Equal("localhost", context.Features.Get<ITlsHandshakeFeature>()!.HostName);
                return context.Response.WriteAsync("secret");
            }),
            builder => builder.WebHost.UseUrls("https://127.0.0.1:0"));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    certificate!.Subject.Contains("127.0.0.1", StringComparison.Ordinal),
            },
        });
        Assert.StartsWith("https://", app.Address.ToString(), StringComparison.Ordinal);
        Assert.Equal("secret", await client.GetStringAsync($"https://localhost:{app.Address.Port}/"));
    }

    [Fact]
    public async Task TakenPortIsSaidAsHostsExpectIt()
    {
        await using WebApp first = await Run(_ => { }, "http://127.0.0.1:0");
        IOException exception = await Assert.ThrowsAsync<IOException>(
            () => Run(_ => { }, first.Address.ToString().TrimEnd('/')));
        Assert.IsType<AddressInUseException>(exception.InnerException);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0/base", "UsePathBase")]
    [InlineData("ftp://127.0.0.1:0", "neither")]
    [InlineData("http://localhost:0", "two ports")]
    [InlineData("https://127.0.0.1:0", "options.SelfSigned")]
    [InlineData("https://unix:/tmp/x.sock", "without TLS")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("http://127.0.0.1:99999", "Port 99999 is out of range")]
    [InlineData("http://192.0.2.1:0", "192.0.2.1")]
    public async Task AddressesThatCannotBeServedSayWhatToDo(string address, string word)
    {
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => Run(_ => { }, address));
        Assert.Contains(word, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://*:0", "http://[::]:")]
    [InlineData("http://+:0", "http://[::]:")]
    [InlineData("http://any.example:0", "http://[::]:")]
    [InlineData("http://[::]:0", "http://[::]:")]
    [InlineData("http://[::1]:0", "http://[::1]:")]
    [InlineData("HTTP://127.0.0.1:0/", "http://127.0.0.1:")]
    public async Task AddressMeansWhatItMeansToKestrel(string address, string told)
    {
        foreach (Carrier carrier in (Carrier[])[Carrier.Pool, Carrier.Kestrel])
        {
            await using WebApp app = await WebApp.StartAsync(
                carrier, Here, builder => builder.WebHost.UseUrls(address));
            string one = Assert.Single(AddressesOf(app));
            Assert.StartsWith(told, one, StringComparison.Ordinal);
            int port = new Uri(one).Port;
            Assert.NotEqual(0, port);
            string host = told.Contains("[::]", StringComparison.Ordinal) ? "127.0.0.1" : new Uri(one).Host;
            Assert.Equal("here", await app.Client.GetStringAsync($"http://{host}:{port}/"));
        }
    }

    [Theory]
    [InlineData("urls", "http://127.0.0.3:0", "http://127.0.0.3:")]
    [InlineData("http_ports", "0", "http://[::]:")]
    [InlineData("https_ports", "0", "https://[::]:")]
    public async Task SettingsOfTheHostAreHeeded(string key, string value, string told)
    {
        await using WebApp app = await WebApp.StartAsync(
            Carrier.Pool.With(options => options.SelfSigned = true),
            Here,
            builder =>
            {
                builder.WebHost.UseSetting("urls", "");
                builder.WebHost.UseSetting(key, value);
            });
        Assert.StartsWith(told, Assert.Single(AddressesOf(app)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnvironmentIsHeeded()
    {
        // As ASPNETCORE_URLS, under a prefix that no other test reads.
        Environment.SetEnvironmentVariable("SOCKEYEADDRESSES_URLS", "http://127.0.0.3:0");
        await using WebApp app = await WebApp.StartAsync(Carrier.Pool, Here, builder =>
        {
            builder.WebHost.UseSetting("urls", "");
            builder.Configuration.AddEnvironmentVariables("SOCKEYEADDRESSES_");
        });
        Assert.StartsWith("http://127.0.0.3:", Assert.Single(AddressesOf(app)), StringComparison.Ordinal);
    }

    private static Task<WebApp> Run(Action<SockeyeServerOptions> configure, params string[] addresses) =>
        WebApp.StartAsync(
            new Carrier("addresses", host => host.UseSockeye(configure)),
            Here,
            builder => builder.WebHost.UseUrls(addresses));

    private static void Here(WebApplication site) => site.Run(context => context.Response.WriteAsync("here"));

    private static ICollection<string> AddressesOf(WebApp app) => app.App.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses;
}
