using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Capture.Journeys;

/// <summary>Reads what is shown of certificates.</summary>
internal static class JourneyCertificates
{
    /// <summary>Certificates of a chain, and names of a certificate, that are told.</summary>
    private const int ShownMax = 32;

    public static IReadOnlyList<JourneyCertificate> Of(X509Certificate? own, X509Chain? chain)
    {
        IEnumerable<X509Certificate2> all = chain is { ChainElements.Count: > 0 }
            ? chain.ChainElements.Select(one => one.Certificate)
            : own is X509Certificate2 alone ? [alone] : [];
        return [.. all.Take(ShownMax).Select(Of)];
    }

    private static JourneyCertificate Of(X509Certificate2 one) => new(
        one.Subject, one.Issuer, new DateTimeOffset(one.NotBefore.ToUniversalTime()),
        new DateTimeOffset(one.NotAfter.ToUniversalTime()))
    {
        Names = [.. NamesOf(one).Take(ShownMax)],
        Key = KeyOf(one),
        Fingerprint = one.GetCertHashString(HashAlgorithmName.SHA256),
    };

    private static IEnumerable<string> NamesOf(X509Certificate2 one)
    {
        if (one.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is not { } names)
        {
            return [];
        }

        try
        {
            return [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => $"{address}")];
        }
        catch (CryptographicException)
        {
            return []; // A damaged extension has none.
        }
    }

    private static string KeyOf(X509Certificate2 one)
    {
        try
        {
            using AsymmetricAlgorithm? key =
                (AsymmetricAlgorithm?)one.GetRSAPublicKey() ?? one.GetECDsaPublicKey();
            return key switch
            {
                RSA rsa => $"RSA {rsa.KeySize}",
                ECDsa elliptic => $"ECDSA {elliptic.KeySize}",
                _ => one.GetKeyAlgorithm(),
            };
        }
        catch (CryptographicException)
        {
            return one.GetKeyAlgorithm();
        }
    }
}
