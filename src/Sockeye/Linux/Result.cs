using System.Runtime.InteropServices;

namespace Sockeye.Linux;

/// <summary>What a system call returned: a value that is zero or more, or minus an <see cref="Errno"/>.</summary>
internal readonly struct Result : IEquatable<Result>
{
    private readonly int _raw;

    private Result(int raw) => _raw = raw;

    /// <summary>The call succeeded.</summary>
    internal bool Ok => _raw >= 0;

    /// <summary>What a successful call returned: a descriptor, a count, or zero.</summary>
    internal int Value
    {
        get
        {
            System.Diagnostics.Debug.Assert(_raw >= 0, "A failed call has no value.");
            return _raw;
        }
    }

    /// <summary>Why the call failed, or <see cref="Errno.None"/>.</summary>
    internal Errno Error => _raw >= 0 ? Errno.None : (Errno)(-_raw);

    /// <summary>The call would have to wait (EAGAIN, which is EWOULDBLOCK on Linux).</summary>
    internal bool IsWouldBlock => _raw == -(int)Errno.EAGAIN;

    /// <summary>A signal ended the call (EINTR).</summary>
    internal bool IsInterrupted => _raw == -(int)Errno.EINTR;

    /// <summary>For a wait: that a signal ended it means that it found nothing, and is no failure.</summary>
    internal Result OrNoneIfInterrupted() => IsInterrupted ? Success() : this;

    /// <summary>A success that carries a value.</summary>
    internal static Result Success(int value = 0)
    {
        System.Diagnostics.Debug.Assert(value >= 0, "Negative numbers are errors.");
        return new Result(value);
    }

    /// <summary>A failure.</summary>
    internal static Result Failure(Errno error)
    {
        System.Diagnostics.Debug.Assert(error > 0, "A failure has a reason.");
        return new Result(-(int)error);
    }

    /// <summary>
    /// Turns what libc returned into a result; to be called right after the import, since −1 makes it read errno.
    /// </summary>
    internal static Result FromReturn(nint returned) => returned >= 0 ? new Result((int)returned) : LastError();

    /// <summary>The failure that errno describes at this moment.</summary>
    internal static Result LastError()
    {
        int error = Marshal.GetLastSystemError();

        // Zero would read as a success. libc never leaves it there after -1, so this says that something is broken.
        return Failure(error > 0 ? (Errno)error : Errno.EIO);
    }

    /// <summary>Two results are equal when they hold the same value or the same error.</summary>
    public bool Equals(Result other) => _raw == other._raw;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Result other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _raw;

    /// <summary>The value, or the error explained.</summary>
    public override string ToString() =>
        Ok ? _raw.ToString(System.Globalization.CultureInfo.InvariantCulture) : Error.Explain();
}
