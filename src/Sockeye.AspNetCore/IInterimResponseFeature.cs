using Microsoft.AspNetCore.Http;

namespace Sockeye.AspNetCore;

/// <summary>Sends interim responses (RFC 9110 section 15.2) before the final one. Sockeye's own; other servers have
/// none.</summary>
public interface IInterimResponseFeature
{
    /// <summary>Sends an interim response. A client of HTTP/1.0 gets none.</summary>
    /// <param name="status">The status, from 102 to 199; 103 for early hints (RFC 8297).</param>
    /// <param name="fields">Its fields. They are its own: what the final response is to have is set there
    /// again.</param>
    /// <exception cref="InvalidOperationException">The response has started.</exception>
    Task SendInterimAsync(int status, IHeaderDictionary fields);
}
