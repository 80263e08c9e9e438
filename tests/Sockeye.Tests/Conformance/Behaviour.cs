using System.Reflection;
using System.Text.RegularExpressions;

namespace Sockeye.Tests.Conformance;

/// <summary>
/// Marks a function of a scene as something that every I/O model must do. Its name is the sentence.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BehaviourAttribute : Attribute
{
    /// <summary>The transports it runs on. One alone means that the others could not make a difference, or that it is
    /// about that one; where another cannot apply, <see cref="ExceptAttribute"/> says why.</summary>
    public Transports On { get; init; } = Transports.Tcp4;

    /// <summary>Part of the core, which runs also with one loop, and once more while the collector never
    /// rests.</summary>
    public bool IsCore { get; init; }

    /// <summary>Seconds it may take at most, on a machine with other things to do.</summary>
    public int Seconds { get; init; } = Patience.Seconds;
}

/// <summary>Says to what a behaviour, or a whole area, cannot apply, and why; it is shown in the matrix.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class ExceptAttribute : Attribute
{
    /// <summary>Not to a model, or a family of them.</summary>
    public ExceptAttribute(string model, string reason)
    {
        Model = model;
        Reason = reason;
    }

    /// <summary>Not to some transports.</summary>
    public ExceptAttribute(Transports transports, string reason)
    {
        Transports = transports;
        Reason = reason;
    }

    /// <summary>The name of a model, or of a family of them; null when it is about transports.</summary>
    public string? Model { get; }

    /// <summary>None when it is about a model.</summary>
    public Transports Transports { get; }

    public string Reason { get; }
}

/// <summary>Reasons that several behaviours share.</summary>
internal static class Reasons
{
    public const string NoReset = "a Unix socket knows no reset";
}

/// <summary>One behaviour: a row of the matrix.</summary>
internal sealed partial class Behaviour
{
    private readonly MethodInfo _method;
    private readonly ExceptAttribute[] _exceptions; // Its own.
    private readonly ExceptAttribute[] _ofArea;

    private Behaviour(MethodInfo method, BehaviourAttribute attribute)
    {
        _method = method;
        _exceptions = [.. method.GetCustomAttributes<ExceptAttribute>()];
        _ofArea = [.. method.DeclaringType!.GetCustomAttributes<ExceptAttribute>()];
        Attribute = attribute;
        Transports = _exceptions.Concat(_ofArea).Aggregate(attribute.On, (on, except) => on & ~except.Transports);
    }

    /// <summary>Every behaviour of the suite, in the order of the areas and of their files.</summary>
    public static IReadOnlyList<Behaviour> All { get; } =
    [
        .. typeof(Behaviour).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(ConformanceArea)))
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .SelectMany(Of),
    ];

    public BehaviourAttribute Attribute { get; }

    /// <summary>The transports it runs on.</summary>
    public Transports Transports { get; }

    /// <summary>The one that repetitions run on.</summary>
    public Transports FirstTransport => Transports.Each.First();

    /// <summary>It runs also with one loop, and under the collector: the core, or everything for
    /// tests/every-cell.</summary>
    public bool IsRepeated => Attribute.IsCore || Environment.GetEnvironmentVariable("SOCKEYE_EVERY_CELL") == "1";

    public string Area => _method.DeclaringType!.Name;

    public string Name => _method.Name;

    /// <summary>The name as a sentence.</summary>
    public string Sentence => Spell(Name);

    /// <summary>A name in capitals and small letters as a sentence.</summary>
    public static string Spell(string name)
    {
        // Before a capital that follows a small letter, and before one that begins a word after others.
        string[] words = WordStart().Split(name);
        return string.Join(' ', words.Select((word, i) => IsName(word) || i == 0 ? word : word.ToLowerInvariant()));
    }

    /// <summary>The behaviours of one area.</summary>
    public static IEnumerable<Behaviour> Of(Type area) =>
        from method in area.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
        let attribute = method.GetCustomAttribute<BehaviourAttribute>()
        where attribute is not null
        orderby method.MetadataToken
        select new Behaviour(method, attribute);

    public static Behaviour Find(string area, string name) => All.Single(b => b.Area == area && b.Name == name);

    /// <summary>Why it does not apply to a model; null when it does.</summary>
    public string? WhyNot(IoModel model) => _exceptions.Concat(_ofArea)
        .FirstOrDefault(except => except.Model == model.Name || except.Model == model.Family)?.Reason;

    /// <summary>The transports that it cannot apply to though its area may, and why.</summary>
    public IEnumerable<ExceptAttribute> ExceptTransports => _exceptions.Where(except => except.Model is null);

    /// <summary>The transports that its whole area cannot apply to, and why.</summary>
    public IEnumerable<ExceptAttribute> AreaExceptTransports => _ofArea.Where(except => except.Model is null);

    private static bool IsName(string word) => word is "FIN" or "Unix" or "IPv6" or "Sockeye" or "TLS";

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])(?!Pv6)|(?<=[a-z])(?=[0-9]{3})")]
    private static partial Regex WordStart();

    public Task RunAsync(Scene scene) => _method.CreateDelegate<Func<Scene, Task>>()(scene);
}
