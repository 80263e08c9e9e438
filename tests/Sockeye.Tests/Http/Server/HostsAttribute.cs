using System.Reflection;
using Xunit.Sdk;

namespace Sockeye.Tests.Http.Server;

/// <summary>
/// Marks a test as something that the HTTP server does on every I/O model, and over TLS on one model of each family:
/// a row of the table in docs/conformance.md. Its argument is what <see cref="Site"/> starts.
/// </summary>
[DataDiscoverer("Xunit.Sdk.DataDiscoverer", "xunit.core")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class HostsAttribute : DataAttribute
{
    /// <summary>What follows the model's name.</summary>
    internal const string Tls = "+tls";

    private static readonly string[] s_secured = ["uring", "epoll", "threads", "async"];

    /// <summary>Whether tests run over TLS as well on a model.</summary>
    internal static bool IsSecuredOn(IoModel model) => s_secured.Contains(model.Name);

    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        foreach (IoModel model in IoModel.All.Where(model => model.WhyUnavailable() is null))
        {
            yield return [model.Name];
            if (IsSecuredOn(model))
            {
                yield return [model.Name + Tls];
            }
        }
    }
}
