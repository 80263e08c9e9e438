using System.Text;
using Sockeye.Cli.Capturing;
using Sockeye.Cli.Reading;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Link;

namespace Sockeye.Tests.Cli.Capturing;

public sealed class FrameViewTests
{
    [Theory]
    [InlineData(262_144, false)]
    [InlineData(3_000_000, true)]
    public void LongFrameIsWrittenToItsLastByte(int length, bool hasTree)
    {
        FrameParts parts = hasTree ? FrameParts.Hex | FrameParts.Tree : FrameParts.Hex;
        byte[] bytes = new byte[length];
        bytes[^1] = (byte)'!';
        var to = new MemoryStream();
        var frame = new CapturedFrame
        {
            Number = 1,
            LinkType = LinkType.Ethernet,
            Bytes = bytes,
            LengthOnWire = length,
        };
        var view = new FrameView(parts, isJson: false, hasColor: false);
        view.Write(new Dissector(FieldSet.All).Dissect(frame), to);
        view.Send(to);
        string[] lines = Encoding.UTF8.GetString(to.ToArray()).Split('\n');
        Assert.Equal(length / 16, lines.Count(line => line.Contains(" 00 00 ", StringComparison.Ordinal)));
        Assert.StartsWith($"{length - 16:x4}  00", lines[^3], StringComparison.Ordinal);
        Assert.EndsWith("...............!", lines[^3], StringComparison.Ordinal);
        Assert.Equal(["", ""], lines[^2..]);
    }

    [Theory]
    [InlineData(5_000, "5.00 s")]
    [InlineData(-5_000, "-5.00 s")]
    [InlineData(-5, "-5.00 ms")]
    [InlineData(-0.5, "-500 µs")]
    public void TimesBackwardsHaveTheUnitOfTimesForwards(double milliseconds, string text) =>
        Assert.Equal(text, StreamWords.Milliseconds(milliseconds));
}
