using System.Security.Cryptography;

namespace Sockeye.Tests.Cli;

/// <summary>A short name for many bytes, so that a comparison that fails can be read.</summary>
internal static class Fingerprint
{
    public static string Of(byte[] bytes) => $"{bytes.Length} {Convert.ToHexString(SHA256.HashData(bytes))}";
}
