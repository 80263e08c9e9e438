namespace Sockeye;

/// <summary>What a network was asked to do when it failed.</summary>
public enum NetworkOperation
{
    /// <summary>Opening a network: the I/O model cannot run here.</summary>
    Open,

    /// <summary>Binding and listening.</summary>
    Listen,

    /// <summary>Connecting.</summary>
    Connect,

    /// <summary>Binding a datagram socket.</summary>
    Bind,

    /// <summary>Looking a name up.</summary>
    Resolve,

    /// <summary>Sending a datagram.</summary>
    Send,

    /// <summary>Setting a socket option or joining a group.</summary>
    Configure,
}

/// <summary>Why it failed, for code; the message says it to people, with what to do.</summary>
public enum NetworkError
{
    /// <summary>None of the others; the message has the system's own name for it.</summary>
    Other,

    /// <summary>The address is in use by another socket (EADDRINUSE).</summary>
    AddressInUse,

    /// <summary>The address is not one of this machine's (EADDRNOTAVAIL).</summary>
    AddressNotAvailable,

    /// <summary>Permission is missing (EACCES, EPERM).</summary>
    PermissionDenied,

    /// <summary>Nobody listens there (ECONNREFUSED, or ENOENT for a Unix path).</summary>
    Refused,

    /// <summary>No route to the address (ENETUNREACH, EHOSTUNREACH).</summary>
    Unreachable,

    /// <summary>It took longer than was allowed.</summary>
    TimedOut,

    /// <summary>The name has no address.</summary>
    NameNotFound,

    /// <summary>A limit of the system or of the I/O model was reached (EMFILE, ENOBUFS, FD_SETSIZE).</summary>
    LimitReached,

    /// <summary>The I/O model, the network or the kernel cannot do this.</summary>
    NotSupported,

    /// <summary>The endpoint is not one that this operation can use.</summary>
    BadEndpoint,

    /// <summary>The peer ended the connection while it was being made.</summary>
    Reset,

    /// <summary>The message is longer than the transport carries (EMSGSIZE).</summary>
    MessageTooLong,

    /// <summary>Nobody said in time whether the name has an address.</summary>
    NameLookupTimedOut,

    /// <summary>The peer speaks something other than TLS.</summary>
    NotTls,
}

/// <summary>A network operation failed: what, where, why, in one sentence that says what to do.</summary>
public sealed class NetworkException : Exception
{
    /// <summary>Makes one.</summary>
    public NetworkException(NetworkOperation operation, Endpoint? endpoint, NetworkError error, string message)
        : base(message)
    {
        Operation = operation;
        Endpoint = endpoint;
        Error = error;
    }

    /// <summary>What was tried.</summary>
    public NetworkOperation Operation { get; }

    /// <summary>Where; null when it was not about an endpoint.</summary>
    public Endpoint? Endpoint { get; }

    /// <summary>Why it failed.</summary>
    public NetworkError Error { get; }

    /// <summary>The system's error number; zero when it was not the system that refused.</summary>
    public int SystemError { get; init; }

    /// <summary>The same failure in the words of who asked for an endpoint that this one carries, TLS over TCP for
    /// instance.</summary>
    internal NetworkException Naming(Endpoint asked) =>
        new(Operation, asked, Error, Message.Replace($"{Endpoint}", $"{asked}", StringComparison.Ordinal))
        {
            SystemError = SystemError,
        };
}
