using System.Text.Json.Serialization;

namespace Peer;

/// <summary>What <c>GET /json</c> answers.</summary>
/// <param name="Message">The words.</param>
internal sealed record Greeting(string Message);

/// <summary>Its JSON, with code made by the compiler.</summary>
[JsonSerializable(typeof(Greeting))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class GreetingJson : JsonSerializerContext;
