using System.CommandLine;
using System.CommandLine.Parsing;
using Sockeye.Cli.Resources;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Capturing;

/// <summary>The times that a listing shows: <c>--time</c>.</summary>
/// <param name="Time">What they are counted from.</param>
/// <param name="Zone">The zone of those of the calendar.</param>
internal sealed record ListingTime(PacketTime Time, TimeZoneInfo Zone)
{
    private static readonly (string Word, ListingTime Value)[] s_words =
    [
        ("relative", new ListingTime(PacketTime.SinceFirst, TimeZoneInfo.Utc)),
        ("delta", new ListingTime(PacketTime.SinceLast, TimeZoneInfo.Utc)),
        ("clock", new ListingTime(PacketTime.Calendar, TimeZoneInfo.Local)),
        ("utc", new ListingTime(PacketTime.Calendar, TimeZoneInfo.Utc)),
    ];

    /// <summary>The option.</summary>
    public static Option<ListingTime> Option()
    {
        var option = new Option<ListingTime>("--time")
        {
            Description = CaptureText.OptionTime,
            HelpName = "kind",
            CustomParser = Read,
            DefaultValueFactory = _ => s_words[0].Value,
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. s_words.Select(row => row.Word)]);
        return option;
    }

    /// <summary>A listing with these times.</summary>
    public PacketListing ToListing() => new() { Time = Time, Zone = Zone };

    private static ListingTime? Read(ArgumentResult result)
    {
        string word = result.Tokens[^1].Value;
        ListingTime? value = s_words.FirstOrDefault(row => row.Word == word).Value;
        if (value is null)
        {
            result.AddError(result.ToString()); // UsageError words it, from the values that completion offers.
        }

        return value;
    }
}
