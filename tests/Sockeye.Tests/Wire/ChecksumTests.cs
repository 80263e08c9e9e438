using System.Buffers.Binary;
using FsCheck.Fluent;
using Sockeye.Wire;

namespace Sockeye.Tests.Wire;

public sealed class ChecksumTests
{
    // The example of RFC 1071 section 3.
    private static readonly byte[] s_example = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];

    [Fact]
    public void SumIsThatOfTheExampleInTheStandard()
    {
        Assert.Equal(0xddf2, InternetChecksum.Sum(s_example));
        Assert.Equal(0x220d, InternetChecksum.Of(s_example));
    }

    [Fact]
    public void SumIsThatOfTheScalarTwinAtEveryLengthAndOffset()
    {
        byte[] bytes = new byte[400];
        new Random(1071).NextBytes(bytes);
        for (int start = 0; start < 40; start++)
        {
            for (int length = 0; length <= bytes.Length - start; length++)
            {
                ReadOnlySpan<byte> part = bytes.AsSpan(start, length);
                Assert.Equal(Scalar(part), InternetChecksum.Sum(part));
            }
        }
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0x00)]
    [InlineData(0x80)]
    public void SumOfManyEqualBytesDoesNotOverflow(byte value)
    {
        byte[] bytes = new byte[(3 << 20) + 7];
        bytes.AsSpan().Fill(value);
        Assert.Equal(Scalar(bytes), InternetChecksum.Sum(bytes));
    }

    [Fact]
    public void SumInPiecesIsTheSumOfTheWhole() => Any.Check(
        from bytes in Any.Payload
        from cut in Gen.Choose(0, bytes.Length / 2)
        select (bytes, cut: 2 * cut),
        one => Assert.Equal(
            InternetChecksum.Sum(one.bytes),
            InternetChecksum.Sum(one.bytes.AsSpan(one.cut), InternetChecksum.Sum(one.bytes.AsSpan(0, one.cut)))));

    [Fact]
    public void UpdateGivesWhatComputingAnewGives() => Any.Check(
        from words in Any.Word.ArrayOf(10)
        from place in Gen.Choose(1, 8)
        from value in Any.Long
        select (words, place, value),
        one =>
        {
            byte[] packet = new byte[20];
            for (int i = 0; i < one.words.Length; i++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2 * i), one.words[i]);
            }

            // A sum of zero has two forms (RFC 1624 section 3); real packets have a byte that is not zero.
            packet[0] = 0x45;
            ushort before = InternetChecksum.Of(packet);
            Span<byte> field = packet.AsSpan(2 * one.place);
            uint old = BinaryPrimitives.ReadUInt32BigEndian(field);
            BinaryPrimitives.WriteUInt32BigEndian(field, one.value);
            Assert.Equal(InternetChecksum.Of(packet), InternetChecksum.Update(before, old, one.value));
        });

    // RFC 1624 section 4: equation 3 gives 0x0000 where the older equation gave 0xFFFF.
    [Fact]
    public void UpdateOfTheExampleInTheStandardIsRight() =>
        Assert.Equal(0x0000, InternetChecksum.Update(0xDD2F, 0x5555, 0x3285));

    private static ushort Scalar(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)(bytes[i] << 8) + (i + 1 < bytes.Length ? bytes[i + 1] : 0u);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)sum;
    }
}
