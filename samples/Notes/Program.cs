using System.Runtime.CompilerServices;
using Notes;
using Sockeye.AspNetCore;

var builder = WebApplication.CreateBuilder(args);

// The one line: Sockeye, unless "--server kestrel" was asked for. Nothing else knows what carries the application.
if (builder.Configuration["server"] != "kestrel") builder.WebHost.UseSockeye();

builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<NoteBook>();
builder.Services.AddSingleton<Sessions>();
builder.Services.AddSingleton<ChatRoom>();
var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.UseWebSockets();

// Notes: GET, PUT and DELETE may be repeated without harm (RFC 9110 section 9.2.2); POST makes one more each time.
app.MapGet("/notes", (NoteBook book) => book.All);
app.MapGet("/notes/{id:int}", (int id, NoteBook book) =>
    book.Find(id) is { } note ? Results.Ok(note) : Results.NotFound());
app.MapPost("/notes", (NoteText text, NoteBook book) =>
{
    Note? note = book.Add(text.Text);
    return note is null ? Results.StatusCode(507) : Results.Created($"/notes/{note.Id}", note);
});
app.MapPut("/notes/{id:int}", (int id, NoteText text, NoteBook book) =>
    book.Change(id, text.Text) is { } note ? Results.Ok(note) : Results.NotFound());
app.MapDelete("/notes/{id:int}", (int id, NoteBook book) => book.Remove(id) ? Results.NoContent() : Results.NotFound());

// Who somebody is, in a session that a cookie names.
app.MapPost("/login", (Login login, HttpContext context, Sessions sessions) =>
    sessions.LogIn(context, login.Name, login.Password) ? Results.NoContent() : Results.Unauthorized());
app.MapPost("/logout", (HttpContext context, Sessions sessions) => sessions.LogOut(context));
app.MapGet("/me", (HttpContext context, Sessions sessions) =>
{
    Session session = sessions.Of(context);
    return new { session.Name, Visits = ++session.Visits };
});

// Lines of a chat, and what happens to the notes as it happens.
app.Map("/chat", (HttpContext context, ChatRoom room) => room.ServeAsync(context));
app.MapGet("/events", (NoteBook book, CancellationToken left) => TypedResults.ServerSentEvents(Changes(book, left)));
app.Run();

static async IAsyncEnumerable<string> Changes(NoteBook book, [EnumeratorCancellation] CancellationToken left)
{
    await foreach (string change in book.WatchAsync(left))
    {
        yield return change;
    }
}

internal sealed record NoteText(string Text);

internal sealed record Login(string Name, string Password);
