namespace Sockeye.Http.Protocol;

/// <summary>What the conditions of a request say about performing it.</summary>
public enum PreconditionOutcome : byte
{
    /// <summary>Perform the method; a <c>Range</c> may be honoured.</summary>
    Proceed = 0,

    /// <summary>
    /// Perform the method, and send the whole: <c>If-Range</c> says that the client's part is outdated.
    /// </summary>
    ProceedWithoutRange,

    /// <summary>Answer 304 (Not Modified).</summary>
    NotModified,

    /// <summary>Answer 412 (Precondition Failed).</summary>
    PreconditionFailed,
}

/// <summary>What there is now, for the conditions of a request to be compared with.</summary>
public readonly ref struct CurrentRepresentation
{
    /// <summary>Whether there is one; with false the rest does not matter.</summary>
    public required bool Exists { get; init; }

    /// <summary>Its entity tag; the default value for none.</summary>
    public EntityTag Tag { get; init; }

    /// <summary>When it changed last; null when that is not known. Fractions of a second do not count.</summary>
    public DateTimeOffset? LastModified { get; init; }
}

/// <summary>
/// The conditional fields of a request (RFC 9110 section 13.1). Give each that the request has, even an empty one: a
/// field that was assigned is present.
/// </summary>
/// <example><code>
/// var conditions = new Preconditions { IfNoneMatch = "\"v1\""u8 };
/// PreconditionOutcome outcome = conditions.Evaluate(Method.Get, current, now); // NotModified, if the tag is still v1
/// </code></example>
public ref struct Preconditions
{
    private Present _present;

    [Flags]
    private enum Present : byte
    {
        None = 0,
        IfMatch = 1,
        IfNoneMatch = 2,
        IfRange = 4,
    }

    /// <summary>The value of <c>If-Match</c>; of several lines, their values joined by commas.</summary>
    public ReadOnlySpan<byte> IfMatch
    {
        readonly get;
        set
        {
            field = value;
            _present |= Present.IfMatch;
        }
    }

    /// <summary>The value of <c>If-None-Match</c>; of several lines, their values joined by commas.</summary>
    public ReadOnlySpan<byte> IfNoneMatch
    {
        readonly get;
        set
        {
            field = value;
            _present |= Present.IfNoneMatch;
        }
    }

    /// <summary>The value of <c>If-Modified-Since</c>. What is no date is ignored.</summary>
    public ReadOnlySpan<byte> IfModifiedSince { get; set; }

    /// <summary>The value of <c>If-Unmodified-Since</c>. What is no date is ignored.</summary>
    public ReadOnlySpan<byte> IfUnmodifiedSince { get; set; }

    /// <summary>The value of <c>If-Range</c>: an entity tag or a date.</summary>
    public ReadOnlySpan<byte> IfRange
    {
        readonly get;
        set
        {
            field = value;
            _present |= Present.IfRange;
        }
    }

    /// <summary>
    /// Evaluates the conditions in the order of RFC 9110 section 13.2.2. Ask only when the response would be a
    /// success without them: section 13.2.1 has them ignored otherwise.
    /// </summary>
    /// <param name="method">The method; all but GET and HEAD fail where those are not modified.</param>
    /// <param name="current">What there is now.</param>
    /// <param name="now">The time: a date from the last second does not tell two versions apart.</param>
    public readonly PreconditionOutcome Evaluate(Method method, CurrentRepresentation current, DateTimeOffset now)
    {
        // Section 13.2.1: "a server MUST ignore the conditional request header fields … with a request method that
        // does not involve the selection or modification of a selected representation".
        if (method is Method.Options or Method.Trace or Method.Connect)
        {
            return PreconditionOutcome.Proceed;
        }

        bool isRead = method is Method.Get or Method.Head;

        // Steps 1 and 2: the client's idea of what it changes.
        if (Has(Present.IfMatch)
            ? !Matches(IfMatch, current, isStrong: true)
            : IsModified(DateOf(IfUnmodifiedSince, now), current))
        {
            return PreconditionOutcome.PreconditionFailed;
        }

        // Steps 3 and 4: what the client has already.
        if (Has(Present.IfNoneMatch))
        {
            if (Matches(IfNoneMatch, current, isStrong: false))
            {
                return isRead ? PreconditionOutcome.NotModified : PreconditionOutcome.PreconditionFailed;
            }
        }
        else if (isRead && current is { Exists: true, LastModified: not null } &&
            DateOf(IfModifiedSince, now) is { } since && !IsModified(since, current))
        {
            return PreconditionOutcome.NotModified;
        }

        // Step 5: whether the part that is asked for fits the parts that the client has.
        return method == Method.Get && Has(Present.IfRange) && !RangeApplies(current, now)
            ? PreconditionOutcome.ProceedWithoutRange
            : PreconditionOutcome.Proceed;
    }

    private static bool Matches(ReadOnlySpan<byte> field, CurrentRepresentation current, bool isStrong)
    {
        if (FieldSyntax.Trim(field) is [(byte)'*'])
        {
            return current.Exists;
        }

        foreach (EntityTag tag in new EntityTagList(field))
        {
            if (current.Exists && (isStrong ? tag.StrongEquals(current.Tag) : tag.WeakEquals(current.Tag)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it changed after a date. Without a date on both sides the condition is ignored.</summary>
    private static bool IsModified(DateTimeOffset? since, CurrentRepresentation current) =>
        current.Exists && Seconds(current.LastModified) > Seconds(since);

    private static DateTimeOffset? DateOf(ReadOnlySpan<byte> field, DateTimeOffset now) =>
        HttpDate.TryParse(FieldSyntax.Trim(field), now, out DateTimeOffset date) ? date : null;

    private static long? Seconds(DateTimeOffset? time) => time?.ToUnixTimeSeconds();

    private readonly bool RangeApplies(CurrentRepresentation current, DateTimeOffset now)
    {
        if (!current.Exists)
        {
            return false;
        }

        if (DateOf(IfRange, now) is { } date)
        {
            // Section 13.1.5 wants an exact match, and a strong validator: by section 8.8.2.2 a date is one only if
            // nothing can have changed twice within its second.
            return Seconds(date) == Seconds(current.LastModified) && now - date >= TimeSpan.FromSeconds(1);
        }

        return EntityTag.TryParse(FieldSyntax.Trim(IfRange), out EntityTag tag) && tag.StrongEquals(current.Tag);
    }

    private readonly bool Has(Present one) => (_present & one) != 0;
}
