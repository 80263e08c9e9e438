using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

/// <summary>
/// A server's side of a conversation, without a network: it is given bytes in pieces, reads requests with their
/// bodies, and writes down what it understood. Each piece is put behind what is unconsumed in new memory, so that
/// whatever holds on to the old shows.
/// </summary>
internal sealed class Conversation
{
    private readonly RequestParser _parser;
    private readonly ChunkedDecoder _decoder;
    private readonly StringBuilder _log = new();
    private readonly StringBuilder _body = new();
    private ReadOnlyMemory<byte> _held;
    private State _state;
    private long _left;

    public Conversation(HttpLimits? limits = null, HttpProfile? profile = null)
    {
        _parser = new RequestParser(limits, profile);
        _decoder = new ChunkedDecoder(limits, profile);
    }

    private enum State
    {
        Head,
        Length,
        Chunked,
        Rejected,
    }

    /// <summary>The rule that was broken.</summary>
    public HttpRule Rule { get; private set; }

    /// <summary>Requests that were complete.</summary>
    public int Requests { get; private set; }

    /// <summary>What it understood, in lines; an incomplete request does not show.</summary>
    public string Log => _log.ToString();

    /// <summary>Reads the input in these pieces.</summary>
    public static Conversation Read(IEnumerable<ReadOnlyMemory<byte>> pieces, HttpProfile? profile = null)
    {
        var conversation = new Conversation(null, profile);
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            conversation.Receive(piece);
        }

        return conversation;
    }

    public void Receive(ReadOnlyMemory<byte> piece)
    {
        _held = (byte[])[.. _held.Span, .. piece.Span];
        while (Step())
        {
        }
    }

    /// <summary>One part of a request; false when more is needed.</summary>
    private bool Step() => _state switch
    {
        State.Head => ReadHead(),
        State.Length => ReadLength(),
        State.Chunked => ReadChunked(),
        _ => false,
    };

    private bool ReadHead()
    {
        ParseStatus status = _parser.Parse(_held);
        RequestHead head = _parser.Head;
        if (status != ParseStatus.Done)
        {
            // Whoever logs it may look at all of it.
            int visible = head.MethodText.Length + head.Target.Length + head.Scheme.Length + head.Authority.Length
                + head.Path.Length + head.Query.Length + head.Host.Length + head.Bytes.Length;
            Assert.True(visible <= 4 * (_held.Length + 1));
            Assert.True(head.Fields.Count == 0 || head.Fields[head.Fields.Count - 1].NameText != "");
            return status == ParseStatus.Rejected && Reject(_parser.Rule);
        }

        head.Keep();
        Consume(_parser.Consumed);
        _decoder.Reset();
        _body.Clear();
        _left = head.ContentLength;
        _state = head.Body switch
        {
            BodyKind.Length => State.Length,
            BodyKind.Chunked => State.Chunked,
            _ => State.Head,
        };
        if (_state == State.Head)
        {
            Finish();
        }

        return true;
    }

    private bool ReadLength()
    {
        int length = (int)Math.Min(_left, _held.Length);
        _body.Append(Encoding.Latin1.GetString(_held.Span[..length]));
        Consume(length);
        _left -= length;
        if (_left > 0)
        {
            return false;
        }

        Finish();
        return true;
    }

    private bool ReadChunked()
    {
        ChunkedStatus status = _decoder.Decode(_held.Span, out int consumed, out ReadOnlySpan<byte> data);
        _body.Append(Encoding.Latin1.GetString(data));
        Consume(consumed);
        switch (status)
        {
            case ChunkedStatus.Rejected:
                return Reject(_decoder.Rule);
            case ChunkedStatus.Done:
                Finish();
                return true;
            default:
                return status == ChunkedStatus.Data;
        }
    }

    private bool Reject(HttpRule rule)
    {
        Rule = rule;
        _state = State.Rejected;
        _log.Append('!').Append(rule).Append('\n');
        return false;
    }

    private void Finish()
    {
        RequestHead head = _parser.Head;
        _log.Append(head.MethodText).Append(' ').Append(Encoding.ASCII.GetString(head.Target)).Append(' ')
            .Append(head.Version).Append(' ').Append(head.Form)
            .Append(" path=").Append(Encoding.ASCII.GetString(head.Path))
            .Append(" query=").Append(Encoding.ASCII.GetString(head.Query))
            .Append(" host=").Append(Encoding.Latin1.GetString(head.Host))
            .Append(head.KeepAlive ? "" : " close").Append(head.ExpectsContinue ? " expects" : "")
            .Append(head.UpgradeRequested ? " upgrade" : "").Append('\n');
        Append(head.Fields);
        _log.Append("= ").Append(_body).Append('\n');
        Append(_decoder.Trailers);
        Requests++;
        _parser.Reset();
        _state = State.Head;
    }

    private void Append(HeaderFields fields)
    {
        foreach (HeaderField field in fields)
        {
            _log.Append("  ").Append(field.NameText).Append('=').Append(field.ValueText).Append('\n');
        }
    }

    private void Consume(int count) => _held = _held[count..];
}
