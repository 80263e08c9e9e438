using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Filters;

namespace Sockeye.Tests.Wire;

public sealed class FilterTests
{
    [Theory]
    [InlineData("tcp", "syn", "udp")]
    [InlineData("dns", "dns query", "syn")]
    [InlineData("sll", "sll2", "syn")]
    [InlineData("!tcp", "udp", "syn")]
    [InlineData("not tcp and not arp", "udp", "arp reply")]
    [InlineData("tcp.port == 80", "syn", "tcp data")]
    [InlineData("tcp.port eq 0x50", "syn", "tcp data")]
    [InlineData("tcp.dstport != 80", "tcp data", "syn")]
    [InlineData("tcp.port != 80", "tcp data", "syn")]
    [InlineData("!(tcp.port == 80)", "udp", "syn")]
    [InlineData("tcp.port in {79..81, 443 9}", "syn", "tcp data")]
    [InlineData("tcp.port > 40000 && tcp.port < 100", "syn", "udp")]
    [InlineData("tcp.dstport >= 9999 and tcp.dstport <= 9999", "tcp data", "syn")]
    [InlineData("tcp.flags.syn == true", "syn", "fin")]
    [InlineData("tcp.flags.syn == 0", "fin", "syn")]
    [InlineData("tcp.flags & 0x3", "fin", "tcp data")]
    [InlineData("ip.src == 192.0.2.0/24", "syn", "ping 6")]
    [InlineData("ip.addr == 198.51.100.80", "syn", "arp reply")]
    [InlineData("ip.src == 10.0.0.0/8 || ip.src == 192.0.2.10", "syn", "ping 6")]
    [InlineData("ip.dst in {10.0.0.0/8 198.51.100.0..198.51.100.255}", "syn", "ping 6")]
    [InlineData("ip.src > 192.0.2.9", "syn", "ping 6")]
    [InlineData("ipv6.src == 2001:db8::/32", "ping 6", "syn")]
    [InlineData("ipv6.dst != 2001:db8:80::80 or ip", "syn", "ping 6")]
    [InlineData("ip.proto == \"TCP\"", "syn", "udp")]
    [InlineData("eth.src == 02:00:5e:10:00:01", "syn", "sll")]
    [InlineData("eth.src[0:3] == 02:00:5e", "syn", "sll")]
    [InlineData("eth.src[4-5] == 00:01", "syn", "sll")]
    [InlineData("eth.src[-1] == 01", "syn", "sll")]
    [InlineData("eth.dst[3:] == 10-00-02", "syn", "sll")]
    [InlineData("tcp.payload contains \"chael\"", "tcp data", "http request")]
    [InlineData("frame contains 4d:69:63", "tcp data", "http request")]
    [InlineData("tcp contains \"Michael\"", "tcp data", "http request")]
    [InlineData("dns.qry.name == \"www.example.com\"", "dns query", "syn")]
    [InlineData("dns.qry.name == www.example.com", "dns query", "syn")]
    [InlineData("dns.qry.name contains \"example\"", "dns query", "syn")]
    [InlineData("dns.qry.name matches \"^WWW\\.[a-z]+\\.com$\"", "dns query", "syn")]
    [InlineData("dns.qry.name ~ '^www'", "dns query", "syn")]
    [InlineData("http.request.method in {\"GET\" \"POST\"}", "http request", "http response")]
    [InlineData("http.response.code >= 400", "http response", "http request")]
    [InlineData("tls.handshake.extensions_server_name == www.example.com", "client hello", "server hello")]
    [InlineData("frame.len > 100 and frame.time_epoch > 1.5", "http request", "udp")]
    [InlineData("vlan.id == 42", "vlan", "udp")]
    [InlineData("TCP.PORT == 80 AND IP", "syn", "udp")]
    public void FilterLetsOnePassAndNotTheOther(string text, string passes, string doesNot)
    {
        var filter = DisplayFilter.Parse(text);
        Assert.True(Matches(filter, passes), passes);
        Assert.False(Matches(filter, doesNot), doesNot);
    }

