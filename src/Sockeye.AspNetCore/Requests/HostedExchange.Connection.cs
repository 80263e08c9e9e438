using System.Net;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.AspNetCore.Transport;
using Sockeye.Tls;

namespace Sockeye.AspNetCore.Requests;

// The connection that the request came on.
internal abstract partial class HostedExchange : IHttpConnectionFeature, IConnectionIdFeature,
    IConnectionEndPointFeature, IConnectionItemsFeature, IConnectionLifetimeNotificationFeature,
    IPersistentStateFeature, ITlsConnectionFeature, ITlsHandshakeFeature
{
    // What an application keeps with a connection; few do, so the connections themselves have no room for it.
    private static readonly ConditionalWeakTable<Connection, ConnectionItems> s_items = [];

    private string? _connectionId;
    private EndPoint? _local;
    private EndPoint? _remote;
    private IPAddress? _localAddress;
    private IPAddress? _remoteAddress;
    private int? _localPort;
    private int? _remotePort;
    private X509Certificate2? _clientCertificate;
    private CancellationTokenSource? _closeRequested;

    public string ConnectionId
    {
        get => _connectionId ??= Serving.ConnectionIdOf(Connection);
        set => _connectionId = value;
    }

    public EndPoint? LocalEndPoint
    {
        get => _local ??= EndPoints.From(Connection.LocalEndpoint);
        set => _local = value;
    }

    public EndPoint? RemoteEndPoint
    {
        get => _remote ??= EndPoints.From(Connection.RemoteEndpoint);
        set => _remote = value;
    }

    public IPAddress? LocalIpAddress
    {
        get => _localAddress ??= (LocalEndPoint as IPEndPoint)?.Address;
        set => _localAddress = value;
    }

    public IPAddress? RemoteIpAddress
    {
        get => _remoteAddress ??= (RemoteEndPoint as IPEndPoint)?.Address;
        set => _remoteAddress = value;
    }

    public int LocalPort
    {
        get => _localPort ?? (LocalEndPoint as IPEndPoint)?.Port ?? 0;
        set => _localPort = value;
    }

    public int RemotePort
    {
        get => _remotePort ?? (RemoteEndPoint as IPEndPoint)?.Port ?? 0;
        set => _remotePort = value;
    }

    IDictionary<object, object?> IConnectionItemsFeature.Items
    {
        get => s_items.GetOrCreateValue(Connection);
        set => s_items.AddOrUpdate(Connection, new ConnectionItems(value));
    }

    IDictionary<object, object?> IPersistentStateFeature.State => s_items.GetOrCreateValue(Connection);

    CancellationToken IConnectionLifetimeNotificationFeature.ConnectionClosedRequested
    {
        get => (_closeRequested ??= new CancellationTokenSource()).Token;
        set => _closeRequested = CancellationTokenSource.CreateLinkedTokenSource(value);
    }

    public X509Certificate2? ClientCertificate
    {
        get => _clientCertificate ?? Tls.PeerCertificate;
        set => _clientCertificate = value;
    }

    SslProtocols ITlsHandshakeFeature.Protocol => Tls.Protocol;

    TlsCipherSuite? ITlsHandshakeFeature.NegotiatedCipherSuite => Tls.CipherSuite;

    string ITlsHandshakeFeature.HostName => Tls.ServerName;

#pragma warning disable SYSLIB0058 // The interface has them still; what they say is in the cipher suite.
    CipherAlgorithmType ITlsHandshakeFeature.CipherAlgorithm => CipherAlgorithmType.None;

    int ITlsHandshakeFeature.CipherStrength => 0;

    HashAlgorithmType ITlsHandshakeFeature.HashAlgorithm => HashAlgorithmType.None;

    int ITlsHandshakeFeature.HashStrength => 0;

    ExchangeAlgorithmType ITlsHandshakeFeature.KeyExchangeAlgorithm => ExchangeAlgorithmType.None;

    int ITlsHandshakeFeature.KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058

    private TlsConnection Tls => (TlsConnection)Connection;

    Task<X509Certificate2?> ITlsConnectionFeature.GetClientCertificateAsync(CancellationToken cancellationToken) =>
        Task.FromResult(ClientCertificate);

    /// <summary>The response says that it is the last of its connection.</summary>
    void IConnectionLifetimeNotificationFeature.RequestClose()
    {
        _closesAfter = true;
        _closeRequested?.Cancel();
    }

    private void ResetConnection()
    {
        _connectionId = null;
        _local = null;
        _remote = null;
        _localAddress = null;
        _remoteAddress = null;
        _localPort = null;
        _remotePort = null;
        _clientCertificate = null;
        _closeRequested = null;
    }
}
