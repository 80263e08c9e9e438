using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>A loop that can tell when a descriptor becomes ready, whatever it does for its connections.</summary>
internal interface IWatcher
{
    /// <summary>Watches a descriptor; the slot names it from now on.</summary>
    Result Watch(IWatched target, int descriptor, Readiness interest, out int slot);

    /// <summary>Watches it for something else.</summary>
    void SetInterest(int slot, Readiness interest);

    /// <summary>Forgets it; before it is closed.</summary>
    void Unwatch(int slot);

    /// <summary>A receive or a send did not have to wait; for a loop that backs off when nothing comes of its looking.</summary>
    void CountProgress()
    {
    }
}
