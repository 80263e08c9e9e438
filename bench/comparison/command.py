"""The command line of bench/compare, and the course of a comparison."""

import argparse
import contextlib
import functools
import json
import math
import os
import pathlib
import resource
import shlex
import signal
import sys

from comparison import contenders, idling, machine, measuring, needs, output, works
from comparison.places import BUILD, PROCESSORS, Broken, Unable

DESCRIPTION = """Compares Sockeye with its peers, by the CPU time that each server uses for a request.

The server has one processor and the generator another. A round measures every contender once, each in a process that
stays and has run warm before (in a fresh one where memory is measured). The next round goes through them backwards
(A B B A), so that a machine that speeds up or slows down favours none. Before that, each must have answered with the
same status and body; heads differ, and the tables say what is in them.
Figures are medians over the rounds, with the least and the most; a ratio is taken within each round, then its median.
What is missing is installed from Debian and npm, for root.
"""
EPILOG = """examples:
  bench/compare plaintext
  bench/compare plaintext sockeye-epoll nginx c-epoll --rounds 7
  bench/compare all --markdown bench/RESULTS.md
  SOCKEYE_TOOL=/another/clone/sockeye bench/compare plaintext sockeye-epoll nginx
"""

DONE, FAILED, USAGE, UNABLE = 0, 1, 2, 6
SECONDS_AROUND = 1  # a measurement: a server's start and end


class Parser(argparse.ArgumentParser):
    def error(self, message):
        """One sentence, and the remedy."""
        print(f"compare: {message}; see bench/compare --help", file=sys.stderr)
        sys.exit(USAGE)


