namespace Sockeye.Engines;

/// <summary>Something that asks its owner for a deadline, one at a time.</summary>
internal interface IScheduled
{
    /// <summary>The deadline that it has, kept by the queue.</summary>
    ref Deadline Deadline { get; }

    /// <summary>The time has come, or gone by a little. It has no deadline now.</summary>
    void OnDeadline();
}

/// <summary>When something is due, and where that stands in the queue of its owner.</summary>
internal struct Deadline
{
    /// <summary>Milliseconds on the owner's clock.</summary>
    internal long Due;

    /// <summary>One more than its index in the queue's heap; zero when it is not in it.</summary>
    internal int Place;

    /// <summary>It is waited for.</summary>
    internal readonly bool IsSet => Place != 0;
}
