using System.Buffers;
using System.Text;

namespace Sockeye.Tests.Http.Protocol;

/// <summary>Text to bytes and back, one byte a character.</summary>
internal static class FieldText
{
    public static byte[] Of(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>What an action writes.</summary>
    public static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Text(output.WrittenSpan);
    }
}
