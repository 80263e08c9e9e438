using System.Buffers;
using System.Text;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;

namespace Sockeye.Capture.Journeys;

/// <summary>One request and its response, over a connection that is used for nothing else.</summary>
internal sealed class JourneyExchange
{
    private readonly ClientConnection _http;
    private readonly ArrayBufferWriter<byte> _kept = new();
    private readonly JourneyPlan _plan;

    public JourneyExchange(Connection connection, JourneyPlan plan)
    {
        _http = new ClientConnection(connection);
        _plan = plan;
    }

    /// <summary>What is known of it so far; null before the request.</summary>
    public JourneyHttp? Result { get; private set; }

    public async Task SendAsync()
    {
        var sent = new ArrayBufferWriter<byte>();
        var head = new HeadWriter(sent);
        head.RequestLine(Method.Get, Encoding.ASCII.GetBytes(_plan.Target.Path));
        head.Field(KnownField.Host, Encoding.ASCII.GetBytes(_plan.Target.Authority));
        if (_plan.UserAgent is { } agent)
        {
            head.Field("User-Agent", agent);
        }

        head.Field("Accept", "*/*");
        head.End();
        Result = new JourneyHttp { RequestHead = Encoding.ASCII.GetString(sent.WrittenSpan) };
        _http.Begin(Method.Get);
        _http.Output.Write(sent.WrittenSpan);
        await _http.FlushAsync();
        _http.Connection.SendNow();
    }

    public async Task ReadHeadAsync()
    {
        ResponseHead head = await ReadFinalHeadAsync();

        var fields = new List<KeyValuePair<string, string>>();
        foreach (HeaderField field in head.Fields)
        {
            fields.Add(new(field.NameText, field.ValueText));
        }

        Result = Result! with
        {
            Status = head.Status,
            Reason = head.ReasonText,
            Version = head.Version == ProtocolVersion.Http10 ? "HTTP/1.0" : "HTTP/1.1",
            Fields = fields,
            HeadBytes = head.Length,
        };
    }

    /// <summary>Reads the body; whether the server said that it closes the connection.</summary>
    public async Task<bool> ReadBodyAsync()
    {
        long bytes = 0;
        bool isCutShort = false;
        try
        {
            while (!_http.IsTunnel && !isCutShort && await _http.ReadBodyAsync() is { IsEmpty: false } piece)
            {
                int room = JourneyPlan.KeptBytesMax - _kept.WrittenCount;
                _kept.Write(piece.Span[..Math.Min(room, piece.Length)]);
                bytes += piece.Length;
                isCutShort = bytes > JourneyPlan.ReceivedBytesMax;
            }
        }
        finally
        {
            // Also of a body that ends early.
            Result = Result! with
            {
                BodyBytes = bytes,
                Body = _kept.WrittenMemory,
                IsCutShort = isCutShort,
            };
        }

        return !_http.Head.KeepAlive;
    }

    private async Task<ResponseHead> ReadFinalHeadAsync()
    {
        try
        {
            ResponseHead head;
            do
            {
                head = await _http.ReadHeadAsync();
            }
            while (head.IsInterim);
            return head;
        }
        catch (BadResponseException)
        {
            ReadOnlyMemory<byte> came = _http.Connection.Unconsumed;
            Result = Result! with { Unread = came[..Math.Min(came.Length, JourneyPlan.KeptBytesMax)].ToArray() };
            throw;
        }
    }
}
