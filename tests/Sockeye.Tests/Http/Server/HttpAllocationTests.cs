using System.Text;
using Sockeye.Http;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>A keep-alive request allocates nothing, once the server has warmed up.</summary>
[Collection(Alone.Name)]
public sealed class HttpAllocationTests
{
    private const int RequestsOfWindow = 500;

    public static TheoryData<string> Loops =>
        [.. IoModel.All.Where(one => one.Family is "readiness" or "completion" && one.WhyUnavailable() is null)
            .Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task AShortRequestAllocatesNothing(string model) => await CheckAsync(
        model,
        (_, response) =>
        {
            response.Add("Content-Type"u8, "text/plain"u8);
            response.Write("Hello, World!"u8);
            return default;
        },
        "GET /plaintext HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n");

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ABodyThatIsReadAllocatesNothing(string model) => await CheckAsync(
        model,
        Echo,
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

    [System.Runtime.CompilerServices.AsyncMethodBuilder(
        typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask Echo(HttpRequest request, HttpResponse response)
    {
        while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
        {
            response.Write(piece.Span);
        }
    }

    private static async Task CheckAsync(string model, HttpHandler handler, string request)
    {
        var allocations = new Allocations(RequestsOfWindow);
        await using Site site = await Site.StartAsync(
            (question, answer) =>
            {
                // On the loop's own thread, so that nobody else's allocations count.
                allocations.Count();
                return handler(question, answer);
            },
            model: model);
        using RawClient client = site.Connect();
        byte[] bytes = Encoding.ASCII.GetBytes(request);
        while (!allocations.IsDone)
        {
            client.Send(bytes);
            Assert.Equal(200, client.Read()!.Status);
        }

        allocations.AssertWithinLimit();
    }
}
