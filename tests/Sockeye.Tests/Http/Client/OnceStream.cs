namespace Sockeye.Tests.Http.Client;

/// <summary>So many zero bytes, which can be read once.</summary>
internal sealed class OnceStream(long length) : MemoryStream(new byte[length])
{
    public override bool CanSeek => false;
}
