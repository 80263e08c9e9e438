using BenchmarkDotNet.Running;
using Micro;

// In this process: code without I/O needs no project of its own, which would be built with settings other than ours.
BenchmarkSwitcher.FromAssembly(typeof(Parsers).Assembly).Run(["--inProcess", .. args]);
