using System.Diagnostics.CodeAnalysis;
using Sockeye.Engines;

namespace Sockeye;

/// <summary>
/// One way of doing input and output: the models that the textbooks name. A row of <see cref="IoModels.Table"/>.
/// </summary>
public sealed class IoModel
{
    private readonly Func<string?> _probe;
    private readonly Func<NetworkOptions, Network> _open;

    internal IoModel(
        string name,
        string family,
        string description,
        Func<string?> probe,
        Func<NetworkOptions, Network> open,
        bool lends = false)
    {
        Name = name;
        Family = family;
        Description = description;
        Lends = lends;
        _probe = probe;
        _open = open;
    }

    /// <summary>The best that can run here, and <see cref="WhyChosen"/> says why.</summary>
    public static IoModel Auto { get; } = new(
        "auto",
        "chosen",
        "The best model that can run here.",
        () => null,
        options => IoModels.Choose(out _).Open(options));

    /// <summary>Every model, the best first; without <c>auto</c>.</summary>
    public static IReadOnlyList<IoModel> All => IoModels.Table;

    /// <summary>The name by which it is asked for, such as <c>epoll</c>.</summary>
    public string Name { get; }

    /// <summary>blocking, readiness, completion or runtime.</summary>
    public string Family { get; }

    /// <summary>What it is, in one line.</summary>
    public string Description { get; }

    /// <summary>Whether its loops lend their threads to work that may block (<see cref="Owner.Lend"/>). Those of the
    /// others cannot go on with another thread, and such work runs on the thread pool.</summary>
    public bool Lends { get; }

    /// <summary>What <c>auto</c> chooses here.</summary>
    public static IoModel Chosen => IoModels.Choose(out _);

    /// <summary>Why it chooses that: which better models cannot run here, and for what reason.</summary>
    public static string WhyChosen
    {
        get
        {
            IoModels.Choose(out string why);
            return why;
        }
    }

    /// <summary>A model by its name.</summary>
    /// <exception cref="FormatException">There is none; the message lists those that there are.</exception>
    public static IoModel Parse(string name) => TryParse(name, out IoModel? model)
        ? model
        : throw new FormatException(
            $"There is no I/O model '{name}': use one of auto, {string.Join(", ", All.Select(m => m.Name))}.");

    /// <summary>A model by its name; false when there is none.</summary>
    public static bool TryParse(string? name, [NotNullWhen(true)] out IoModel? model)
    {
        model = name == Auto.Name ? Auto : All.FirstOrDefault(m => m.Name == name);
        return model is not null;
    }

    /// <summary>Why it cannot run here, naming the call that was refused; null when it can.</summary>
    public string? WhyUnavailable() => _probe();

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal Network Open(NetworkOptions options)
    {
        if (WhyUnavailable() is { } reason)
        {
            throw new NetworkException(
                NetworkOperation.Open,
                null,
                NetworkError.NotSupported,
                $"The I/O model {Name} cannot run here ({reason}): choose another, or auto.");
        }

        return _open(options);
    }
}
