using System.Net;
using System.Net.Http.Json;
using System.Text;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Client;

/// <summary>System.Net.Http.HttpClient on Sockeye: what its users rely on.</summary>
public sealed class HttpClientTests
{
    private static readonly int[] s_numbers = [1, 2, 3];

    [Theory]
    [Models]
    public async Task GetsAndPostsOnEveryModel(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        using HttpClient client = ClientOf(scene);
        Assert.Equal("Hello, World!", await client.GetStringAsync("/hello"));
        using HttpResponseMessage echo = await client.PostAsJsonAsync("/echo", s_numbers);
        Assert.Equal(s_numbers, await echo.Content.ReadFromJsonAsync<int[]>());
        using HttpResponseMessage empty = await client.DeleteAsync("/empty");
        Assert.Equal(HttpStatusCode.NoContent, empty.StatusCode);
        Assert.Equal(HttpVersion.Version11, empty.Version);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/other")).StatusCode);
        HttpRequestException exception = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync("/other"));
        Assert.Equal(HttpStatusCode.NotFound, exception.StatusCode);
    }

    [Fact]
    public async Task HeadIsThereBeforeTheBody()
    {
        var goOn = new TaskCompletionSource();
        await using FetchScene scene = await FetchScene.StartAsync("epoll", async (_, response) =>
        {
            response.Write("begin"u8);
            await response.FlushAsync();
            await goOn.Task;
            response.Write("end"u8);
        });
        using HttpClient client = ClientOf(scene);
        using HttpResponseMessage message = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await using Stream body = await message.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[100];
        Assert.Equal(5, await body.ReadAsync(buffer));
        goOn.SetResult();
        Assert.Equal(3, await body.ReadAsync(buffer));
        Assert.Equal(0, await body.ReadAsync(buffer));
    }

    [Fact]
    public async Task TrailingHeadersAreThereAfterTheBody()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        using HttpClient client = ClientOf(scene);
        using HttpResponseMessage message = await client.GetAsync("/trailers");
        Assert.Equal("42", message.TrailingHeaders.GetValues("X-Sum").Single());
    }

    [Fact]
    public async Task HeadersGoBothWays()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        using HttpClient client = ClientOf(scene);
        var request = new HttpRequestMessage(HttpMethod.Put, "/head")
        {
            Content = new StringContent("x", Encoding.UTF8, "text/x-test"),
        };
        request.Headers.Host = "other.test";
        request.Headers.Add("X-List", ["a", "b"]);
        request.Headers.UserAgent.ParseAdd("one/1 two/2");
        using HttpResponseMessage message = await client.SendAsync(request);
        string head = await message.Content.ReadAsStringAsync();
        Assert.Contains("Host: other.test\r\n", head);
        Assert.Contains("X-List: a, b\r\n", head);
        Assert.Contains("User-Agent: one/1 two/2\r\n", head);
        Assert.Contains("Content-Type: text/x-test; charset=utf-8\r\n", head);
        Assert.Contains("Content-Length: 1\r\n", head);
        Assert.Equal("Sockeye", message.Headers.Server.ToString());
        Assert.NotNull(message.Headers.Date);
        Assert.Equal(head.Length, message.Content.Headers.ContentLength);
        Assert.Same(request, message.RequestMessage);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ContentIsStreamedWithOrWithoutItsLength(bool isChunked)
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        using HttpClient client = ClientOf(scene);
        var request = new HttpRequestMessage(HttpMethod.Post, "/count")
        {
            Content = new StreamContent(new MemoryStream(new byte[3_000_000])),
        };
        request.Headers.TransferEncodingChunked = isChunked;
        using HttpResponseMessage message = await client.SendAsync(request);
        Assert.Equal("3000000", await message.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task TimeoutAndCancellationAreToldApart()
    {
        await using var server = new ScriptedServer(async (peer, _) => await peer.ReadToEndAsync());
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var client = new HttpClient(new SockeyeHttpHandler(network)) { Timeout = TimeSpan.FromMilliseconds(100) };
        TaskCanceledException late = await Assert.ThrowsAsync<TaskCanceledException>(
            () => client.GetAsync(server.Root).WaitAsync(FetchScene.TimeOut));
        Assert.IsType<TimeoutException>(late.InnerException);
        using var patient = new HttpClient(new SockeyeHttpHandler(network));
        using var cancellation = new CancellationTokenSource();
        Task<HttpResponseMessage> getting = patient.GetAsync(server.Root, cancellation.Token);
        await cancellation.CancelAsync();
        TaskCanceledException canceled = await Assert.ThrowsAsync<TaskCanceledException>(
            () => getting.WaitAsync(FetchScene.TimeOut));
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
    }

    [Fact]
    public async Task BodyIsCancelledWhileItIsAwaited()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            await peer.ReadToEndAsync();
        });
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var client = new HttpClient(new SockeyeHttpHandler(network));
        using HttpResponseMessage message = await client.GetAsync(
            server.Root, HttpCompletionOption.ResponseHeadersRead);
        await using Stream body = await message.Content.ReadAsStreamAsync();
        Assert.Equal(4, await body.ReadAsync(new byte[10]));
        using var cancellation = new CancellationTokenSource();
        Task<int> reading = body.ReadAsync(new byte[10], cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(FetchScene.TimeOut));
    }

    [Fact]
    public async Task DisposedClientCancelsWhatIsUnderWay()
    {
        await using var server = new ScriptedServer(async (peer, _) => await peer.ReadToEndAsync());
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        var client = new HttpClient(new SockeyeHttpHandler(network));
        Task<HttpResponseMessage> getting = client.GetAsync(server.Root);
        client.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => getting.WaitAsync(FetchScene.TimeOut));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetAsync(server.Root));
    }

    [Fact]
    public async Task BodyThatIsCutOffIsAnHttpRequestException()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var client = new HttpClient(new SockeyeHttpHandler(network));
        HttpRequestException exception = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync(server.Root));
        Assert.Equal(HttpRequestError.ResponseEnded, exception.HttpRequestError);
    }

    [Fact]
    public async Task RedirectChangesTheRequestsUri()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", async (request, response) =>
        {
            if (request.Path.SequenceEqual("/"u8))
            {
                response.Status = StatusCode.Found;
                response.Add("Location", "/hello");
                return;
            }

            await FetchScene.ServeAsync(request, response);
        });
        using HttpClient client = ClientOf(scene);
        using HttpResponseMessage message = await client.GetAsync("/");
        Assert.Equal("/hello", message.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal("Hello, World!", await message.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task SynchronousSendWorksOutsideOfLoops()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        using HttpClient client = ClientOf(scene);
        string text = await Task.Run(() =>
        {
            using HttpResponseMessage message = client.Send(new HttpRequestMessage(HttpMethod.Get, "/hello"));
            using var reader = new StreamReader(message.Content.ReadAsStream());
            return reader.ReadToEnd();
        }).WaitAsync(FetchScene.TimeOut);
        Assert.Equal("Hello, World!", text);
    }

    [Fact]
    public async Task WebSocketOfTheRuntimeRunsOnIt()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", async (request, response) =>
        {
            string key = request.Fields.TryGet("Sec-WebSocket-Key"u8, out ReadOnlySpan<byte> value)
                ? Encoding.ASCII.GetString(value)
                : "";
            byte[] accept = System.Security.Cryptography.SHA1.HashData(
                Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
            response.Add("Sec-WebSocket-Accept", Convert.ToBase64String(accept));
            Connection connection = await response.SwitchAsync("websocket"u8.ToArray());
            using var socket = System.Net.WebSockets.WebSocket.CreateFromStream(
                connection.AsStream(), isServer: true, null, TimeSpan.Zero);
            byte[] buffer = new byte[100];
            var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
            await socket.SendAsync(
                buffer.AsMemory(0, received.Count), received.MessageType, true, CancellationToken.None);
            await socket.CloseAsync(
                System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        });
        using var invoker = new HttpMessageInvoker(new SockeyeHttpHandler(scene.Network));
        using var client = new System.Net.WebSockets.ClientWebSocket();
        using var limit = new CancellationTokenSource(FetchScene.TimeOut);
        await client.ConnectAsync(new Uri(scene.Root.Replace("http://", "ws://") + "/chat"), invoker, limit.Token);
        await client.SendAsync("hi"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, limit.Token);
        byte[] back = new byte[10];
        Assert.Equal(2, (await client.ReceiveAsync(back, limit.Token)).Count);
        Assert.Equal("hi"u8.ToArray(), back[..2]);
    }

    private static HttpClient ClientOf(FetchScene scene) =>
        new(new SockeyeHttpHandler(scene.Network)) { BaseAddress = new Uri(scene.Root) };
}
