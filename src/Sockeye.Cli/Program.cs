using Sockeye.Cli;

using var output = Output.OfProcess();
return await Tool.RunAsync(args, output);
