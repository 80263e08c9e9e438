namespace Sockeye.Http;

/// <summary>
/// Answers one request. It runs on the connection's owner, and every await in it resumes there. When it is done the
/// response is completed, and what it left unread of the request's body is skipped.
/// </summary>
public delegate ValueTask HttpHandler(HttpRequest request, HttpResponse response);
