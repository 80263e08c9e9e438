namespace Sockeye.Wire.Dissection;

/// <summary>Bytes that no protocol of the table claims.</summary>
public static class DataProtocol
{
    /// <summary>The bytes.</summary>
    public static readonly Field Data = new("data.data", "Data", FieldKind.Bytes);

    /// <summary>How many there are.</summary>
    public static readonly Field Length = new("data.len", "Length", FieldKind.Number);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new("data", "Data", "Data", [], [Data, Length], Dissect);

    internal static void Describe(in Layer layer) => _ = Dissect(layer);

    private static bool Dissect(in Layer layer)
    {
        layer.Begin(layer.Bytes.Length);
        layer.Add(Data, 0, layer.Bytes.Length);
        layer.Add(Length, 0, layer.Bytes.Length, (ulong)layer.Bytes.Length);
        return true;
    }
}
