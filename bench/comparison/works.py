"""What is compared: a work is a row here, with the load, the check of the bytes before it, and what must come of it."""

import dataclasses
import functools
from collections.abc import Callable

from comparison import generators, measuring, replies


WARM_UPS_MAX = 6  # runs of half the time: a server that three times the time does not busy compiles little


@dataclasses.dataclass(frozen=True)
class Aim:
    """The contender's figure is at most so many times its peer's; without a peer, at most so much."""
    contender: str
    peer: str | None
    most: float


@dataclasses.dataclass(frozen=True)
class Work:
    name: str
    title: str
    service: str  # what of a contender is started: see contenders.py
    figure: str  # what is compared: the less the better. Its name in JSON; its words are in FIGURES
    check: Callable  # given the port, raises Broken or gives the Reply
    measure: Callable  # given the process, the port and the options, gives figures by name
    aims: tuple = ()
    knock: Callable = replies.knock  # given the port, raises OSError until the server answers


FIGURES = {
    "cpu_us_per_request": "CPU µs per request",
    "cpu_us_per_message": "CPU µs per message",
}


def aims(contenders, *limits):
    """For each contender: at most so many times each peer."""
    return tuple(Aim(contender, peer, most) for contender in contenders for peer, most in limits)


def warm_up(command, process, port, seconds):
    """Runs the generator until the server has computed for so long: on a busy machine, time alone compiles nothing."""
    for _ in range(WARM_UPS_MAX):
        if measuring.cpu_seconds(process.pid) >= seconds:
            return
        generators.run(command, port, max(1, seconds // 2))


def cpu(figure, command):
    """A measure: the server's CPU time for each thing that the generator counts. The window is a whole run of the
    generator: what it counts is what the server did in it."""
    def measure(process, port, options):
        warm_up(command, process, port, options.warm_up)
        before = measuring.cpu_seconds(process.pid)
        counts = generators.run(command, port, options.seconds)
        used = measuring.cpu_seconds(process.pid) - before
        figures = {figure: used / counts["done"] * 1e6, "per_second": counts["done"] / counts["seconds"],
                   "server_busy": used / counts["seconds"]}
        return figures | {key: counts[key] for key in ("p50_us", "p99_us") if key in counts}
    return measure


SOCKEYE = ("sockeye-epoll", "sockeye-uring")
HELLO = b"Hello, World!"
plaintext = functools.partial(replies.check_http, path="/plaintext", expected=HELLO)

TABLE = {work.name: work for work in (
    Work("plaintext", "GET of 13 bytes, 64 connections that stay", "web", "cpu_us_per_request",
         plaintext, cpu("cpu_us_per_request", generators.wrk("/plaintext")),
         aims(SOCKEYE, ("c-epoll", 1.20), ("nginx", 0.88), ("kestrel", 0.46))),
    Work("pipelined", "the same, 16 requests at once", "web", "cpu_us_per_request",
         functools.partial(plaintext, pipelined=16),
         cpu("cpu_us_per_request", generators.wrk("/plaintext", pipelined=16)),
         aims(SOCKEYE, ("c-epoll", 1.6), ("kestrel", 0.42))),
    Work("churn", "the same, a connection for each request", "churn", "cpu_us_per_request",
         functools.partial(plaintext, close=True),
         cpu("cpu_us_per_request", generators.wrk("/plaintext", fields=["Connection: close"])),
         aims(SOCKEYE, ("nginx", 1.05), ("kestrel", 0.50))),
)}
