using Sockeye.Wire.Dissection;

namespace Sockeye.Tests.Wire;

/// <summary>The table of protocols keeps its own rules.</summary>
public sealed class TableTests
{
    private static readonly IReadOnlyList<Protocol> s_rows = ProtocolTable.Standard.Rows;

    [Fact]
    public void NoTwoFieldsHaveOneName()
    {
        Field[] fields = [.. s_rows.SelectMany(row => row.Fields.Prepend(row.Self)).Distinct()];
        Assert.Equal(fields.Length, fields.Select(field => field.Name).Distinct().Count());
    }

    [Fact]
    public void NoTwoProtocolsAreFoundInOnePlace()
    {
        Place[] places = [.. s_rows.SelectMany(row => row.Places)];
        Assert.Equal(places.Length, places.Distinct().Count());
    }

    [Fact]
    public void EveryFieldThatASampleHasIsInTheTable()
    {
        var dissector = new Dissector(FieldSet.All);
        var found = new HashSet<Field>();
        foreach (Sample sample in Samples.All)
        {
            DissectedFrame frame = dissector.Dissect(new() { LinkType = sample.LinkType, Bytes = sample.Bytes });
            foreach (FieldRecord record in frame.Fields)
            {
                Assert.Same(record.Field, ProtocolTable.Standard.Fields.GetValueOrDefault(record.Field.Name));
                found.Add(record.Field);
            }

            foreach (LayerRecord layer in frame.Layers)
            {
                Assert.Contains(layer.Protocol, s_rows);
            }

            Assert.False(frame.IsMalformed, sample.Name);
        }

        // Every protocol is in the samples, and nearly every field.
        Protocol[] missing = [.. s_rows.Where(row => !found.Contains(row.Self))];
        Assert.Equal(["ipv6.routing", "ipv6.dstopts"], missing.Select(row => row.Name));
    }

    [Fact]
    public void NamesOfFieldsAreThoseThatFiltersCanRead() => Assert.All(
        ProtocolTable.Standard.Fields.Keys,
        name => Assert.Matches("^_?[a-z][a-z0-9_.]*$", name));
}
