namespace Sockeye.Engines;

/// <summary>Something that asked its owner for a deadline.</summary>
internal interface IScheduled
{
    /// <summary>The time that it asked for has come, or gone by a little.</summary>
    void OnDeadline(long due);
}
