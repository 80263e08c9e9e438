using Notes;
using Sockeye.AspNetCore;

var builder = WebApplication.CreateBuilder(args);

// The one line: Sockeye, unless "--server kestrel" was asked for. Nothing else knows what carries the application.
if (builder.Configuration["server"] != "kestrel") builder.WebHost.UseSockeye();

// Whatever goes wrong is told as problem details (RFC 9457), and JSON that lacks a member is not taken for one with it.
builder.Services.AddProblemDetails();
builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
builder.Services.ConfigureHttpJsonOptions(options =>
{
    options.SerializerOptions.RespectNullableAnnotations = true;
    options.SerializerOptions.RespectRequiredConstructorParameters = true;
});
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<NoteBook>();
builder.Services.AddSingleton<Sessions>();
builder.Services.AddSingleton<ChatRoom>();
var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseDefaultFiles();
app.UseStaticFiles();
app.UseWebSockets();

// Notes: GET, PUT and DELETE may be repeated without harm (RFC 9110 section 9.2.2); POST makes one more each time.
app.MapGet("/notes", (NoteBook book) => book.All);
app.MapGet("/notes/{id:int}", (int id, NoteBook book) =>
    book.Find(id) is { } note ? Results.Ok(note) : Results.NotFound());
app.MapPost("/notes", (NoteText text, NoteBook book) =>
{
    if (text.WhatIsWrong() is { } wrong)
    {
        return wrong;
    }

    Note? note = book.Add(text.Text);
    return note is null ? Results.StatusCode(507) : Results.Created($"/notes/{note.Id}", note);
});
app.MapPut("/notes/{id:int}", (int id, NoteText text, NoteBook book) => text.WhatIsWrong()
    ?? (book.Change(id, text.Text) is { } note ? Results.Ok(note) : Results.NotFound()));
app.MapDelete("/notes/{id:int}", (int id, NoteBook book) => book.Remove(id) ? Results.NoContent() : Results.NotFound());

// Who somebody is, in a session that a cookie names.
app.MapPost("/login", (Login login, HttpContext context, Sessions sessions) =>
    sessions.LogIn(context, login.Name, login.Password) ? Results.NoContent() : Results.Unauthorized());
app.MapPost("/logout", (HttpContext context, Sessions sessions) => sessions.LogOut(context));
app.MapGet("/me", (HttpContext context, Sessions sessions) => sessions.Visit(context));

// Lines of a chat, and what happens to the notes as it happens.
app.Map("/chat", (HttpContext context, ChatRoom room) => room.ServeAsync(context));
app.MapGet("/events", (NoteBook book, CancellationToken left) => TypedResults.ServerSentEvents(book.WatchAsync(left)));
app.Run();

internal sealed record NoteText(string Text)
{
    /// <summary>The answer to a text that is none; null when it is one.</summary>
    public IResult? WhatIsWrong() => string.IsNullOrWhiteSpace(Text) || Text.Length > Note.TextCharsMax
        ? Results.ValidationProblem(new Dictionary<string, string[]>
        {
            ["text"] = [$"A note has 1 to {Note.TextCharsMax} characters, and not only spaces."],
        })
        : null;
}

internal sealed record Login(string Name, string Password);
