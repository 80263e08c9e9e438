using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Notes;

/// <summary>A note.</summary>
internal sealed record Note(int Id, string Text)
{
    /// <summary>Characters of a note.</summary>
    public const int TextCharsMax = 10_000;
}

/// <summary>The notes, and who wants to hear of changes. May be used from any thread.</summary>
internal sealed class NoteBook
{
    /// <summary>Notes that there can be; there is no room for one more.</summary>
    private const int NotesMax = 10_000;

    /// <summary>Changes that wait for a slow watcher; older ones are dropped.</summary>
    private const int ChangesWaitingMax = 100;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, Note> _notes = [];   // Guarded by _lock.
    private readonly List<Channel<string>> _watchers = [];      // Guarded by _lock.
    private int _lastId;                                        // Guarded by _lock.

    public Note[] All
    {
        get
        {
            lock (_lock)
            {
                return [.. _notes.Values];
            }
        }
    }

    public Note? Find(int id)
    {
        lock (_lock)
        {
            return _notes.GetValueOrDefault(id);
        }
    }

    /// <summary>Adds one; null when there is no room.</summary>
    public Note? Add(string text)
    {
        lock (_lock)
        {
            if (_notes.Count >= NotesMax)
            {
                return null;
            }

            var note = new Note(++_lastId, text);
            _notes.Add(note.Id, note);
            TellLocked($"added {note.Id}");
            return note;
        }
    }

    public Note? Change(int id, string text)
    {
        lock (_lock)
        {
            if (!_notes.ContainsKey(id))
            {
                return null;
            }

            TellLocked($"changed {id}");
            return _notes[id] = new Note(id, text);
        }
    }

    public bool Remove(int id)
    {
        lock (_lock)
        {
            bool removed = _notes.Remove(id);
            if (removed)
            {
                TellLocked($"removed {id}");
            }

            return removed;
        }
    }

    /// <summary>Changes from now on, until the watcher leaves.</summary>
    public async IAsyncEnumerable<string> WatchAsync([EnumeratorCancellation] CancellationToken left)
    {
        var changes = Channel.CreateBounded<string>(
            new BoundedChannelOptions(ChangesWaitingMax) { FullMode = BoundedChannelFullMode.DropOldest });
        changes.Writer.TryWrite("watching");
        lock (_lock)
        {
            _watchers.Add(changes);
        }

        try
        {
            await foreach (string change in changes.Reader.ReadAllAsync(left))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(changes);
            }
        }
    }

    private void TellLocked(string change)
    {
        foreach (Channel<string> watcher in _watchers)
        {
            watcher.Writer.TryWrite(change);
        }
    }
}