def read_arguments(arguments):
    parser = Parser(prog="bench/compare", description=DESCRIPTION, epilog=EPILOG,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", metavar="WHAT", help=f"one of {', '.join(works.NAMES)}, or all")
    parser.add_argument("contenders", metavar="CONTENDER", nargs="*",
                        help="by default all that can run here; any of " + ", ".join(contenders.TABLE))
    parser.add_argument("--rounds", type=number_from(1), default=5, help="default 5")
    parser.add_argument("--seconds", type=number_from(1), default=2, help="measured in each round (default 2)")
    parser.add_argument("--warm-up", type=number_from(0), default=8, metavar="SECONDS",
                        help="of CPU time that a server has before that, if it compiles while it runs (default 8)")
    parser.add_argument("--json", metavar="FILE", help="also write every figure of every round here")
    parser.add_argument("--markdown", metavar="FILE", help="also put the tables here, in place of those it has")
    options = parser.parse_args(arguments)
    options.works = works.named(options.what)
    if not options.works:
        parser.error(f"there is no '{options.what}' to compare: use one of {', '.join(works.NAMES)}, or all")
    for name in options.contenders:
        if name not in contenders.TABLE:
            parser.error(f"there is no contender '{name}': use any of {', '.join(contenders.TABLE)}")
        if not any(work.service in contenders.TABLE[name].serves for work in options.works):
            parser.error(f"{name} has no part in {options.what}")
    return options


def number_from(least):
    def number(text):
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value
    return number


def note(text):
    print(f"compare: {text}", file=sys.stderr, flush=True)


class Comparison:
    """One work under way: who takes part, and what came of it."""

    def __init__(self, work, options):
        self.work = work
        self.options = options
        self.left_out = {}  # name: reason
        self.replies = {}
        self.rounds = []
        self.staying = {}  # name: Server
        self.rounds_wanted = min(options.rounds, work.rounds_max or options.rounds)
        served = [one for one in contenders.TABLE.values() if work.service in one.serves]
        self.chosen = ([one for one in served if one.name in options.contenders] if options.contenders
                       else [one for one in served if one.by_default])

    def leave_out(self, contender, reason):
        """Who was named must take part; of the others, those that can."""
        if self.options.contenders:
            raise reason
        note(f"{self.work.name} without {reason}")
        self.left_out[contender.name] = str(reason)
        self.chosen = [one for one in self.chosen if one is not contender]

    def for_each(self, order, act):
        """Runs each contender's server, and gives what `act` makes of it, by name."""
        made = {}
        for contender in order:
            try:
                with self.server_of(contender) as server:
                    made[contender.name] = act(server)
                    server.require_running()
            except (Broken, Unable, OSError) as reason:
                kind = Unable if isinstance(reason, Unable) else Broken
                self.leave_out(contender, kind(f"{contender.name}: {reason}"))
        return made

    @contextlib.contextmanager
    def server_of(self, contender):
        """The one that stays, started at its first time; or one for this time only."""
        if contender.name in self.staying:
            yield self.staying[contender.name]
            return
        needs.make_sure(contender.needs)
        running = measuring.running(contender, self.work.service, self.work.knock)
        if self.work.is_fresh:
            with running as server:
                yield server
        else:
            self.staying[contender.name] = self.servers.enter_context(running)
            yield self.staying[contender.name]

    def run(self):
        with contextlib.ExitStack() as self.servers:
            self.replies = self.for_each(self.chosen, lambda server: self.work.check(server.port))
            noise = machine.Noise()
            for number in range(self.rounds_wanted):
                order = self.chosen if number % 2 == 0 else self.chosen[::-1]
                self.rounds.append(self.for_each(order, functools.partial(self.measure, number + 1)))
        if not self.chosen:
            raise Unable(f"nobody is left to compare at {self.work.name}")
        return self.report(noise.so_far())

    def measure(self, number, server):
        figures = self.work.measure(server, self.options)
        note(f"{self.work.name}, round {number} of {self.rounds_wanted}: {server.contender.name}, "
             f"{figures[self.work.figure]:.3g} {works.FIGURES[self.work.figure][0]}")
        return figures

    def seconds_expected(self):
        """On a machine that does nothing else; what is to be installed or built comes before that."""
        if self.work.is_fresh:
            return len(self.chosen) * self.rounds_wanted * idling.SECONDS_EXPECTED
        warmed = sum(one.compiles for one in self.chosen)
        each = self.options.seconds + SECONDS_AROUND
        return self.rounds_wanted * len(self.chosen) * each + warmed * self.options.warm_up

    def report(self, noise):
        names = [one.name for one in self.chosen]
        options = {"rounds": self.rounds_wanted, "seconds": self.options.seconds,
                   "warm_up_seconds": self.options.warm_up}
        return {
            "work": self.work.name, "title": self.work.title, "figure": self.work.figure, "options": options,
            "machine": machine.describe(), "noise": noise,
            "versions": {one.name: contenders.version_of(one) for one in self.chosen},
            "replies": {name: {"bytes": self.replies[name].length, "fields": self.replies[name].fields}
                        for name in names},
            "left_out": self.left_out,
            "results": output.summarise(self.work, names, self.rounds),
            "aims": output.judge(self.work, names, self.rounds),
            "rounds": [{name: one[name] for name in names} for one in self.rounds],
        }


def compare(options, arguments):
    """All that was asked for. What could not be compared makes the end of it a failure, and does not stop the rest."""
    status = DONE
    reports = []
    comparisons = [Comparison(work, options) for work in options.works]
    note(f"about {count_of_minutes(sum(one.seconds_expected() for one in comparisons))}")
    for comparison in comparisons:
        work = comparison.work
        try:
            report = comparison.run()
        except (Broken, Unable) as reason:
            note(reason)
            status = UNABLE if isinstance(reason, Unable) else FAILED
            continue
        reports.append(report)
        tables = output.markdown(report)
        print(tables, flush=True)
        if options.markdown:
            command = " ".join([*override(), shlex.join(["bench/compare", work.name, *arguments])])
            output.put_section(pathlib.Path(options.markdown), work.name, command, tables)
        if options.json:
            document = {"schema_version": 1, "comparisons": reports}
            pathlib.Path(options.json).write_text(json.dumps(document, indent=2) + "\n")
    return status


def count_of_minutes(seconds):
    return output.count_of(math.ceil(seconds / 60), "minute")


def override():
    """Where the tool is not this clone's: the figures are that one's."""
    return [f"SOCKEYE_TOOL={shlex.quote(os.environ['SOCKEYE_TOOL'])}"] if "SOCKEYE_TOOL" in os.environ else []


def main():
    # Whoever ends this ends the servers too: they are stopped on the way out.
    for sign in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.environ["PATH"] += ":/usr/sbin:/sbin"  # where Debian has nginx and HAProxy
    options = read_arguments(None)
    try:
        if len(PROCESSORS) < 2:
            raise Unable("the server and the generator need a processor each, and this may use one; allow it two")
        BUILD.mkdir(parents=True, exist_ok=True)
        works.write_files()
        needs.make_sure(("wrk", "gcc", "c"))
        return compare(options, [*options.contenders, f"--rounds={options.rounds}", f"--seconds={options.seconds}",
                                 f"--warm-up={options.warm_up}"])
    except Unable as reason:
        note(reason)
        return UNABLE
