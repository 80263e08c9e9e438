namespace Sockeye.Tests;

/// <summary>
/// How long a test waits for what must come. It decides only how soon a broken test gives up, so it is far beyond what
/// any machine needs, however busy: a test that ends by it has failed, and none may fail for being slow.
/// </summary>
internal static class Patience
{
    public const int Seconds = 120;

    public const int Milliseconds = Seconds * 1_000;

    public static readonly TimeSpan Time = TimeSpan.FromSeconds(Seconds);
}
