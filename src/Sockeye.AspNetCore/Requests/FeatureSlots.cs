using System.Collections.Frozen;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Sockeye.AspNetCore.Requests;

/// <summary>When a slot has a feature of the server's own in it.</summary>
internal enum SlotUse : byte
{
    /// <summary>The application and its middleware fill it.</summary>
    Reserved,

    /// <summary>Always.</summary>
    Always,

    /// <summary>On connections inside TLS.</summary>
    InTls,
}

/// <summary>The features that have a place of their own in the collection: one row each.</summary>
internal static class FeatureSlots
{
    private static readonly (Type Type, SlotUse Use)[] s_table =
    [
        (typeof(IHttpRequestFeature), SlotUse.Always),
        (typeof(IHttpResponseFeature), SlotUse.Always),
        (typeof(IHttpResponseBodyFeature), SlotUse.Always),
        (typeof(IHttpRequestIdentifierFeature), SlotUse.Always),
        (typeof(IHttpRequestTrailersFeature), SlotUse.Always),
        (typeof(IRequestBodyPipeFeature), SlotUse.Always),
        (typeof(IHttpConnectionFeature), SlotUse.Always),
        (typeof(IHttpRequestLifetimeFeature), SlotUse.Always),
        (typeof(IHttpBodyControlFeature), SlotUse.Always),
        (typeof(IHttpMaxRequestBodySizeFeature), SlotUse.Always),
        (typeof(IHttpRequestBodyDetectionFeature), SlotUse.Always),
        (typeof(IHttpUpgradeFeature), SlotUse.Always),
        (typeof(IHttpResponseTrailersFeature), SlotUse.Always),
        (typeof(IHttpMinRequestBodyDataRateFeature), SlotUse.Always),
        (typeof(IRouteValuesFeature), SlotUse.Always),
        (typeof(IEndpointFeature), SlotUse.Always),
        (typeof(IBadRequestExceptionFeature), SlotUse.Always),
        (typeof(IInterimResponseFeature), SlotUse.Always),
        (typeof(IConnectionIdFeature), SlotUse.Always),
        (typeof(IConnectionEndPointFeature), SlotUse.Always),
        (typeof(IConnectionItemsFeature), SlotUse.Always),
        (typeof(IConnectionLifetimeFeature), SlotUse.Always),
        (typeof(IConnectionLifetimeNotificationFeature), SlotUse.Always),
        (typeof(IPersistentStateFeature), SlotUse.Always),
        (typeof(ITlsConnectionFeature), SlotUse.InTls),
        (typeof(ITlsHandshakeFeature), SlotUse.InTls),
        (typeof(IServiceProvidersFeature), SlotUse.Reserved),
        (typeof(IHttpActivityFeature), SlotUse.Reserved),
        (typeof(IHttpMetricsTagsFeature), SlotUse.Reserved),
        (typeof(IItemsFeature), SlotUse.Reserved),
        (typeof(IQueryFeature), SlotUse.Reserved),
        (typeof(IFormFeature), SlotUse.Reserved),
        (typeof(IHttpAuthenticationFeature), SlotUse.Reserved),
        (typeof(ISessionFeature), SlotUse.Reserved),
        (typeof(IRequestCookiesFeature), SlotUse.Reserved),
        (typeof(IResponseCookiesFeature), SlotUse.Reserved),
        (typeof(IHttpWebSocketFeature), SlotUse.Reserved),
        (typeof(IHttpRequestTimeoutFeature), SlotUse.Reserved),
        (typeof(IHttpsCompressionFeature), SlotUse.Reserved),
        (typeof(IServerIntegratedAuth), SlotUse.Reserved),
    ];

    private static readonly FrozenDictionary<Type, int> s_byType = s_table
        .Select((row, index) => (row.Type, index)).ToFrozenDictionary(one => one.Type, one => one.index);

    public static int Count => s_table.Length;

    public static Type TypeOf(int slot) => s_table[slot].Type;

    public static SlotUse UseOf(int slot) => s_table[slot].Use;

    /// <summary>The slot of a type; -1 when it has none.</summary>
    public static int Find(Type type) => s_byType.GetValueOrDefault(type, -1);
}

/// <summary>The slot of a type that is known when the code is compiled.</summary>
internal static class FeatureSlot<TFeature>
{
    public static readonly int Index = FeatureSlots.Find(typeof(TFeature));
}