    [Theory]
    [InlineData("", 1, "empty")]
    [InlineData("tcp.prot == 80", 1, "did you mean tcp.port?")]
    [InlineData("tcp && ip.scr == 1.2.3.4", 8, "did you mean ip.src?")]
    [InlineData("qqqqqqqqqqqq", 1, "is no field.")]
    [InlineData("tcp.port == eighty", 13, "is no number to compare tcp.port with")]
    [InlineData("tcp.port == \"eighty\"", 13, "is no number")]
    [InlineData("tcp.port == ", 13, "A value is expected here")]
    [InlineData("ip.src == 10.0.0.0/33", 11, "is no IPv4 address or prefix")]
    [InlineData("ip.src == 2001:db8::1", 11, "is no IPv4 address or prefix")]
    [InlineData("ip.src > 10.0.0.0/8", 10, "only be compared with == and !=")]
    [InlineData("ip.src in {10.0.0.0/8..10.1.0.0}", 12, "not from a prefix")]
    [InlineData("eth.src == 02:00", 12, "is no MAC address")]
    [InlineData("(tcp", 1, "not closed")]
    [InlineData("tcp)", 4, "without its '('")]
    [InlineData("tcp udp", 5, "join two tests")]
    [InlineData("tcp and", 8, "the end of the filter")]
    [InlineData("tcp == 5", 5, "write tcp alone")]
    [InlineData("tcp.port in 80", 13, "in braces")]
    [InlineData("tcp.port in {80", 13, "not closed")]
    [InlineData("tcp.port in {}", 13, "empty")]
    [InlineData("tcp.port contains 80", 10, "is a number")]
    [InlineData("tcp.port matches \"80\"", 10, "is a number")]
    [InlineData("tcp contains Michael", 14, "neither bytes")]
    [InlineData("dns.qry.name matches \"(\"", 24, "The pattern is wrong")]
    [InlineData("dns.qry.name matches \"(a)\\1\"", 22, "no back-references")]
    [InlineData("dns.qry.name matches \"((a{99}){99}){99}\"", 22, "counted repetitions")]
    [InlineData("dns.qry.name == \"unclosed", 17, "The quote is not closed")]
    [InlineData("eth.src[x] == 01", 8, "In brackets")]
    [InlineData("eth.src[0:3]", 13, "to be compared with something")]
    [InlineData("tcp.port == 80 $", 16, "'$' means nothing here")]
    [InlineData("ip.src & 5", 8, "Bits are of numbers")]
    public void MistakeIsToldWithItsColumn(string text, int column, string what)
    {
        Assert.False(DisplayFilter.TryParse(text, out _, out FilterError? error));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Equal(column, error.Column);
    }

    [Fact]
    public void LimitsOfAFilterAreKept()
    {
        Refuses(new string('(', 70) + "tcp" + new string(')', 70), "levels deep");
        Refuses(new string('!', 70) + "tcp", "levels deep");
        Refuses(new string(' ', 5_000), "4096 characters");
        string many = string.Join(' ', Enumerable.Range(0, DisplayFilter.SetItemsMax + 1));
        Refuses($"tcp.port in {{{many}}}", "1000 items");
        Refuses($"dns.qry.name matches \"{new string('a', 300)}\"", "256 characters");
    }

    [Fact]
    public void FilterTellsTheFieldsItLooksAt()
    {
        var filter = DisplayFilter.Parse("tcp.port == 80 && (ip.src == 10.0.0.0/8 || !dns) && tcp.port != 5");
        Assert.Equal(["dns", "ip.src", "tcp.port"], filter.Fields.Select(field => field.Name).Order());
    }

    [Fact]
    public void FilterKnowsFieldsThatOthersAdd()
    {
        var field = new Field("test.analysis", "Analysis", FieldKind.Number);
        var table = new ProtocolTable(ProtocolTable.Standard.Rows, field);
        var filter = DisplayFilter.Parse("test.analysis == 7", table);
        var dissector = new Dissector(new FieldSet(filter.Fields), table);
        DissectedFrame frame = dissector.Dissect(FrameOf("syn"));
        Assert.False(filter.Matches(frame));
        dissector.Annotate(field, 0, 0, 7);
        Assert.True(filter.Matches(frame));
    }

    private static bool Matches(DisplayFilter filter, string sample)
    {
        // The fields that the filter names are enough, and all fields do no harm.
        bool few = filter.Matches(new Dissector(new FieldSet(filter.Fields)).Dissect(FrameOf(sample)));
        bool all = filter.Matches(new Dissector(FieldSet.All).Dissect(FrameOf(sample)));
        Assert.Equal(all, few);
        return few;
    }

    private static CapturedFrame FrameOf(string name)
    {
        Sample sample = Samples.All.Single(one => one.Name == name);
        return new CapturedFrame
        {
            Number = 1,
            Time = new Timestamp(2_000_000_000),
            LinkType = sample.LinkType,
            Bytes = sample.Bytes,
            LengthOnWire = sample.Bytes.Length,
        };
    }

    private static void Refuses(string text, string what)
    {
        Assert.False(DisplayFilter.TryParse(text, out _, out FilterError? error));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }
}
