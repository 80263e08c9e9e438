namespace Sockeye.Cli.Loading.Protocols;

/// <summary>What is asked, of whom, and what a good answer is. Immutable; a new protocol is a class like this one.
/// </summary>
internal abstract class LoadProtocol(string name, Endpoint endpoint)
{
    /// <summary>Its name in results, such as <c>http</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The peer.</summary>
    public Endpoint Endpoint { get; } = endpoint;

    /// <summary>Bytes that a request carries: a message, or HTTP's body.</summary>
    public abstract long MessageBytes { get; }

    /// <summary>How it can be tried on a server of our own at this endpoint; null when it cannot.</summary>
    public virtual Rehearsed? Rehearse(Endpoint stage) => null;

    /// <summary>Makes one of the clients of a lane.</summary>
    public abstract LoadClient CreateClient(Lane lane, int index);
}
