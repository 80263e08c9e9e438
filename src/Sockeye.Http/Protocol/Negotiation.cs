using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>What a negotiation came to.</summary>
/// <param name="Index">Which of the offers was chosen; -1 when the client accepts none of them.</param>
/// <param name="Quality">The client's weight for it, in thousandths.</param>
/// <param name="Varies">Whether another value of the field could have led to another response: then the response
/// names the field in <c>Vary</c> (RFC 9110 section 12.5.5).</param>
public readonly record struct Negotiated(int Index, int Quality, bool Varies)
{
    /// <summary>Whether there is an offer that the client accepts.</summary>
    public bool IsAcceptable => Index >= 0;
}

/// <summary>
/// Chooses the best of what the server offers by the weights that the client gives (RFC 9110 section 12.5). Among
/// offers of the same weight the first wins, so list them in the server's order of preference. An empty value counts
/// as an absent field. An element that cannot be read counts as absent, for the rest still says what is wanted.
/// Takes time proportional to the field, for each offer; allocates nothing.
/// </summary>
/// <example><code>
/// Negotiated chosen = Negotiation.MediaType("text/html;q=0.8, application/json"u8, "text/html", "application/json");
/// // chosen.Index is 1
/// </code></example>
public static class Negotiation
{
    /// <summary>The longest offer, in bytes.</summary>
    public const int OfferBytesMax = 256;

    private delegate int Weigh(ReadOnlySpan<byte> field, ReadOnlySpan<byte> offer);

    /// <summary>Chooses a media type by the value of <c>Accept</c>.</summary>
    public static Negotiated MediaType(ReadOnlySpan<byte> accept, params ReadOnlySpan<string> offers) =>
        Choose(accept, offers, static (field, offer) => Protocol.MediaType.TryParse(offer, out MediaType type)
            ? WeightOf(field, type)
            : throw new ArgumentException("An offer is no media type: write one such as text/html.", nameof(offers)));

    /// <summary>
    /// Chooses a content coding by the value of <c>Accept-Encoding</c>. Offer <c>identity</c>, the absence of a
    /// coding, as one of them. Without the field a client accepts any coding (RFC 9110 section 12.5.3), and
    /// <c>identity</c> is chosen all the same if it is offered: many a client that does not ask cannot decode.
    /// </summary>
    public static Negotiated ContentCoding(ReadOnlySpan<byte> acceptEncoding, params ReadOnlySpan<string> offers) =>
        Choose(acceptEncoding, offers, CodingWeight);

    /// <summary>
    /// Chooses a charset by the value of <c>Accept-Charset</c>, which RFC 9110 section 12.5.2 deprecates.
    /// </summary>
    public static Negotiated Charset(ReadOnlySpan<byte> acceptCharset, params ReadOnlySpan<string> offers) =>
        Choose(acceptCharset, offers, static (field, offer) =>
            FieldSyntax.Trim(field).IsEmpty ? FieldSyntax.QualityMax : Math.Max(0, ListedWeight(field, offer)));

    /// <summary>
    /// Chooses a language by the value of <c>Accept-Language</c>: first as RFC 4647 section 3.3.1 filters (<c>en</c>
    /// takes <c>en-GB</c>), and if nothing remains as section 3.4 looks up (<c>en-GB</c> takes <c>en</c>). When there
    /// is no acceptable one, a server usually answers in its own language all the same.
    /// </summary>
    public static Negotiated Language(ReadOnlySpan<byte> acceptLanguage, params ReadOnlySpan<string> offers)
    {
        Negotiated chosen = Choose(acceptLanguage, offers, static (field, offer) => LanguageWeight(field, offer));
        return chosen.IsAcceptable
            ? chosen
            : Choose(acceptLanguage, offers, static (field, offer) => LookupWeight(field, offer));
    }

    private static Negotiated Choose(ReadOnlySpan<byte> field, ReadOnlySpan<string> offers, Weigh weigh)
    {
        var best = new Negotiated(-1, 0, true);
        Span<byte> bytes = stackalloc byte[OfferBytesMax];
        int bestWeight = 0;
        for (int i = 0; i < offers.Length; i++)
        {
            if (!Encoding.ASCII.TryGetBytes(offers[i], bytes, out int length))
            {
                throw new ArgumentException(
                    $"An offer is ASCII of at most {OfferBytesMax} bytes: shorten it.", nameof(offers));
            }

            int weight = weigh(field, bytes[..length]);
            if (weight > bestWeight)
            {
                bestWeight = weight;
                best = new Negotiated(i, Math.Min(weight, FieldSyntax.QualityMax), true);
            }
        }

        // With one offer that is taken here, only its absence elsewhere, 406, depends on the field.
        return best with { Varies = offers.Length > 1 || !best.IsAcceptable };
    }

