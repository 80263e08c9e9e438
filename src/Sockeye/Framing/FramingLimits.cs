using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Sockeye.Framing;

/// <summary>The limits that the framings share.</summary>
public static class FramingLimits
{
    /// <summary>The longest line without its end, if no limit is given: 8,192 bytes.</summary>
    public const int LineBytesMax = 8_192;

    /// <summary>The longest payload if no limit is given: 32,768 bytes. A frame has to fit into
    /// <see cref="Limits.InputBytesMax"/> with what surrounds it.</summary>
    public const int PayloadBytesMax = 32_768;

    [StackTraceHidden]
    internal static void CheckPayload(int length, int most)
    {
        if (length > most)
        {
            throw new ArgumentException(
                $"The payload has {length} bytes, and the framing takes at most {most}.", "payload");
        }
    }

    [DoesNotReturn]
    [StackTraceHidden]
    internal static void ThrowContainsEnd(string end) => throw new ArgumentException(
        $"The payload contains {end}, which would end the frame in its middle.", "payload");
}
