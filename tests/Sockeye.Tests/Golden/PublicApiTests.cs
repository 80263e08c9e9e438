using System.Reflection;

namespace Sockeye.Tests;

/// <summary>The public surface of each library is a promise: a change to it is seen and meant.</summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("Sockeye")]
    [InlineData("Sockeye.Http")]
    [InlineData("Sockeye.AspNetCore")]
    [InlineData("Sockeye.Wire")]
    [InlineData("Sockeye.Diagnostics")]
    [InlineData("Sockeye.Capture")]
    public void SurfaceIsTheApprovedOne(string assembly) =>
        Golden.Verify($"PublicApi.{assembly}", ApiSurface.Of(Assembly.Load(assembly)));
}
