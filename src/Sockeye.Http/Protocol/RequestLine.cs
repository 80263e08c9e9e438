using System.Buffers.Binary;

namespace Sockeye.Http.Protocol;

/// <summary>Reads a request line (RFC 9112 section 3). As with field lines, the answer to a prefix is "need more" or
/// the final one.</summary>
internal static class RequestLine
{
    private static readonly ulong s_http11 = BinaryPrimitives.ReadUInt64LittleEndian("HTTP/1.1"u8);
    private static readonly ulong s_http10 = BinaryPrimitives.ReadUInt64LittleEndian("HTTP/1.0"u8);

    private const int VersionLength = 8;

    /// <summary>RFC 8446 section 5.1: the type of the record that a client of TLS sends first.</summary>
    private const byte TlsHandshake = 22;

    /// <summary>Reads the line that begins at this place, and moves it behind the line.</summary>
    public static ParseStatus Read(
        ReadOnlySpan<byte> view, ref int position, RequestHead head, HttpLimits limits, HttpProfile profile,
        out HttpRule rule)
    {
        ReadOnlySpan<byte> line = view[position..];
        bool isGet = line.StartsWith("GET "u8);
        int method = isGet ? "GET".Length : line.IndexOfAnyExcept(Octets.Token);
        if ((method < 0 ? line.Length : method) > limits.MethodBytesMax)
        {
            return Reject(HttpRule.MethodTooLong, out rule);
        }

        if (method < 0)
        {
            rule = HttpRule.None;
            return ParseStatus.NeedMore;
        }

        if (method == 0 && line[0] == TlsHandshake)
        {
            return Reject(HttpRule.TlsToPlainPort, out rule);
        }

        if (method == 0 || line[method] != Octets.Space)
        {
            bool isLineEnd = method > 0 && line[method] is Octets.CarriageReturn or Octets.LineFeed;
            return Reject(isLineEnd ? HttpRule.BadRequestLine : HttpRule.BadMethod, out rule);
        }

        head.MethodStart = position;
        head.MethodLength = method;
        head.Method = isGet ? Method.Get : Methods.Parse(line[..method]);
        int start = position + method + 1;
        ParseStatus status = ReadTarget(view, start, head, profile, out bool isCut, out rule);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        int end = start + head.TargetLength + 1;
        status = ReadVersion(view, ref end, profile, out ProtocolVersion version, out rule);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        head.Version = version;
        position = end;
        rule = RequestTarget.Analyse(view, head, profile, isCut);
        return rule == HttpRule.None ? ParseStatus.Done : ParseStatus.Rejected;
    }

    /// <summary>Finds the space behind the target, and the path and the query when it is in origin form.</summary>
    private static ParseStatus ReadTarget(
        ReadOnlySpan<byte> view, int start, RequestHead head, HttpProfile profile, out bool isCut, out HttpRule rule)
    {
        rule = HttpRule.None;
        ReadOnlySpan<byte> rest = view[start..];
        isCut = rest is [(byte)'/', ..];
        if (rest.IsEmpty)
        {
            return ParseStatus.NeedMore;
        }

        bool isPath = isCut;
        int path = -1;
        int query = -1;
        int end = rest.IndexOfAnyExcept(isPath ? Octets.Path : Octets.Target);
        if (isPath)
        {
            path = end;
            if (end > 0 && rest[end] == '?')
            {
                query = rest[(end + 1)..].IndexOfAnyExcept(Octets.Query);
                end = query < 0 ? -1 : end + 1 + query;
            }
        }

        if (end > 0 && rest[end] != Octets.Space && isPath && (profile.Accepts & Leniencies.TargetCharacters) != 0)
        {
            isCut = false;
            end = rest.IndexOfAnyExcept(Octets.Target);
        }

        if (end < 0)
        {
            return ParseStatus.NeedMore;
        }

        if (end == 0 || rest[end] != Octets.Space)
        {
            // Two spaces, the line's end or a tab is another line than there should be; the rest is in the target.
            byte stop = rest[end];
            return Reject(
                stop is Octets.Space or Octets.Tab or Octets.CarriageReturn or Octets.LineFeed
                    ? HttpRule.BadRequestLine
                    : HttpRule.BadTarget,
                out rule);
        }

        // Only what is whole is written down: a head that is not complete can be looked at.
        head.TargetStart = start;
        head.TargetLength = end;
        if (isCut)
        {
            head.PathStart = start;
            head.PathLength = path;
            head.QueryStart = query < 0 ? 0 : start + path + 1;
            head.QueryLength = Math.Max(query, 0);
        }

        return ParseStatus.Done;
    }

    /// <summary>
    /// RFC 9112 section 2.3: <c>HTTP/</c>, a digit, a point, a digit. RFC 9110 section 2.5: "A recipient that receives
    /// a message with a major version number that it implements and a minor version number higher than what it
    /// implements SHOULD process the message as if it was in the highest minor version within that major version".
    /// </summary>
    private static ParseStatus ReadVersion(
        ReadOnlySpan<byte> view, ref int position, HttpProfile profile, out ProtocolVersion version, out HttpRule rule)
    {
        ReadOnlySpan<byte> rest = view[position..];
        version = ProtocolVersion.Http11;
        rule = HttpRule.None;
        if (rest.Length >= VersionLength + 2 && rest[VersionLength] == Octets.CarriageReturn
            && rest[VersionLength + 1] == Octets.LineFeed)
        {
            ulong octets = BinaryPrimitives.ReadUInt64LittleEndian(rest);
            if (octets == s_http11 || octets == s_http10)
            {
                version = octets == s_http11 ? ProtocolVersion.Http11 : ProtocolVersion.Http10;
                position += VersionLength + 2;
                return ParseStatus.Done;
            }
        }

        int length = Math.Min(rest.Length, VersionLength);
        for (int i = 0; i < length; i++)
        {
            if (i is 5 or 7 ? !Octets.IsDigit(rest[i]) : rest[i] != "HTTP/0.0"u8[i])
            {
                return Reject(HttpRule.BadVersion, out rule);
            }
        }

        if (rest.Length <= VersionLength)
        {
            return ParseStatus.NeedMore;
        }

        if (rest[VersionLength] == Octets.CarriageReturn)
        {
            if (rest.Length == VersionLength + 1)
            {
                return ParseStatus.NeedMore;
            }

            if (rest[VersionLength + 1] != Octets.LineFeed)
            {
                return Reject(HttpRule.BareCarriageReturn, out rule);
            }
        }
        else if (rest[VersionLength] != Octets.LineFeed)
        {
            return Reject(HttpRule.BadVersion, out rule);
        }

        if (rest[5] != '1')
        {
            return Reject(HttpRule.UnsupportedVersion, out rule);
        }

        bool isBare = rest[VersionLength] == Octets.LineFeed;
        if (isBare && !profile.Passes(Leniencies.BareLineFeed))
        {
            return Reject(HttpRule.BareLineFeed, out rule);
        }

        version = rest[7] == '0' ? ProtocolVersion.Http10 : ProtocolVersion.Http11;
        position += VersionLength + (isBare ? 1 : 2);
        return ParseStatus.Done;
    }

    private static ParseStatus Reject(HttpRule why, out HttpRule rule)
    {
        rule = why;
        return ParseStatus.Rejected;
    }
}
