namespace Sockeye.Engines;

/// <summary>What a handler is run for, a connection or a datagram socket, as owner and listener see it.</summary>
internal interface IOwned
{
    /// <summary>Where everything on it happens.</summary>
    Owner Owner { get; }

    /// <summary>How many of its operations wait for an outcome.</summary>
    int Pending { get; }

    /// <summary>Counts the operations that came to an outcome, so that a blocking owner sees when one did.</summary>
    int Outcomes { get; }

    /// <summary>The server is stopping: tells the handler once, through a read or a receive. On the owner.</summary>
    void NoticeStop();

    /// <summary>Ends it at once. From any thread.</summary>
    void Abort();
}
