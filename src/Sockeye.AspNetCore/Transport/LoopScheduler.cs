using System.IO.Pipelines;

namespace Sockeye.AspNetCore.Transport;

/// <summary>Continues a pipe's reader or writer on the owner of a connection.</summary>
internal sealed class LoopScheduler(Owner owner) : PipeScheduler
{
    public override void Schedule(Action<object?> action, object? state) => owner.Post(action, state);
}
