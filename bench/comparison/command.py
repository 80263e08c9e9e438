"""The command line of bench/compare, and the course of a comparison."""

import argparse
import json
import pathlib
import signal
import sys

from comparison import contenders, machine, measuring, needs, output, works
from comparison.places import BUILD, FILES, PEERS, ROOT, Broken, Unable

DESCRIPTION = """Compares Sockeye with its peers, by the CPU time that each server uses for a request.

The server has one processor and the generator another. A round measures every contender once, each in a fresh process;
the next round goes through them backwards (A B B A), so that a machine that speeds up or slows down favours none.
Before that, each must have answered with the same bytes. Figures are medians over the rounds, with the least and the
most; a ratio is taken within each round, then its median. What is missing is installed from Debian, when root asks.
"""
EPILOG = "example: bench/compare plaintext sockeye-epoll nginx c-epoll --rounds 7"

DONE, FAILED, USAGE, UNABLE = 0, 1, 2, 6


class Parser(argparse.ArgumentParser):
    def error(self, message):
        """One sentence, and the remedy."""
        print(f"compare: {message}; see bench/compare --help", file=sys.stderr)
        sys.exit(USAGE)


def read_arguments(arguments):
    parser = Parser(prog="compare", description=DESCRIPTION, epilog=EPILOG,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", metavar="WHAT", help="one of " + ", ".join(works.TABLE))
    parser.add_argument("contenders", metavar="CONTENDER", nargs="*",
                        help="by default all that can run here; any of " + ", ".join(contenders.TABLE))
    parser.add_argument("--rounds", type=count, default=5, help="default 5")
    parser.add_argument("--seconds", type=count, default=3, help="measured in each round (default 3)")
    parser.add_argument("--warm-up", type=int, default=4, metavar="SECONDS",
                        help="of the server's CPU time before that, in which .NET and others compile (default 4)")
    parser.add_argument("--json", metavar="FILE", help="also write every figure of every round here")
    options = parser.parse_args(arguments)
    if options.what not in works.TABLE:
        parser.error(f"there is nothing called '{options.what}' to compare: use one of {', '.join(works.TABLE)}")
    for name in options.contenders:
        if name not in contenders.TABLE:
            parser.error(f"there is no contender '{name}': use any of {', '.join(contenders.TABLE)}")
        if works.TABLE[options.what].service not in contenders.TABLE[name].serves:
            parser.error(f"{name} does not do {options.what}")
    return options


def count(text):
    value = int(text)
    if value < 1:
        raise ValueError("at least 1")
    return value


def choose(work, options):
    """Who takes part: those that were named, or all that serve this and can run here."""
    named = [contenders.TABLE[name] for name in dict.fromkeys(options.contenders)]
    chosen = []
    for contender in named or contenders.TABLE.values():
        if work.service not in contender.serves or not (named or contender.by_default):
            continue
        if reason := needs.missing(contender.needs):
            if named:
                raise Unable(f"{contender.name} cannot run here: {reason}")
            note(f"without {contender.name}: {reason}")
            continue
        chosen.append(contender)
    return chosen


def note(text):
    print(f"compare: {text}", file=sys.stderr)


def compare(work, options):
    """The whole report on one work, and the replies of the contenders."""
    BUILD.mkdir(parents=True, exist_ok=True)
    if reason := needs.missing(("wrk",)):
        raise Unable(reason)
    chosen = choose(work, options)
    names = [contender.name for contender in chosen]
    replies = {}
    for contender in chosen:
        with measuring.running(contender, work.service, work.knock) as (_, port):
            replies[contender.name] = work.check(port)

    noise = machine.Noise()
    rounds = []
    for number in range(options.rounds):
        order = chosen if number % 2 == 0 else chosen[::-1]
        note(f"{work.name}, round {number + 1} of {options.rounds}: {' '.join(one.name for one in order)}")
        figures = {}
        for contender in order:
            with measuring.running(contender, work.service, work.knock) as (process, port):
                figures[contender.name] = work.measure(process, port, options)
        rounds.append(figures)

    words = {"root": ROOT, "build": BUILD, "peers": PEERS, "files": FILES}
    return {"work": work.name, "title": work.title, "figure": work.figure, "machine": machine.describe(),
            "noise": noise.so_far(),
            "options": {"rounds": options.rounds, "seconds": options.seconds, "warm_up_seconds": options.warm_up},
            "versions": {one.name: contenders.version_of(one, words) for one in chosen},
            "results": output.summarise(work, names, rounds), "aims": output.judge(work, names, rounds),
            "rounds": rounds}, replies


def main(arguments=None):
    # Whoever ends this ends the servers too: they are stopped on the way out.
    for sign in signal.SIGTERM, signal.SIGHUP:
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    options = read_arguments(arguments)
    work = works.TABLE[options.what]
    try:
        report, replies = compare(work, options)
    except Broken as broken:
        note(broken)
        return FAILED
    except Unable as unable:
        note(unable)
        return UNABLE
    except KeyboardInterrupt:
        note("stopped")
        return 128 + signal.SIGINT
    print(output.markdown(report, work, replies), end="")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"schema_version": 1, **report}, indent=2) + "\n")
    return DONE
