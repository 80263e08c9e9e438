using FsCheck;
using FsCheck.Fluent;
using Sockeye.Wire;

namespace Sockeye.Tests.Wire;

/// <summary>Generators of what values are made of, and the property that all values have.</summary>
internal static class Any
{
    private const int ExamplesPerProperty = 300;

    public static Gen<byte> Byte => Gen.Choose(0, 255).Select(one => (byte)one);

    public static Gen<ushort> Word => Gen.OneOf(Gen.Choose(0, 65_535), Gen.Elements(0, 1, 80, 443, 65_535))
        .Select(one => (ushort)one);

    public static Gen<uint> Long => Gen.OneOf(
        from high in Word
        from low in Word
        select ((uint)high << 16) | low,
        Gen.Elements(0u, 1u, uint.MaxValue));

    public static Gen<ulong> Huge =>
        from high in Long
        from low in Long
        select ((ulong)high << 32) | low;

    public static Gen<bool> Flag => Gen.Elements(false, true);

    public static Gen<InternetAddress> Ipv4 => Long.Select(value => new InternetAddress(value));

    public static Gen<InternetAddress> Ipv6 =>
        from high in Huge
        from low in Huge
        from mask in Gen.Elements(0ul, 1ul, 0xFFFFul, ulong.MaxValue)
        select new InternetAddress(new UInt128(high & mask, low & mask));

    public static Gen<InternetAddress> Address => Gen.OneOf(Ipv4, Ipv6);

    public static Gen<MacAddress> Mac => Huge.Select(value => new MacAddress(value));

    public static Gen<string> Word26 =>
        Gen.Elements("abcdefghijklmnopqrstuvwxyz0123456789-".ToCharArray()).NonEmptyListOf()
            .Select(letters => new string([.. letters.Take(20)]));

    public static Gen<byte[]> Payload => Byte.ArrayOf();

    /// <summary>Null now and then.</summary>
    public static Gen<T?> Maybe<T>(Gen<T> some)
        where T : struct => Gen.OneOf(some.Select(one => (T?)one), Gen.Constant((T?)null));

    public static Gen<ByteString> Bytes(int least, int most) =>
        from length in Gen.Choose(least, most)
        from bytes in Byte.ArrayOf(length)
        select new ByteString(bytes);

    public static Gen<ValueList<T>> List<T>(Gen<T> item, int least, int most) =>
        from count in Gen.Choose(least, most)
        from items in item.ArrayOf(count)
        select ValueList.Create<T>(items);

    /// <summary>Checks a property of many values.</summary>
    public static void Check<T>(Gen<T> values, Action<T> property) => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(ExamplesPerProperty),
        Prop.ForAll(values.ToArbitrary(), value =>
        {
            property(value);
            return true;
        }));
}
