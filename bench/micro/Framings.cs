using System.Buffers;
using BenchmarkDotNet.Attributes;
using Sockeye.Framing;
using Sockeye.Http.Protocol;

namespace Micro;

/// <summary>What it takes to tell a hundred messages of 64 bytes apart.</summary>
[MemoryDiagnoser]
public class Framings
{
    private const int Messages = 100;
    private const int MessageBytes = 64;

    private readonly LineFraming _lines = new();
    private readonly DelimiterFraming _delimiters = new("\r\n--\r\n"u8);
    private readonly LengthPrefixFraming _prefixes = new(LengthPrefix.FourBytesBigEndian);
    private readonly FixedSizeFraming _sizes = new(MessageBytes);
    private readonly WebSocketReader _reader = new(WebSocketRole.Server);
    private readonly byte[] _linesInput;
    private readonly byte[] _delimitersInput;
    private readonly byte[] _prefixesInput;
    private readonly byte[] _sizesInput;
    private readonly byte[] _framesInput;

    public Framings()
    {
        _linesInput = Written(_lines);
        _delimitersInput = Written(_delimiters);
        _prefixesInput = Written(_prefixes);
        _sizesInput = Written(_sizes);
        _framesInput = Write(output => WebSocketWriter.WriteFrame(output, WebSocketOpcode.Binary, Message, 0x12345678));
    }

    private static ReadOnlySpan<byte> Message => "a message of 64 bytes, which is what one of a chat may well have"u8;

    [Benchmark(OperationsPerInvoke = Messages)]
    public int Line() => Read(_lines, _linesInput);

    [Benchmark(OperationsPerInvoke = Messages)]
    public int Delimiter() => Read(_delimiters, _delimitersInput);

    [Benchmark(OperationsPerInvoke = Messages)]
    public int LengthOfFourBytes() => Read(_prefixes, _prefixesInput);

    [Benchmark(OperationsPerInvoke = Messages)]
    public int FixedSize() => Read(_sizes, _sizesInput);

    [Benchmark(OperationsPerInvoke = Messages)]
    public int MaskedWebSocketFrame()
    {
        ReadOnlySpan<byte> rest = _framesInput;
        int bytes = 0;
        while (_reader.Read(rest, out int consumed) == WebSocketEvent.Binary)
        {
            bytes += _reader.Payload.Length;
            rest = rest[consumed..];
        }

        return Checked(bytes);
    }

    private static int Read<TFraming>(TFraming framing, ReadOnlySpan<byte> input)
        where TFraming : struct, IFraming
    {
        int bytes = 0;
        int examined = 0;
        while (framing.TryRead(input, ref examined, out Range payload, out int consumed) == FrameStatus.Frame)
        {
            bytes += input[payload].Length;
            input = input[consumed..];
            examined = 0;
        }

        return Checked(bytes);
    }

    private static byte[] Written<TFraming>(TFraming framing)
        where TFraming : struct, IFraming => Write(output => framing.Write(output, Message));

    private static byte[] Write(Action<IBufferWriter<byte>> message)
    {
        var output = new ArrayBufferWriter<byte>();
        for (int i = 0; i < Messages; i++)
        {
            message(output);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Fast and wrong is no figure.</summary>
    private static int Checked(int bytes) => bytes == Messages * MessageBytes
        ? bytes
        : throw new InvalidOperationException($"{bytes} bytes were read of {Messages * MessageBytes}.");
}