    private static int WeightOf(ReadOnlySpan<byte> accept, MediaType offer)
    {
        if (FieldSyntax.Trim(accept).IsEmpty)
        {
            return FieldSyntax.QualityMax;
        }

        int precision = -1;
        int weight = 0;
        foreach (ReadOnlySpan<byte> element in new FieldList(accept))
        {
            // The most precise range decides, even with q=0: "text/*, text/html;q=0" takes all text but HTML.
            if (Protocol.MediaType.TryParse(element, out MediaType range) &&
                TryWeight(range.Parameters, out int quality) &&
                range.Precision > precision && range.Includes(offer))
            {
                precision = range.Precision;
                weight = quality;
            }
        }

        return weight;
    }

    private static int CodingWeight(ReadOnlySpan<byte> field, ReadOnlySpan<byte> offer)
    {
        // RFC 9110 section 8.4.1.1 and 8.4.1.3: "x-gzip" is equivalent to "gzip", "x-compress" to "compress".
        int listed = ListedWeight(field, offer);
        if (listed < 0 && Ascii.EqualsIgnoreCase(offer, "gzip"u8))
        {
            listed = ListedWeight(field, "x-gzip"u8, orAny: false);
        }
        else if (listed < 0 && Ascii.EqualsIgnoreCase(offer, "compress"u8))
        {
            listed = ListedWeight(field, "x-compress"u8, orAny: false);
        }

        // "acceptable by default unless specifically excluded": better than nothing, worse than whatever is listed.
        return listed >= 0 ? listed : Ascii.EqualsIgnoreCase(offer, "identity"u8) ? 1 : 0;
    }

    /// <summary>The weight of a name in a list, that of <c>*</c> when it is not there; -1 without either.</summary>
    private static int ListedWeight(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name, bool orAny = true)
    {
        int any = -1;
        foreach (ReadOnlySpan<byte> element in new FieldList(field))
        {
            if (!TryReadElement(element, out ReadOnlySpan<byte> listed, out int quality))
            {
                continue;
            }

            if (Ascii.EqualsIgnoreCase(listed, name))
            {
                return quality;
            }

            if (orAny && any < 0 && listed is [(byte)'*'])
            {
                any = quality;
            }
        }

        return any;
    }

    private static int LanguageWeight(ReadOnlySpan<byte> field, ReadOnlySpan<byte> offer)
    {
        if (FieldSyntax.Trim(field).IsEmpty)
        {
            return FieldSyntax.QualityMax;
        }

        int precision = -1;
        int weight = 0;
        foreach (ReadOnlySpan<byte> element in new FieldList(field))
        {
            if (TryReadElement(element, out ReadOnlySpan<byte> range, out int quality) &&
                PrecisionOf(range, offer) is int found && found > precision)
            {
                precision = found;
                weight = quality;
            }
        }

        return weight;
    }

    /// <summary>The weight of the best range that begins with the offered tag; nothing that is excluded.</summary>
    private static int LookupWeight(ReadOnlySpan<byte> field, ReadOnlySpan<byte> offer)
    {
        int best = 0;
        foreach (ReadOnlySpan<byte> element in new FieldList(field))
        {
            if (!TryReadElement(element, out ReadOnlySpan<byte> range, out int quality))
            {
                continue;
            }

            if (quality == 0 && PrecisionOf(range, offer) > 0)
            {
                return 0;
            }

            if (PrecisionOf(offer, range) > 0)
            {
                best = Math.Max(best, quality);
            }
        }

        return best;
    }

    /// <summary>How much of the tag the range names: -1 when it does not include the tag, 0 for <c>*</c>.</summary>
    private static int PrecisionOf(ReadOnlySpan<byte> range, ReadOnlySpan<byte> tag)
    {
        if (range is [(byte)'*'])
        {
            return 0;
        }

        bool isIn = tag.Length >= range.Length && Ascii.EqualsIgnoreCase(tag[..range.Length], range) &&
            (tag.Length == range.Length || tag[range.Length] == '-');
        return isIn ? range.Length : -1;
    }

    /// <summary>Reads <c>name [;q=weight]</c>.</summary>
    private static bool TryReadElement(ReadOnlySpan<byte> element, out ReadOnlySpan<byte> name, out int quality)
    {
        int length = FieldSyntax.TokenLength(element);
        name = element[..length];
        quality = 0;
        return length > 0 && TryWeight(new FieldParameters(element[length..]), out quality);
    }

    private static bool TryWeight(FieldParameters parameters, out int quality)
    {
        quality = FieldSyntax.QualityMax;
        while (parameters.MoveNext())
        {
            if (parameters.Current.Is("q"u8) && !FieldSyntax.TryParseQuality(parameters.Current.Raw, out quality))
            {
                return false;
            }
        }

        return !parameters.IsMalformed;
    }
}
