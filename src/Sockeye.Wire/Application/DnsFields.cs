using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Application;

/// <summary>The fields of DNS.</summary>
public static class DnsFields
{
    /// <summary>How long the message is, over TCP (RFC 1035 section 4.2.2).</summary>
    public static readonly Field Length = new("dns.length", "Length", FieldKind.Number);

    /// <summary>What an answer has in common with its question.</summary>
    public static readonly Field Identifier = new("dns.id", "Transaction ID", FieldKind.Hex);

    /// <summary>All the bits.</summary>
    public static readonly Field Flags = new("dns.flags", "Flags", FieldKind.Hex);

    /// <summary>Whether it is an answer.</summary>
    public static readonly Field Response = new("dns.flags.response", "Response", FieldKind.Flag);

    /// <summary>What it wants.</summary>
    public static readonly Field Opcode =
        new("dns.flags.opcode", "Opcode", FieldKind.Number, static value => DnsWords.NameOf((DnsOpcode)value));

    /// <summary>Whether the server is one of those that know.</summary>
    public static readonly Field Authoritative = new("dns.flags.authoritative", "Authoritative", FieldKind.Flag);

    /// <summary>Whether the answer did not fit.</summary>
    public static readonly Field Truncated = new("dns.flags.truncated", "Truncated", FieldKind.Flag);

    /// <summary>Whether the server shall ask others.</summary>
    public static readonly Field RecursionDesired = new("dns.flags.recdesired", "Recursion desired", FieldKind.Flag);

    /// <summary>Whether the server asks others.</summary>
    public static readonly Field RecursionAvailable = new("dns.flags.recavail", "Recursion available", FieldKind.Flag);

    /// <summary>Whether the server vouches for the answer.</summary>
    public static readonly Field AuthenticData = new("dns.flags.authenticated", "Answer authenticated", FieldKind.Flag);

    /// <summary>Whether answers that cannot be checked are taken.</summary>
    public static readonly Field CheckingDisabled =
        new("dns.flags.checkdisable", "Non-authenticated data", FieldKind.Flag);

    /// <summary>How it ended.</summary>
    public static readonly Field Code =
        new("dns.flags.rcode", "Reply code", FieldKind.Number, static value => DnsWords.NameOf((DnsResponseCode)value));

    /// <summary>How many questions there are.</summary>
    public static readonly Field Questions = new("dns.count.queries", "Questions", FieldKind.Number);

    /// <summary>How many answers there are.</summary>
    public static readonly Field Answers = new("dns.count.answers", "Answer RRs", FieldKind.Number);

    /// <summary>How many records about those who know there are.</summary>
    public static readonly Field Authorities = new("dns.count.auth_rr", "Authority RRs", FieldKind.Number);

    /// <summary>How many more records there are.</summary>
    public static readonly Field Additionals = new("dns.count.add_rr", "Additional RRs", FieldKind.Number);

    /// <summary>What is asked for.</summary>
    public static readonly Field QueryName = new("dns.qry.name", "Name", FieldKind.Text);

    /// <summary>Which type of record is asked for.</summary>
    public static readonly Field QueryType = new("dns.qry.type", "Type", FieldKind.Number, DnsType.NameOf);

    /// <summary>Which class of record is asked for.</summary>
    public static readonly Field QueryClass = new("dns.qry.class", "Class", FieldKind.Hex, DnsType.NameOfClass);

    /// <summary>Whose record it is.</summary>
    public static readonly Field Name = new("dns.resp.name", "Name", FieldKind.Text);

    /// <summary>The type of a record.</summary>
    public static readonly Field Type = new("dns.resp.type", "Type", FieldKind.Number, DnsType.NameOf);

    /// <summary>The class of a record.</summary>
    public static readonly Field Class = new("dns.resp.class", "Class", FieldKind.Hex, DnsType.NameOfClass);

    /// <summary>For how many seconds a record may be kept.</summary>
    public static readonly Field TimeToLive = new("dns.resp.ttl", "Time to live", FieldKind.Number);

    /// <summary>How long the data of a record is.</summary>
    public static readonly Field DataLength = new("dns.resp.len", "Data length", FieldKind.Number);

    /// <summary>An IPv4 address.</summary>
    public static readonly Field Ipv4 = new("dns.a", "Address", FieldKind.Ipv4);

    /// <summary>An IPv6 address.</summary>
    public static readonly Field Ipv6 = new("dns.aaaa", "AAAA Address", FieldKind.Ipv6);

    /// <summary>The name that a name stands for.</summary>
    public static readonly Field Cname = new("dns.cname", "CNAME", FieldKind.Text);

    /// <summary>A server that knows the zone.</summary>
    public static readonly Field Ns = new("dns.ns", "Name Server", FieldKind.Text);

    /// <summary>The name of an address.</summary>
    public static readonly Field Ptr = new("dns.ptr.domain_name", "Domain Name", FieldKind.Text);

    /// <summary>Which of several mail servers is to be tried first.</summary>
    public static readonly Field MxPreference = new("dns.mx.preference", "Preference", FieldKind.Number);

    /// <summary>A server that takes mail.</summary>
    public static readonly Field Mx = new("dns.mx.mail_exchange", "Mail Exchange", FieldKind.Text);

    /// <summary>The first server of a zone.</summary>
    public static readonly Field SoaServer = new("dns.soa.mname", "Primary name server", FieldKind.Text);

