using System.Buffers;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Sockeye.Linux;

namespace Sockeye;

// Parts of files among the output: sent by what lies beneath where it can, or else read and written, piece by piece.
// Every field is owned by the owner.
public abstract partial class Connection
{
    /// <summary>Bytes of a file that the kernel sends at a time: the bound on one turn's work.</summary>
    private const int KernelPieceBytesMax = 262_144;

    /// <summary>A shorter part is copied: it then leaves in one packet with what was written before it.</summary>
    private const int KernelPieceBytesMin = 32_768;

    /// <summary>Bytes that the kernel reads ahead from a disk, unless it is told otherwise.</summary>
    private const int ReadAheadBytes = 131_072;

    /// <summary>Bytes of a file that are read at a time.</summary>
    private const int ReadPieceBytesMax = 65_536;

    private int _fileLeft;      // Bytes of a piece that the engine is to send after the output; 0 when there is none.
    private int _file;          // Its descriptor, which the operation keeps open.
    private long _fileOffset;
    private bool _kernelSendsFile;  // Whether it is worth asking what lies beneath to send a piece.
    private long _fileSentAt = -1;  // When a piece was sent without waiting for the end of the turn.

    /// <summary>Whether what lies beneath can send from a file by itself, after the output: it looks for
    /// <see cref="FilePiece"/> when <see cref="NextOutput"/> is empty.</summary>
    protected virtual bool SendsFiles => false;

    /// <summary>A piece of a file follows the output.</summary>
    protected bool HasFilePiece => _fileLeft > 0;

    /// <summary>What is left to send of that piece.</summary>
    private protected (int Descriptor, long Offset, int Count) FilePiece => (_file, _fileOffset, _fileLeft);

    /// <summary>This many bytes of the piece have left.</summary>
    protected void CompleteFileSend(int count)
    {
        Debug.Assert(count >= 0 && count <= _fileLeft, "no more than was given");
        BytesSent += count;
        _fileOffset += count;
        _fileLeft -= count;
        _sendProgress = _lastActivity = Owner.Now;
    }

    /// <summary>The engine cannot send the rest of the piece; the next pass of sending goes on without it.</summary>
    /// <param name="forGood">Nor any other of this file.</param>
    protected void GiveFilePieceBack(bool forGood)
    {
        _fileLeft = 0;
        _kernelSendsFile &= !forGood;
    }

    private ValueTask<End> SendFile(SafeFileHandle file, long offset, long count, CancellationToken cancellationToken)
    {
        CheckOwner();
        if (_flush.IsPending || _outputState == Output.SendingFile)
        {
            ThrowHelper.OperationOutstanding(_flush.IsPending ? "flush" : "send of a file");
        }

        if (CanWrite && _outputState != Output.Open)
        {
            ThrowHelper.OutputFinished();
        }

        return SendFileSlowly(file, offset, count, cancellationToken);
    }

    private async ValueTask<End> SendFileSlowly(
        SafeFileHandle file, long offset, long count, CancellationToken cancellationToken)
    {
        bool isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld); // So that the descriptor stays this file's until we are done.
            _file = (int)file.DangerousGetHandle();
            _outputState = CanWrite ? Output.SendingFile : _outputState;
            _kernelSendsFile = SendsFiles && count >= KernelPieceBytesMin;
            End end = await FlushTo(Limits.OutputBytesHighWater, cancellationToken);
            while (count > 0 && end == End.None)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long sent = 0;
                int piece = (int)Math.Min(count, KernelPieceBytesMax);
                if (_kernelSendsFile && IsCached(offset, piece))
                {
                    (end, sent) = await SendPieceAsync(offset, piece, cancellationToken);
                }

                if (sent == 0 && end == End.None)
                {
                    (end, sent) = await CopyPieceAsync(file, offset, count, cancellationToken);
                }

