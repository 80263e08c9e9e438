using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>The Date line of responses, written anew once a second on each thread (RFC 9110 section 6.6.1).</summary>
internal static class DateLine
{
    [ThreadStatic]
    private static byte[]? s_line;

    [ThreadStatic]
    private static long s_second;

    /// <summary>The line with its end. Valid until the next call on this thread.</summary>
    public static ReadOnlySpan<byte> At(TimeProvider time)
    {
        DateTimeOffset now = time.GetUtcNow();
        long second = now.Ticks / TimeSpan.TicksPerSecond;
        return second == s_second ? s_line : Write(now, second);
    }

    private static byte[] Write(DateTimeOffset now, long second)
    {
        byte[] line = s_line ??= "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"u8.ToArray();
        HttpDate.Write(line.AsSpan("Date: ".Length), now);
        s_second = second;
        return line;
    }
}