    /// <summary>The mailbox of who is responsible for a zone.</summary>
    public static readonly Field SoaMailbox = new("dns.soa.rname", "Responsible authority's mailbox", FieldKind.Text);

    /// <summary>The version of a zone.</summary>
    public static readonly Field SoaSerial = new("dns.soa.serial_number", "Serial Number", FieldKind.Number);

    /// <summary>A text.</summary>
    public static readonly Field Text = new("dns.txt", "TXT", FieldKind.Text);

    /// <summary>Which of several servers is to be tried first.</summary>
    public static readonly Field SrvPriority = new("dns.srv.priority", "Priority", FieldKind.Number);

    /// <summary>How often a server is to be chosen among equals.</summary>
    public static readonly Field SrvWeight = new("dns.srv.weight", "Weight", FieldKind.Number);

    /// <summary>The port of a service.</summary>
    public static readonly Field SrvPort = new("dns.srv.port", "Port", FieldKind.Number);

    /// <summary>The host of a service.</summary>
    public static readonly Field SrvTarget = new("dns.srv.target", "Target", FieldKind.Text);

    /// <summary>The longest message over UDP that the sender takes.</summary>
    public static readonly Field UdpBytesMax = new("dns.rr.udp_payload_size", "UDP payload size", FieldKind.Number);

    /// <summary>The version of EDNS.</summary>
    public static readonly Field EdnsVersion = new("dns.resp.edns0_version", "EDNS0 version", FieldKind.Number);

    /// <summary>Whether signatures are wanted.</summary>
    public static readonly Field DnssecOk = new("dns.resp.z.do", "DO bit", FieldKind.Flag);

    /// <summary>An option of EDNS.</summary>
    public static readonly Field OptionCode = new("dns.opt.code", "Option Code", FieldKind.Number);

    /// <summary>How long an option of EDNS is.</summary>
    public static readonly Field OptionLength = new("dns.opt.len", "Option Length", FieldKind.Number);

    /// <summary>What an option of EDNS says.</summary>
    public static readonly Field OptionData = new("dns.opt.data", "Option Data", FieldKind.Bytes);

    /// <summary>Which of several ways to a service is to be tried first.</summary>
    public static readonly Field ServicePriority = new("dns.svcb.svcpriority", "SvcPriority", FieldKind.Number);

    /// <summary>Where a service is.</summary>
    public static readonly Field ServiceTarget = new("dns.svcb.targetname", "TargetName", FieldKind.Text);

    /// <summary>A parameter of a service.</summary>
    public static readonly Field ParameterKey = new("dns.svcb.svcparam.key", "SvcParamKey", FieldKind.Number);

    /// <summary>How long a parameter is.</summary>
    public static readonly Field ParameterLength =
        new("dns.svcb.svcparam.value.length", "SvcParamValue length", FieldKind.Number);

    /// <summary>What a parameter says that has no field of its own.</summary>
    public static readonly Field ParameterValue = new("dns.svcb.svcparam.value", "SvcParamValue", FieldKind.Bytes);

    /// <summary>A protocol that a service speaks.</summary>
    public static readonly Field ParameterProtocol = new("dns.svcb.svcparam.alpn", "ALPN", FieldKind.Text);

    /// <summary>The port of a service.</summary>
    public static readonly Field ParameterPort = new("dns.svcb.svcparam.port", "Port", FieldKind.Number);

    /// <summary>An IPv4 address of a service.</summary>
    public static readonly Field ParameterIpv4 = new("dns.svcb.svcparam.ipv4hint.ip", "IP", FieldKind.Ipv4);

    /// <summary>An IPv6 address of a service.</summary>
    public static readonly Field ParameterIpv6 = new("dns.svcb.svcparam.ipv6hint.ip", "IP", FieldKind.Ipv6);

    /// <summary>Whether a rule about certificates must be understood.</summary>
    public static readonly Field AuthorityFlags = new("dns.caa.flags", "CAA Flags", FieldKind.Number);

    /// <summary>What a rule about certificates is about.</summary>
    public static readonly Field AuthorityTag = new("dns.caa.tag", "Tag", FieldKind.Text);

    /// <summary>What a rule about certificates says.</summary>
    public static readonly Field AuthorityValue = new("dns.caa.value", "Value", FieldKind.Text);

    /// <summary>The data of a record of another type.</summary>
    public static readonly Field Data = new("dns.data", "Data", FieldKind.Bytes);

    internal static Field[] All =>
    [
        Length, Identifier, Flags, Response, Opcode, Authoritative, Truncated, RecursionDesired, RecursionAvailable,
        AuthenticData, CheckingDisabled, Code, Questions, Answers, Authorities, Additionals, QueryName, QueryType,
        QueryClass, Name, Type, Class, TimeToLive, DataLength, Ipv4, Ipv6, Cname, Ns, Ptr, MxPreference, Mx, SoaServer,
        SoaMailbox, SoaSerial, Text, SrvPriority, SrvWeight, SrvPort, SrvTarget, UdpBytesMax, EdnsVersion, DnssecOk,
        OptionCode, OptionLength, OptionData, ServicePriority, ServiceTarget, ParameterKey, ParameterLength,
        ParameterValue, ParameterProtocol, ParameterPort, ParameterIpv4, ParameterIpv6, AuthorityFlags, AuthorityTag,
        AuthorityValue, Data,
    ];
}
