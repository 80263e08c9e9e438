namespace Sockeye.Wire.Application;

/// <summary>The types of DNS records (IANA "Domain Name System Parameters").</summary>
public static class DnsType
{
    /// <summary>An IPv4 address (RFC 1035 section 3.4.1).</summary>
    public const ushort A = 1;

    /// <summary>A server that knows the zone (RFC 1035 section 3.3.11).</summary>
    public const ushort Ns = 2;

    /// <summary>The name that this one stands for (RFC 1035 section 3.3.1).</summary>
    public const ushort Cname = 5;

    /// <summary>The beginning of a zone (RFC 1035 section 3.3.13).</summary>
    public const ushort Soa = 6;

    /// <summary>The name of an address (RFC 1035 section 3.3.12).</summary>
    public const ushort Ptr = 12;

    /// <summary>A server that takes mail (RFC 1035 section 3.3.9).</summary>
    public const ushort Mx = 15;

    /// <summary>Texts (RFC 1035 section 3.3.14).</summary>
    public const ushort Txt = 16;

    /// <summary>An IPv6 address (RFC 3596 section 2.1).</summary>
    public const ushort Aaaa = 28;

    /// <summary>Where a service is (RFC 2782).</summary>
    public const ushort Srv = 33;

    /// <summary>The tree that this one stands for (RFC 6672).</summary>
    public const ushort Dname = 39;

    /// <summary>What the sender of the message can do (EDNS; RFC 6891 section 6.1).</summary>
    public const ushort Opt = 41;

    /// <summary>How to reach a service (RFC 9460).</summary>
    public const ushort Svcb = 64;

    /// <summary>How to reach a web server (RFC 9460 section 9).</summary>
    public const ushort Https = 65;

    /// <summary>Who may issue certificates (RFC 8659).</summary>
    public const ushort Caa = 257;

    private static readonly (ushort Value, string Name)[] s_names =
    [
        (A, "A"), (Ns, "NS"), (Cname, "CNAME"), (Soa, "SOA"), (Ptr, "PTR"), (13, "HINFO"), (Mx, "MX"), (Txt, "TXT"),
        (Aaaa, "AAAA"), (29, "LOC"), (Srv, "SRV"), (35, "NAPTR"), (Dname, "DNAME"), (Opt, "OPT"), (43, "DS"),
        (44, "SSHFP"), (46, "RRSIG"), (47, "NSEC"), (48, "DNSKEY"), (50, "NSEC3"), (51, "NSEC3PARAM"), (52, "TLSA"),
        (59, "CDS"), (60, "CDNSKEY"), (61, "OPENPGPKEY"), (Svcb, "SVCB"), (Https, "HTTPS"), (249, "TKEY"),
        (250, "TSIG"), (251, "IXFR"), (252, "AXFR"), (255, "ANY"), (256, "URI"), (Caa, "CAA"),
    ];

    /// <summary>The word for a type, or null.</summary>
    public static string? NameOf(ulong type)
    {
        foreach ((ushort value, string name) in s_names)
        {
            if (value == type)
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>
    /// The type of a word such as <c>AAAA</c>, or of <c>TYPE65534</c> (RFC 3597 section 5), whatever its case.
    /// </summary>
    public static bool TryParse(string name, out ushort type)
    {
        ArgumentNullException.ThrowIfNull(name);
        (ushort Value, string Name) row =
            Array.Find(s_names, one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        type = row.Value;
        return row.Name is not null || (name.StartsWith("TYPE", StringComparison.OrdinalIgnoreCase)
            && ushort.TryParse(
                name.AsSpan(4), System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out type));
    }

    /// <summary>The word for a class, or null.</summary>
    internal static string? NameOfClass(ulong value) => value switch
    {
        1 => "IN",
        3 => "CH",
        4 => "HS",
        254 => "NONE",
        255 => "ANY",
        _ => null,
    };
}
