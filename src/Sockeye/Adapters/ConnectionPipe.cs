using System.IO.Pipelines;

namespace Sockeye.Adapters;

/// <summary>A connection as a pair of pipes.</summary>
internal sealed class ConnectionPipe : IDuplexPipe
{
    public ConnectionPipe(Connection connection)
    {
        Stream stream = connection.AsStream();
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }
}
