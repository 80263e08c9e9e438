using FsCheck;
using FsCheck.Fluent;
using Sockeye.Wire;
using Sockeye.Wire.Application;
using Sockeye.Wire.Dissection;
using WireHttp = Sockeye.Wire.Application.Http;

namespace Sockeye.Tests.Wire;

/// <summary>Messages of applications are read as they were written.</summary>
public sealed class ApplicationTests
{
    private static Gen<DnsName> Name =>
        from labels in Any.Word26.Select(one => one[..Math.Min(one.Length, 20)]).ArrayOf()
        from isOurs in Any.Flag
        let all = isOurs ? labels.Take(3).Append("example").Append("com") : labels.Take(5)
        select all.Any() ? DnsName.Parse(string.Join('.', all)) : DnsName.Root;

    private static Gen<ValueList<DnsParameter>> Parameters => Any.List(
        from code in Any.Word
        from value in Any.Bytes(0, 9)
        select new DnsParameter(code, value), 0, 4);

    private static Gen<(ushort Type, DnsData Data)> Data => Gen.OneOf(
        Any.Ipv4.Select(address => (DnsType.A, (DnsData)new DnsAddress(address))),
        Any.Ipv6.Select(address => (DnsType.Aaaa, (DnsData)new DnsAddress(address))),
        Gen.Elements(DnsType.Ns, DnsType.Cname, DnsType.Ptr, DnsType.Dname)
            .SelectMany(type => Name.Select(name => (type, (DnsData)new DnsTarget(name)))),
        from preference in Any.Word
        from host in Name
        select (DnsType.Mx, (DnsData)new DnsMailExchange(preference, host)),
        from server in Name
        from mailbox in Name
        from numbers in Any.Long.ArrayOf(5)
        select (DnsType.Soa, (DnsData)new DnsStartOfAuthority(
            server, mailbox, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])),
        Any.List(Any.Bytes(0, 255), 0, 3).Select(texts => (DnsType.Txt, (DnsData)new DnsTexts(texts))),
        from numbers in Any.Word.ArrayOf(3)
        from target in Name
        select (DnsType.Srv, (DnsData)new DnsServiceLocation(numbers[0], numbers[1], numbers[2], target)),
        from flags in Any.Byte
        from tag in Any.Bytes(0, 20)
        from value in Any.Bytes(0, 20)
        select (DnsType.Caa, (DnsData)new DnsCertificateAuthority(flags, tag, value)),
        from priority in Any.Word
        from target in Name
        from parameters in Parameters
        select (DnsType.Https, (DnsData)new DnsServiceBinding(priority, target, parameters)),
        Parameters.Select(options => (DnsType.Opt, (DnsData)new DnsOptions(options))),
        Any.Bytes(0, 40).Select(bytes => ((ushort)999, (DnsData)new DnsRawData(bytes))));

    private static Gen<DnsRecord> Record =>
        from name in Name
        from data in Data
        from family in Any.Word
        from time in Any.Long
        select new DnsRecord(name, data.Type, family, time, data.Data);

    [Fact]
    public void DnsMessagesAreReadAsTheyWereWritten() => Any.Check(
        from identifier in Any.Word
        from flags in Any.Word
        from opcode in Gen.Choose(0, 15)
        from code in Gen.Choose(0, 15)
        from questions in Any.List(Name.SelectMany(name => Any.Word.Select(type => new DnsQuestion(name, type))), 0, 2)
        from answers in Any.List(Record, 0, 5)
        from authorities in Any.List(Record, 0, 2)
        from additionals in Any.List(Record, 0, 2)
        select new DnsMessage
        {
            Identifier = identifier,
            Flags = (DnsFlags)(flags & 0x87B0),
            Opcode = (DnsOpcode)opcode,
            Code = (DnsResponseCode)code,
            Questions = questions,
            Answers = answers,
            Authorities = authorities,
            Additionals = additionals,
        },
        message => Assert.Equal(message, DnsMessage.Parse(message.Emit())));

    [Fact]
    public void NamesThatRepeatAreWrittenOnce()
    {
        var name = DnsName.Parse("a.very.long.name.example.com");
        DnsRecord record = new(name, DnsType.Cname, 1, 0, new DnsTarget(DnsName.Parse("b.very.long.name.example.com")));
        var message = new DnsMessage { Questions = [new DnsQuestion(name, DnsType.A)], Answers = [record, record] };

        // The header, the question, and twice: a pointer, the fixed part, and a label with a pointer, or a pointer.
        Assert.Equal(12 + name.Wire.Length + 4 + (2 + 10 + 4) + (2 + 10 + 2), message.Emit().Length);
    }

    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("example.com.", "example.com")]
    [InlineData(".", ".")]
    [InlineData(@"a\.b.c", @"a\.b.c")]
    [InlineData(@"a\032b", @"a\032b")]
    [InlineData("é", @"\195\169")]
    public void NamesAreWrittenSoThatTheyCanBeRead(string text, string canonical)
    {
        var name = DnsName.Parse(text);
        Assert.Equal(canonical, name.ToString());
        Assert.Equal(name, DnsName.Parse(name.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData(@"a\")]
    [InlineData(@"a\99")]
    [InlineData(@"a\999")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void WhatIsNoNameIsRefused(string text) => Assert.False(DnsName.TryParse(text, out _));

    [Fact]
    public void NamesAreEqualWhateverTheirCase()
    {
        Assert.Equal(DnsName.Parse("Example.COM"), DnsName.Parse("eXample.com"));
        Assert.Equal(DnsName.Parse("Example.COM").GetHashCode(), DnsName.Parse("eXample.com").GetHashCode());
    }

    [Theory]
    [InlineData("000000000001000000000000c00c00010001", "a pointer to itself")]
    [InlineData("000000000001000000000000c00e00010001", "a pointer forwards")]
    [InlineData("0000000000010000000000000161c00c00010001", "a label that points to itself")]
    [InlineData("0000000000010000000000004061000000010001", "a label of an unknown kind")]
    public void NamesThatNeverEndAreRefused(string message, string why) =>
        Assert.True(DnsMessage.Parse(Convert.FromHexString(message)) is null, why);

    [Fact]
    public void DhcpMessagesAreReadAsTheyWereWritten() => Any.Check(
        from isReply in Any.Flag
        from numbers in Any.Word.ArrayOf(3)
        from addresses in Any.Ipv4.ArrayOf(4)
        from hardware in Any.Mac
        from options in Any.List(
            from code in Gen.Choose(1, 254)
            from data in Any.Bytes(0, 30)
            select new DhcpOption((byte)code, data), 0, 6)
        select new DhcpMessage
        {
            IsReply = isReply,
            Hops = (byte)numbers[0],
            Transaction = ((uint)numbers[1] << 16) | numbers[2],
            Seconds = numbers[0],
            IsBroadcast = !isReply,
            Client = addresses[0],
            Yours = addresses[1],
            Server = addresses[2],
            Relay = addresses[3],
            Hardware = hardware,
            Options = options,
        },
        message =>
        {
            byte[] bytes = new byte[message.Length];
            message.Emit(bytes);
            Assert.Equal(message, DhcpMessage.Parse(bytes));
        });

    [Fact]
    public void TlsHellosAreReadAsTheyWereWritten() => Any.Check(
        from isClient in Any.Flag
        from version in Any.Word
        from random in Any.Bytes(32, 32)
        from session in Any.Bytes(0, 32)
        from ciphers in Any.List(Any.Word, 1, 8)
        from compressions in Any.Bytes(1, 3)
        from extensions in Any.List(
            from type in Any.Word
            from data in Any.Bytes(0, 20)
            select new TlsExtension(type, data), 0, 6)
        select new TlsHello
        {
            IsClient = isClient,
            LegacyVersion = version,
            Random = random,
            Session = session,
            Ciphers = isClient ? ciphers : [ciphers[0]],
            Compressions = isClient ? compressions : new ByteString(compressions.Span[..1]),
            Extensions = extensions,
        },
        hello =>
        {
            byte[] message = hello.Emit();
            Assert.Equal(hello, TlsHello.Parse(message));
            var record = new TlsRecord(TlsContentType.Handshake, TlsVersion.Tls10, new ByteString(message));
            byte[] bytes = new byte[record.Length];
            record.Emit(bytes);
            Assert.Equal(record, TlsRecord.Parse(bytes));
            Assert.Null(TlsRecord.Parse(bytes.AsSpan(0, bytes.Length - 1)));
        });

    [Fact]
    public void HelloTellsServerProtocolsAndVersion()
    {
        var hello = new TlsHello
        {
            IsClient = true,
            LegacyVersion = TlsVersion.Tls12,
            Extensions =
            [
                TlsExtension.ForServerName("example.com"), TlsExtension.ForApplicationProtocols("h2", "http/1.1"),
                TlsExtension.ForSupportedVersions(0x0A0A, TlsVersion.Tls13, TlsVersion.Tls12),
            ],
        };
        Assert.Equal("example.com", hello.ServerName);
        Assert.Equal(["h2", "http/1.1"], hello.ApplicationProtocols);
        Assert.Equal(TlsVersion.Tls13, hello.Version);
        Assert.Equal(TlsVersion.Tls12, (hello with { Extensions = [] }).Version);
    }

    [Theory]
    [InlineData("aaaa", 28, true)]
    [InlineData("HTTPS", 65, true)]
    [InlineData("TYPE1234", 1234, true)]
    [InlineData("TYPE99999", 0, false)]
    [InlineData("nonsense", 0, false)]
    public void TypesAreReadByTheirWords(string text, int type, bool isOne)
    {
        Assert.Equal(isOne, DnsType.TryParse(text, out ushort read));
        Assert.Equal(type, read);
    }

    [Theory]
    [InlineData(DnsName.PointersMax, true)]
    [InlineData(DnsName.PointersMax + 1, false)]
    public void NameHasALimitOfPointers(int pointers, bool isName)
    {
        // The root, then a pointer to it, a pointer to that, and so on.
        byte[] message = new byte[1 + (2 * pointers)];
        for (int i = 0; i < pointers; i++)
        {
            int target = i == 0 ? 0 : (2 * i) - 1;
            message[1 + (2 * i)] = (byte)(DnsName.PointerBits | (target >> 8));
            message[2 + (2 * i)] = (byte)target;
        }

        int position = message.Length - 2;
        Span<byte> wire = stackalloc byte[DnsName.BytesMax];
        Assert.Equal(isName, DnsName.TryRead(message, ref position, wire, out _));
    }

    [Fact]
    public void BodyInChunksIsShownWithoutTheirLines()
    {
        byte[] head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"u8.ToArray();
        byte[] message = [.. head, .. "5\r\nhello\r\n00A ; x=\"1\"\r\n, everyone\r\n0\r\nA: b\r\n\r\n"u8];
        var dissector = new Dissector(new FieldSet(WireHttp.Body));
        int longest = 0;
        for (int length = head.Length; length <= message.Length; length++)
        {
            DissectedFrame frame = dissector.Dissect(WireHttp.Row, message.AsSpan(0, length));
            string body = frame.TryFind(WireHttp.Body, out FieldRecord record)
                ? System.Text.Encoding.ASCII.GetString(frame.BytesOf(record))
                : "";
            Assert.StartsWith(body, "hello, everyone", StringComparison.Ordinal);
            Assert.InRange(body.Length, longest, message.Length);
            longest = body.Length;
        }

        Assert.Equal("hello, everyone".Length, longest);
    }
}
