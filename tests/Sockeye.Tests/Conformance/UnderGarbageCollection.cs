namespace Sockeye.Tests.Conformance;

/// <summary>The core once more, while another thread collects garbage every millisecond and moves what it can: an
/// engine that lent the kernel memory which can move, or forgot to hold on to something, shows here.</summary>
[Collection(Alone.Name)]
public sealed class UnderGarbageCollection : IClassFixture<UnderGarbageCollection.Collector>, IClassFixture<MatrixPage>
{
    public UnderGarbageCollection(Collector collector, MatrixPage page)
    {
        ArgumentNullException.ThrowIfNull(collector);
        ArgumentNullException.ThrowIfNull(page);
    }

    [Cells]
    public Task Behaves(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell.RunAsync();
    }

    /// <summary>The thread that collects.</summary>
    public sealed class Collector : IDisposable
    {
        private readonly Thread _thread;
        private readonly ManualResetEventSlim _stop = new();

        public Collector()
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "collector" };
            _thread.Start();
        }

        public void Dispose()
        {
            _stop.Set();
            _thread.Join();
            _stop.Dispose();
        }

        private void Run()
        {
            for (int i = 0; !_stop.Wait(TimeSpan.FromMilliseconds(1)); i++)
            {
                // Mostly young objects, as in life; now and then everything, compacted.
                int generation = i % 50 == 0 ? 2 : i % 10 == 0 ? 1 : 0;
                GC.Collect(generation, GCCollectionMode.Forced, blocking: true, compacting: generation == 2);
            }
        }
    }
}
