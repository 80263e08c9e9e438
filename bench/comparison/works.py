"""What is compared: a work is a row here, with the load, the check of the bytes before it, and what must come of it."""

import dataclasses
import functools
from collections.abc import Callable

from comparison import generators, idling, loading, measuring, replies
from comparison.places import FILES, Broken

MEMORY_ROUNDS_MAX = 3  # memory repeats, unlike time, and 10,000 connections take long


@dataclasses.dataclass(frozen=True)
class Aim:
    """The contender's figure is at most so many times its peer's; without a peer, at most so much."""
    contender: str
    peer: str | None
    most: float


@dataclasses.dataclass(frozen=True)
class Work:
    name: str  # "a-b" is a part of "a": asking for that runs all of its parts
    title: str
    service: str  # what of a contender is started: see contenders.py
    figure: str  # what is compared: a row of FIGURES
    check: Callable  # given the port, raises Broken or gives the Reply
    measure: Callable  # given the Server and the options, gives figures by name
    aims: tuple = ()
    knock: Callable = replies.knock  # given the port, raises OSError until the server answers
    rounds_max: int | None = None  # however many are asked for


# The less the better. By the name in JSON: words, and for a time how many of its units a second has.
FIGURES = {
    "cpu_us_per_request": ("CPU µs per request", 1e6),
    "generator_cpu_us_per_request": ("CPU µs of the generator per request", 1e6),
    "cpu_us_per_message": ("CPU µs per message", 1e6),
    "cpu_ms_per_upload": ("CPU ms per upload", 1e3),
    "kilobytes_per_connection": ("KB per connection", None),
}


def aims(contenders, **limits):
    """For each contender: at most so many times each peer."""
    return tuple(Aim(contender, peer.replace("_", "-"), most) for contender in contenders
                 for peer, most in limits.items())


def warm_up(command, server, seconds_max):
    """Makes a server compile what it compiles while it runs, a second at a time; others need nothing."""
    if server.contender.compiles:
        measuring.until_it_gets_no_cheaper(
            server.cpu_seconds, lambda: generators.run(command, server.port, 1)["done"], seconds_max)


def cpu(figure, command, latencies=()):
    """A measure: the server's CPU time for each thing that the generator counts, in a whole run of the generator. What
    is under way at its end has cost something and is not counted: at most one for each connection (or window), which
    matters where there are few and long ones. Of the uploads it is some per cent, more for who does fewer a second."""
    def measure(server, options):
        warm_up(command, server, options.warm_up)
        before = server.cpu_seconds()
        counts = generators.run(command, server.port, options.seconds)
        used = server.cpu_seconds() - before
        if not counts["done"]:
            raise Broken(f"nothing was done in {options.seconds} s")
        figures = {figure: used / counts["done"] * FIGURES[figure][1],
                   "per_second": counts["done"] / counts["seconds"], "server_busy": used / counts["seconds"]}
        return figures | {key: counts[key] for key in latencies}
    return measure


def http(name, title, service, path, content, the_aims, pipelined=1, close=False):
    """A row of GET requests over 64 connections."""
    return Work(name, title, service, "cpu_us_per_request",
                functools.partial(replies.check_http, path=path, expected=content, pipelined=pipelined, close=close),
                cpu("cpu_us_per_request",
                    generators.wrk(path, pipelined=pipelined, fields=["Connection: close"] if close else []),
                    ("p50_us", "p99_us") if pipelined == 1 else ()),  # wrk's are wrong for pipelined requests
                the_aims)


SOCKEYE = ("sockeye-epoll", "sockeye-uring")
USE_SOCKEYE = ("usesockeye", "usesockeye-loop")
HELLO = b"Hello, World!"
FILE = bytes(range(256)) * 256
UPLOAD_BYTES = 20 * 1024 * 1024

