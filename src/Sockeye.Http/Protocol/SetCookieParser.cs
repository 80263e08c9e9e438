using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>The algorithm of RFC 6265bis section 5.6, which takes what servers send, not what they should.</summary>
internal static class SetCookieParser
{
    // A longer time than any cookie lives: section 5.5 cuts it to 400 days. It keeps TimeSpan from overflowing.
    private const long MaxAgeSecondsMax = int.MaxValue;

    public static SetCookie? TryParse(ReadOnlySpan<byte> field)
    {
        // Step 1: "If the set-cookie-string contains a %x00-08 / %x0A-1F / %x7F character … abort".
        if (FieldSyntax.HasControl(field))
        {
            return null;
        }

        int end = field.IndexOf((byte)';');
        CookiePair pair = CookiePairs.Split(end < 0 ? field : field[..end]);
        if (pair.Name.Length + pair.Value.Length is 0 or > SetCookie.NameAndValueBytesMax)
        {
            return null;
        }

        var cookie = new SetCookie(Encoding.Latin1.GetString(pair.Name), Encoding.Latin1.GetString(pair.Value));
        ReadOnlySpan<byte> rest = end < 0 ? default : field[(end + 1)..];
        var attributes = default(Attributes);
        while (!rest.IsEmpty)
        {
            end = rest.IndexOf((byte)';');
            ReadOnlySpan<byte> piece = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            int equals = piece.IndexOf((byte)'=');
            ReadOnlySpan<byte> name = FieldSyntax.Trim(equals < 0 ? piece : piece[..equals]);
            ReadOnlySpan<byte> value = FieldSyntax.Trim(equals < 0 ? default : piece[(equals + 1)..]);
            if (value.Length <= SetCookie.AttributeBytesMax)
            {
                attributes.Take(name, value);
            }
        }

        return attributes.On(cookie);
    }

    /// <summary>The attributes so far. Of several with one name the last counts.</summary>
    private ref struct Attributes
    {
        private DateTimeOffset? _expires;
        private TimeSpan? _maxAge;
        private ReadOnlySpan<byte> _domain;
        private ReadOnlySpan<byte> _path;
        private bool _isSecure;
        private bool _isHttpOnly;
        private bool _isPartitioned;
        private SameSite _sameSite;

        public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (Ascii.EqualsIgnoreCase(name, "Expires"u8))
            {
                _expires = CookieDate.TryParse(value, out DateTimeOffset date) ? date : _expires;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Max-Age"u8))
            {
                _maxAge = ReadMaxAge(value) ?? _maxAge;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Domain"u8))
            {
                // "If the first character of the attribute-value is ".": let cookie-domain be without it."
                _domain = value is [(byte)'.', ..] ? value[1..] : value;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Path"u8))
            {
                _path = value is [(byte)'/', ..] ? value : default; // Otherwise it is the default path.
            }
            else if (Ascii.EqualsIgnoreCase(name, "SameSite"u8))
            {
                _sameSite = ReadSameSite(value);
            }
            else
            {
                _isSecure |= Ascii.EqualsIgnoreCase(name, "Secure"u8);
                _isHttpOnly |= Ascii.EqualsIgnoreCase(name, "HttpOnly"u8);
                _isPartitioned |= Ascii.EqualsIgnoreCase(name, "Partitioned"u8);
            }
        }

        public readonly SetCookie On(SetCookie cookie) => cookie with
        {
            Expires = _expires,
            MaxAge = _maxAge,
            Domain = _domain.IsEmpty ? null : Encoding.Latin1.GetString(_domain).ToLowerInvariant(),
            Path = _path.IsEmpty ? null : Encoding.Latin1.GetString(_path),
            IsSecure = _isSecure,
            IsHttpOnly = _isHttpOnly,
            IsPartitioned = _isPartitioned,
            SameSite = _sameSite,
        };

        private static TimeSpan? ReadMaxAge(ReadOnlySpan<byte> value)
        {
            bool isNegative = value is [(byte)'-', ..];
            return FieldSyntax.TryParseDigits(isNegative ? value[1..] : value, out long seconds)
                ? TimeSpan.FromSeconds(isNegative ? 0 : Math.Min(seconds, MaxAgeSecondsMax))
                : null;
        }

        private static SameSite ReadSameSite(ReadOnlySpan<byte> value) =>
            Ascii.EqualsIgnoreCase(value, "None"u8) ? SameSite.None :
            Ascii.EqualsIgnoreCase(value, "Lax"u8) ? SameSite.Lax :
            Ascii.EqualsIgnoreCase(value, "Strict"u8) ? SameSite.Strict : SameSite.Unspecified;
    }
}
