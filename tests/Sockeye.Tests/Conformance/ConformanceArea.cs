using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sockeye.Tests.Conformance;

/// <summary>
/// An area of the conformance suite: a class of behaviours, each a static function of a scene, which run on every
/// I/O model there is. A new behaviour is one function; a new model needs no change here.
/// </summary>
public abstract class ConformanceArea(MatrixPage page) : IClassFixture<MatrixPage>
{
    protected MatrixPage Page { get; } = page;

    [Cells]
    public Task Behaves(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell.RunAsync();
    }
}

/// <summary>Areas that measure the process, or load the machine so much that others would suffer, run one at a
/// time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>A test for each cell of the area.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Sockeye.Tests.Conformance.CellDiscoverer", "Sockeye.Tests")]
public sealed class CellsAttribute : FactAttribute;

/// <summary>Finds the cells; the test framework makes it by name.</summary>
public sealed class CellDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        Type area = testMethod.TestClass.Class.ToRuntimeType();
        IEnumerable<Cell> cells = area == typeof(UnderGarbageCollection) ? Cell.OfCore() : Cell.Of(area);
        return cells.Select(cell => new CellTestCase(diagnostics, testMethod, cell));
    }
}

/// <summary>The test of one cell: named after it, and skipped when it cannot run here.</summary>
public sealed class CellTestCase : XunitTestCase
{
    /// <summary>How the test framework makes one again from its serialized form.</summary>
    [Obsolete("For the test framework.")]
    public CellTestCase()
    {
    }

    public CellTestCase(IMessageSink diagnostics, ITestMethod method, Cell cell)
        : base(diagnostics, TestMethodDisplay.Method, TestMethodDisplayOptions.None, method, [cell])
    {
    }

    private Cell Cell => (Cell)TestMethodArguments[0];

    protected override string GetDisplayName(IAttributeInfo factAttribute, string displayName) => Cell.ToString();

    protected override string? GetSkipReason(IAttributeInfo factAttribute) => Cell.SkipReason;
}