TABLE = {work.name: work for work in (
    http("plaintext", "GET of 13 bytes, 64 connections that stay", "web", "/plaintext", HELLO,
         aims(SOCKEYE, c_epoll=1.20, nginx=0.88, kestrel_raw=0.46)),
    http("pipelined", "GET of 13 bytes, 64 connections, 16 requests at once", "web", "/plaintext", HELLO,
         aims(SOCKEYE, c_epoll=1.6, kestrel_raw=0.42), pipelined=16),
    http("churn", "GET of 13 bytes, a connection for each request, 64 at once", "churn", "/plaintext", HELLO,
         aims(SOCKEYE, nginx=1.05, kestrel_raw=0.50), close=True),
    Work("echo", "64 bytes there and back, 64 connections", "echo", "cpu_us_per_message",
         replies.check_echo, cpu("cpu_us_per_message", generators.echo_load(64, 64)),
         aims(SOCKEYE, c_epoll=1.15, uvloop=1, node=1, go=1)),
    Work("echo-64k", "64 KB there and back, 16 connections", "echo", "cpu_us_per_message",
         replies.check_echo, cpu("cpu_us_per_message", generators.echo_load(16, 65536))),
    Work("idle", f"{idling.CONNECTIONS:,} connections that stay, after one request each", "idle",
         "kilobytes_per_connection", functools.partial(replies.check_http, path="/plaintext", expected=HELLO),
         idling.measure, tuple(Aim(name, None, 3) for name in SOCKEYE), rounds_max=MEMORY_ROUNDS_MAX),
    http("static", "GET of a file of 64 KB, 64 connections", "files", "/64k.bin", FILE, aims(SOCKEYE, nginx=1.1)),
    Work("upload", "POST of 20 MB, 4 connections", "upload", "cpu_ms_per_upload",
         functools.partial(replies.check_http, path="/discard", expected=str(UPLOAD_BYTES).encode(), method="POST",
                           body=b"x" * UPLOAD_BYTES),
         cpu("cpu_ms_per_upload", generators.wrk("/discard", connections=4, upload_bytes=UPLOAD_BYTES)),
         aims(SOCKEYE, kestrel_raw=0.5)),
    Work("websocket", "a WebSocket message of 64 bytes there and back, 64 connections", "websocket",
         "cpu_us_per_message", functools.partial(replies.check_websocket, path="/websocket"),
         cpu("cpu_us_per_message", generators.echo_load(64, 64, "-w", "/websocket"))),
    Work("udp", "a datagram of 64 bytes there and back, 8 sockets, each sends trains of 16 (UDP_SEGMENT)", "udp",
         "cpu_us_per_message", replies.check_udp, cpu("cpu_us_per_message", generators.udp_load("trains", 8, 16, 64)),
         aims(SOCKEYE, socket_loop=1 / 3), knock=replies.knock_udp),
    Work("udp-single", "a datagram of 64 bytes there and back, 8 sockets, 16 single ones under way in each", "udp",
         "cpu_us_per_message", replies.check_udp, cpu("cpu_us_per_message", generators.udp_load("singles", 8, 16, 64)),
         knock=replies.knock_udp),
    http("aspnet-raw", "ASP.NET Core, a delegate, GET of 13 bytes, 64 connections", "aspnet-raw", "/plaintext", HELLO,
         aims(USE_SOCKEYE, kestrel_raw=0.70)),
    http("aspnet-minimal", "ASP.NET Core, a minimal API, GET of 13 bytes, 64 connections", "aspnet-minimal",
         "/plaintext", HELLO, aims(USE_SOCKEYE, kestrel_minimal=0.70)),
    http("aspnet-json", "ASP.NET Core, a minimal API, GET of JSON, 64 connections", "aspnet-minimal", "/json",
         b'{"message":"Hello, World!"}', aims(USE_SOCKEYE, kestrel_minimal=0.70)),
    Work("load", "making requests of nginx, GET of 13 bytes, 64 connections", "load", "generator_cpu_us_per_request",
         functools.partial(replies.check_http, path="/plaintext", expected=HELLO), loading.measure,
         aims(("sockeye-load-epoll", "sockeye-load-uring"), wrk=1.25)),
)}

NAMES = tuple(dict.fromkeys(name.partition("-")[0] for name in TABLE))  # what people ask for


def named(what):
    """The work of that name, or its parts; every one for "all"."""
    return [work for name, work in TABLE.items() if what in (name, name.partition("-")[0], "all")]


def write_files():
    FILES.mkdir(parents=True, exist_ok=True)
    (FILES / "64k.bin").write_bytes(FILE)
