namespace Sockeye.Engines.Runtime;

/// <summary>A server of datagrams over one of .NET's sockets.</summary>
internal sealed class RuntimeDatagramListener(RuntimeNetwork network, Endpoint endpoint, ListenOptions options)
    : Listener(network, options, null)
{
    public override Endpoint Endpoint => endpoint;

    protected internal override void Report(in NetworkEvent report) => network.Report(report);

    protected override ValueTask StopAcceptingAsync()
    {
        network.Forget(this);
        return ValueTask.CompletedTask;
    }
}
