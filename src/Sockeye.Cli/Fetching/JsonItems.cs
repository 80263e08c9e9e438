using System.Text;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Fetching;

/// <summary>
/// A value of JSON that is built from items, in HTTPie's grammar: <c>a[b][c]=x</c> is within objects, <c>a[]=x</c> is
/// the next of an array, <c>a[0]=x</c> one of it, and <c>[]=x</c> makes the whole an array. A backslash takes the
/// meaning of a bracket or of a number away.
/// </summary>
internal sealed class JsonItems
{
    /// <summary>Places of an array; those that nobody wrote are null.</summary>
    public const int PlacesMax = 10_000;

    /// <summary>Brackets of one name.</summary>
    public const int LevelsMax = 60;

    private readonly OrderedDictionary<string, JsonItems> _members = [];
    private readonly List<JsonItems> _places = [];
    private Kind _kind;
    private Action<Utf8JsonWriter>? _value;

    private enum Kind : byte
    {
        /// <summary>Nobody has said what it is: null.</summary>
        Unknown = 0,
        Value,
        Object,
        Array,
    }

    private enum StepKind : byte
    {
        Member = 0,
        Place,
        Next,
    }

    /// <summary>Sets the value that a name leads to.</summary>
    /// <param name="name">The name, with its brackets.</param>
    /// <param name="value">Writes the value.</param>
    /// <exception cref="ToolException">The name is malformed, or clashes with one before it.</exception>
    public void Set(string name, Action<Utf8JsonWriter> value)
    {
        JsonItems at = this;
        foreach (Step step in StepsOf(name))
        {
            at = at.Enter(step, name);
        }

        if (at._kind == Kind.Value)
        {
            throw new ToolException(ExitCode.Usage, FetchText.NameTwice.With(name));
        }

        at.Become(Kind.Value, name);
        at._value = value;
    }

    /// <summary>Writes it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        switch (_kind)
        {
            case Kind.Unknown:
                json.WriteNullValue();
                break;
            case Kind.Value:
                _value!(json);
                break;
            case Kind.Object:
                json.WriteStartObject();
                foreach ((string name, JsonItems member) in _members)
                {
                    json.WritePropertyName(name);
                    member.Write(json);
                }

                json.WriteEndObject();
                break;
            case Kind.Array:
                json.WriteStartArray();
                _places.ForEach(place => place.Write(json));
                json.WriteEndArray();
                break;
        }
    }

    private JsonItems Enter(Step step, string name)
    {
        if (step.Kind == StepKind.Member)
        {
            Become(Kind.Object, name);
            if (!_members.TryGetValue(step.Name, out JsonItems? member))
            {
                member = new JsonItems();
                _members.Add(step.Name, member);
            }

            return member;
        }

        Become(Kind.Array, name);
        int place = step.Kind == StepKind.Next ? _places.Count : step.Number;
        if (place >= PlacesMax)
        {
            throw new ToolException(ExitCode.Usage, FetchText.PathTooLong.With(name, PlacesMax, LevelsMax));
        }

        while (_places.Count <= place)
        {
            _places.Add(new JsonItems());
        }

        return _places[place];
    }

    private void Become(Kind kind, string name)
    {
        if (_kind != Kind.Unknown && _kind != kind)
        {
            throw new ToolException(ExitCode.Usage, FetchText.PathClash.With(name));
        }

        _kind = kind;
    }

    /// <summary>The parts of a name: the one before the first bracket, if any, and those in brackets.</summary>
    private static List<Step> StepsOf(string name)
    {
        List<Step> steps = [];
        int at = 0;
        string first = Literal(name, ref at, "[]");
        if (at > 0)
        {
            steps.Add(new Step(StepKind.Member, first, 0));
        }

        while (at < name.Length)
        {
            int begin = ++at;
            string inner = name[begin - 1] == '[' ? Literal(name, ref at, "[]") : "";
            if (name[begin - 1] != '[' || at >= name.Length || name[at] != ']')
            {
                throw new ToolException(ExitCode.Usage, FetchText.PathBad.With(name));
            }

            steps.Add(StepOf(name[begin..at], inner));
            at++;
        }

        return steps.Count <= LevelsMax
            ? steps
            : throw new ToolException(ExitCode.Usage, FetchText.PathTooLong.With(name, PlacesMax, LevelsMax));
    }

    private static Step StepOf(string written, string text)
    {
        bool isNumber = written.Length > 0 && written.All(char.IsAsciiDigit);
        return written.Length == 0 ? new Step(StepKind.Next, "", 0)
            : isNumber
                ? new Step(StepKind.Place, "", int.TryParse(written, out int number) ? number : int.MaxValue)
            : new Step(StepKind.Member, text, 0);
    }

    /// <summary>Reads up to one of these characters, each backslash before a bracket or a digit taken away.</summary>
    private static string Literal(string name, ref int at, string end)
    {
        var text = new StringBuilder();
        for (; at < name.Length && !end.Contains(name[at]); at++)
        {
            bool isEscape = name[at] == '\\' && at + 1 < name.Length
                && (end.Contains(name[at + 1]) || char.IsAsciiDigit(name[at + 1]));
            text.Append(name[isEscape ? ++at : at]);
        }

        return text.ToString();
    }

    private readonly record struct Step(StepKind Kind, string Name, int Number);
}
