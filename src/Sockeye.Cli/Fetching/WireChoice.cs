using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sockeye.Cli.Resources;
using Sockeye.Http.Client;
using Sockeye.Tls;

namespace Sockeye.Cli.Fetching;

/// <summary>How to get to the server: TLS, proxy, time-outs, redirects.</summary>
internal sealed record WireChoice
{
    public bool Insecure { get; init; }

    /// <summary>A file of certificates to trust instead of the system's.</summary>
    public string? Authorities { get; init; }

    public string? Certificate { get; init; }

    public string? Key { get; init; }

    public string? Proxy { get; init; }

    public TimeSpan Timeout { get; init; }

    /// <summary>Redirects that are followed; 0 for none.</summary>
    public int RedirectsMax { get; init; }

    /// <summary>What was found wrong with the server's certificate; none if it was taken.</summary>
    public SslPolicyErrors Found { get; private set; }

    /// <summary>The options of the client that does all this.</summary>
    /// <exception cref="ToolException">A file cannot be read, or a value is not one.</exception>
    public HttpFetcherOptions Options(FetchPlan plan)
    {
        FetchProxy? proxy = Proxy is null ? null : ProxyOf(Proxy);
        return new HttpFetcherOptions
        {
            Connect = ConnectOptions.Default with { Timeout = Timeout },
            ProxyTimeout = Timeout,
            HeadTimeout = Timeout,
            BodyTimeout = Timeout,
            RedirectsMax = RedirectsMax,
            Cookies = plan.Session?.Cookies ?? new(),
            Decompresses = plan.Decompresses,
            Proxy = _ => proxy,
            ConnectTo = _ => plan.Socket,
            UserAgent = plan.Removed.Contains("User-Agent") ? null : HttpFetcherOptions.Default.UserAgent,
            Tls = new TlsClientOptions
            {
                Certificate = CertificateOf(),
                HandshakeTimeout = Timeout,
                ValidateServer = Validation(),
            },
        };
    }

    /// <summary>The words that make curl get there in the same way.</summary>
    public IEnumerable<string> CurlWords(FetchPlan plan)
    {
        List<string> words = [];
        if (Insecure)
        {
            words.Add("--insecure");
        }

        Add("--cacert", Authorities);
        Add("--cert", Certificate);
        Add("--key", Key);
        Add("--proxy", Proxy);
        if (plan.Socket is { Path: var path })
        {
            Add(path[0] == '@' ? "--abstract-unix-socket" : "--unix-socket", path.TrimStart('@'));
        }

        if (RedirectsMax > 0)
        {
            words.AddRange(["--location", "--max-redirs", $"{RedirectsMax}"]);
        }

        return words;

        void Add(string option, string? value)
        {
            if (value is not null)
            {
                words.AddRange([option, value]);
            }
        }
    }

    private static FetchProxy ProxyOf(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
        {
            throw new ToolException(ExitCode.Usage, FetchText.BadProxy.With(text));
        }

        FetchProxyKind kind = uri.Scheme switch
        {
            "http" or "https" => FetchProxyKind.Http,
            "socks5" or "socks5h" => FetchProxyKind.Socks5,
            _ => throw new ToolException(ExitCode.Usage, FetchText.BadProxy.With(text)),
        };
        int port = uri.Port > 0 ? uri.Port : 1080; // RFC 1928 section 3.
        string host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        string scheme = kind == FetchProxyKind.Socks5 ? "tcp" : uri.Scheme;
        string[] user = Uri.UnescapeDataString(uri.UserInfo).Split(':', 2);
        return new FetchProxy(kind, Endpoint.Parse($"{scheme}://{host}:{port}"))
        {
            Credentials = uri.UserInfo.Length == 0
                ? null
                : new NetworkCredential(user[0], user.ElementAtOrDefault(1) ?? ""),
        };
    }

    private TlsCertificate? CertificateOf()
    {
        if (Certificate is null)
        {
            return Key is null ? null : throw new ToolException(ExitCode.Usage, FetchText.KeyAlone);
        }

        return CertificateFiles.Read(Certificate, Key, () => TlsCertificate.FromPem(Certificate, Key));
    }

    private RemoteCertificateValidationCallback Validation()
    {
        if (Insecure)
        {
            return static (_, _, _, _) => true;
        }

        if (Authorities is null)
        {
            return (_, _, _, errors) => (Found = errors) == SslPolicyErrors.None;
        }

        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPemFile(Authorities);
        }
        catch (Exception exception) when (
            exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ToolException(
                exception is UnauthorizedAccessException && !Directory.Exists(Authorities)
                    ? ExitCode.Permission
                    : ExitCode.Usage,
                FetchText.FileUnreadable.With(Authorities, FileFault.Of(Authorities, exception)));
        }

        if (trusted.Count == 0)
        {
            throw new ToolException(ExitCode.Usage, FetchText.NoAuthority.With(Authorities));
        }

        return (_, certificate, chain, errors) => (Found = Judged(trusted, certificate, chain, errors)) == 0;
    }

    /// <summary>What is still wrong when these, and no others, are trusted.</summary>
    private static SslPolicyErrors Judged(
        X509Certificate2Collection trusted, X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            return errors;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        foreach (X509ChainElement element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        SslPolicyErrors others = errors & ~SslPolicyErrors.RemoteCertificateChainErrors;
        return chain.Build(leaf) ? others : others | SslPolicyErrors.RemoteCertificateChainErrors;
    }
}
