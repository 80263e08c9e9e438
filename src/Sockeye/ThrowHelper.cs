using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Sockeye;

/// <summary>Cold throws of the contract, out of the way of its hot paths.</summary>
[StackTraceHidden]
internal static class ThrowHelper
{
    [DoesNotReturn]
    public static void NotOwner() => throw new InvalidOperationException(
        "This connection or socket belongs to another loop or thread: run the code with Network.RunAsync or Owner.Post"
        + ", and do not use ConfigureAwait(false) in a handler.");

    [DoesNotReturn]
    public static void BatchGone() => throw new InvalidOperationException(
        "The socket has received again or was closed, which took this batch's memory: copy what must outlive it.");

    [DoesNotReturn]
    public static void OperationOutstanding(string operation) => throw new InvalidOperationException(
        $"A {operation} is outstanding: await it before the next one.");

    [DoesNotReturn]
    public static void ConsumedTooMuch(int count, int held) => throw new ArgumentOutOfRangeException(
        nameof(count), count, $"Only {held} received bytes are there to consume.");

    [DoesNotReturn]
    public static void AdvancedTooFar(int count) => throw new ArgumentOutOfRangeException(
        nameof(count), count, "Advance by no more than the space that GetSpan or GetMemory gave.");

    [DoesNotReturn]
    public static void InputFull(int held) => throw new InvalidOperationException(
        $"{held} received bytes wait unconsumed: call Consume before the next read, or raise Limits.InputBytesMax.");

    [DoesNotReturn]
    public static void OutputFull(int waiting, int more, int most) => throw new InvalidOperationException(
        $"{waiting} bytes wait to be sent and {more} more pass Limits.OutputBytesMax ({most}): flush first.");

    [DoesNotReturn]
    public static void OutputFinished() => throw new InvalidOperationException(
        "Nothing can be written after ShutdownAsync.");
}