                offset += sent;
                count -= sent;
            }

            return end;
        }
        finally
        {
            _fileLeft = 0;
            _outputState = _outputState == Output.SendingFile ? Output.Open : _outputState;
            if (isHeld)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Has the engine send a piece, and waits until all of it has left; 0 when it could not.</summary>
    private async ValueTask<(End End, long Sent)> SendPieceAsync(
        long offset, int count, CancellationToken cancellationToken)
    {
        _fileOffset = offset;
        _fileLeft = count;
        if (_fileSentAt != Owner.Now)
        {
            // The first piece at once: a short file has then left before anything suspends. Once in a turn, whose work
            // stays bounded; two turns have the same time at most if nothing was to be done.
            _fileSentAt = Owner.Now;
            SendOutputNow();
        }

        End end = await FlushTo(0, cancellationToken);
        return (end, _fileOffset - offset);
    }

    /// <summary>Reads a piece and writes it; less than there was room for, when not all of it is in the page
    /// cache.</summary>
    private async ValueTask<(End End, long Sent)> CopyPieceAsync(
        SafeFileHandle file, long offset, long count, CancellationToken cancellationToken)
    {
        // Under a low limit what waits has to leave first.
        int room = Math.Min(Math.Min(ReadPieceBytesMax, Limits.OutputBytesHighWater), Limits.OutputBytesMax / 2);
        End end = await FlushTo(Limits.OutputBytesMax - room, cancellationToken);
        if (end != End.None)
        {
            return (end, 0);
        }

        int piece = (int)Math.Min(count, room);
        int read = Owner.MayBlock ? -1 : ReadCached(piece, offset);
        if (read < 0)
        {
            read = await ReadPieceAsync(file, piece, offset, cancellationToken);
        }

        if (read == 0)
        {
            throw new EndOfStreamException($"The file ends {count} bytes before the part of it that was to be sent.");
        }

        return (await FlushTo(Limits.OutputBytesHighWater, cancellationToken), read);
    }

    /// <summary>Appends what the page cache has to the output; −1 when the disk would have to be waited for, or the
    /// file system does not say.</summary>
    private int ReadCached(int count, long offset)
    {
        GrowOutput(count);
        Result read = Interop.ReadCached(_file, _output!.Bytes.AsSpan(_outputCount, count), offset);
        _outputCount += read.Ok ? read.Value : 0;
        return read.Ok ? read.Value : -1;
    }

    /// <summary>Appends a piece to the output after it was read on the thread pool, or here where waiting is
    /// allowed.</summary>
    private async ValueTask<int> ReadPieceAsync(
        SafeFileHandle file, int count, long offset, CancellationToken cancellationToken)
    {
        // Not into the output itself, which may be gone when the read completes.
        byte[] bytes = ArrayPool<byte>.Shared.Rent(count);
        SynchronizationContext.SetSynchronizationContext(Owner); // A caller may have left it out: see Completion.
        int read = Owner.MayBlock
            ? RandomAccess.Read(file, bytes.AsSpan(0, count), offset)
            : await RandomAccess.ReadAsync(file, bytes.AsMemory(0, count), offset, cancellationToken);
        if (CanWrite && read > 0)
        {
            GrowOutput(read);
            bytes.AsSpan(0, read).CopyTo(_output!.Bytes.AsSpan(_outputCount));
            _outputCount += read;
        }

        // Not after an exception: a read that was given up might still write into it.
        ArrayPool<byte>.Shared.Return(bytes);
        return read;
    }

    /// <summary>Whether both ends of a piece are in the page cache, and so most likely all of it: the kernel reads
    /// ahead by this much, and of a short piece in one go. sendfile(2) has no way to be asked not to wait for the
    /// disk.</summary>
    private bool IsCached(long offset, int count)
    {
        Span<byte> one = stackalloc byte[1];
        return Owner.MayBlock
            || (Interop.ReadCached(_file, one, offset + count - 1) is { Ok: true, Value: 1 }
                && (count <= ReadAheadBytes || Interop.ReadCached(_file, one, offset) is { Ok: true, Value: 1 }));
    }
}
