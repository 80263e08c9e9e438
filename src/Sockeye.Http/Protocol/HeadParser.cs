using System.Diagnostics;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Reads heads, one after the other: a first line and its fields. It is given everything received and not consumed, as
/// often as there is more, and remembers how far it came; nothing is consumed before the head is complete.
/// </summary>
public abstract class HeadParser
{
    private readonly int _firstLineBytesMax;
    private readonly MessageHead _head;
    private FieldSection _fields;
    private UnfinishedLine _line;
    private State _state;
    private int _start;     // Where the first line begins.

    private protected HeadParser(MessageHead head, SectionKind kind, HttpProfile profile, HttpLimits limits)
    {
        _head = head;
        _firstLineBytesMax = limits.RequestLineBytesMax;
        _fields = new FieldSection(kind, profile, limits);
    }

    private enum State : byte
    {
        Before = 0,
        FirstLine,
        Fields,
        Done,
        Rejected,
    }

    /// <summary>The rule that the message breaks; its meaning has the status to answer a request with. Nothing that
    /// follows on the connection can be trusted.</summary>
    public HttpRule Rule { get; private set; }

    /// <summary>Bytes of the head and of what was skipped before it, once it is there; else 0.</summary>
    public int Consumed { get; private set; }

    /// <summary>Whether a head has begun to arrive: whether closing now would cut one off.</summary>
    public bool HasBegun => _state != State.Before;

    /// <summary>Whether it is as it was made, or after <see cref="Restart"/>.</summary>
    internal bool IsNew => _state == State.Before && _start == 0 && _head.Memory.IsEmpty;

    /// <summary>Which rule a first line breaks that is too long.</summary>
    private protected abstract HttpRule TooLong { get; }

    /// <summary>Goes on reading.</summary>
    /// <param name="input">Everything since the end of the last message, also what was given before. It may have
    /// moved since, and must not have changed.</param>
    /// <exception cref="InvalidOperationException">The head was read already.</exception>
    public ParseStatus Parse(ReadOnlyMemory<byte> input)
    {
        ReadOnlySpan<byte> octets = input.Span;

        // State switch: each reads one part of a head and goes to the next state when it is complete.
        ParseStatus status = _state switch
        {
            State.Rejected => ParseStatus.Rejected,
            State.Done => Again(),
            _ => ParseStatus.Done,
        };
        if (_state == State.Before)
        {
            status = ReadBefore(octets);
        }

        if (_state == State.FirstLine)
        {
            status = ReadFirstLine(octets);
        }

        if (_state == State.Fields)
        {
            status = ReadFields(octets);
        }

        _head.Attach(status == ParseStatus.Done ? input[..Consumed] : input);
        return status;
    }

    /// <summary>Skips what may stand before the first line; done when that begins.</summary>
    private protected abstract ParseStatus FindFirstLine(ReadOnlySpan<byte> input, ref int start, out HttpRule rule);

    /// <summary>Reads the first line, and moves the place behind it.</summary>
    private protected abstract ParseStatus ReadFirstLine(
        ReadOnlySpan<byte> view, ref int position, out HttpRule rule);

    /// <summary>Decides what the first line and the fields mean together, and gives the rule that they break.</summary>
    private protected abstract HttpRule Conclude(ReadOnlySpan<byte> input);

    /// <summary>Expects the next head.</summary>
    private protected void Restart()
    {
        Rule = HttpRule.None;
        Consumed = 0;
        _state = State.Before;
        _start = 0;
        _line.Finish();
    }

    private static ParseStatus Again()
    {
        ThrowHelper.ParsedAlready();
        return default;
    }

    private ParseStatus Reject(HttpRule rule)
    {
        Debug.Assert(rule != HttpRule.None, "A rejection has a reason.");
        _state = State.Rejected;
        Rule = rule;
        return ParseStatus.Rejected;
    }

    private ParseStatus ReadBefore(ReadOnlySpan<byte> input)
    {
        ParseStatus status = FindFirstLine(input, ref _start, out HttpRule rule);
        switch (status)
        {
            case ParseStatus.Rejected:
                return Reject(rule);
            case ParseStatus.Done:
                _state = State.FirstLine;
                break;
        }

        return status;
    }

    private ParseStatus ReadFirstLine(ReadOnlySpan<byte> input)
    {
        bool isFull = input.Length - _start >= _firstLineBytesMax;
        ReadOnlySpan<byte> view = isFull ? input[..(_start + _firstLineBytesMax)] : input;
        if (!_line.IsWorthParsing(view, isFull))
        {
            return ParseStatus.NeedMore;
        }

        int position = _start;
        ParseStatus status = ReadFirstLine(view, ref position, out HttpRule rule);
        switch (status)
        {
            case ParseStatus.Done:
                _fields.Begin(position);
                _state = State.Fields;
                return status;
            case ParseStatus.NeedMore when isFull:
                return Reject(TooLong);
            case ParseStatus.NeedMore:
                _line.Postpone(view);
                return status;
            default:
                return Reject(rule);
        }
    }

    private ParseStatus ReadFields(ReadOnlySpan<byte> input)
    {
        ParseStatus status = _fields.Read(input, _head.Fields);
        if (status == ParseStatus.NeedMore)
        {
            return status;
        }

        HttpRule rule = status == ParseStatus.Rejected ? _fields.Rule : Conclude(input);
        if (rule != HttpRule.None)
        {
            return Reject(rule);
        }

        Consumed = _fields.Position;
        _head.Length = Consumed;
        _state = State.Done;
        return ParseStatus.Done;
    }
}
