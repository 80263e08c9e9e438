"""Who takes part: a contender is a row here.

`serves` has the command for each service, which is what works.py asks for. In a command, in the environment and in the
configuration (there as @PORT@) some words have a meaning: {port} is where to listen on 127.0.0.1, {files} the folder to
serve, {build} that of what was built, {peers} that of the sources, {root} that of the repository, and {configuration}
the file that was made from `configuration`.
"""

import dataclasses
import os
import re
import shlex
import subprocess

from comparison import generators
from comparison.needs import PYTHON
from comparison.places import WORDS

TOOL = shlex.split(os.environ.get("SOCKEYE_TOOL", "{root}/sockeye"))  # another build, to compare builds

NGINX = ["nginx", "-c", "{configuration}"]

# Every I/O model can be named; these two take part when nobody is.
MODELS_BY_DEFAULT = ("epoll", "uring")
MODELS = (*MODELS_BY_DEFAULT, "poll", "select", "signal", "nonblocking", "threads", "pool", "async")


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    version: list  # a command that tells it
    needs: tuple  # rows of needs.py
    serves: dict
    configuration: str | None = None
    environment: dict = dataclasses.field(default_factory=dict)
    generates: list | None = None  # the command of a generator; what it serves is then its target
    compiles: bool = False  # while it runs: it is warmed up
    by_default: bool = True


def services(command, names):
    return dict.fromkeys(names.split(), command)

def sockeye(model):
    def serve(what, scheme, *options):
        return [*TOOL, "serve", what, scheme + "://127.0.0.1:{port}", "--io", model, "--loops", "1",
                "--max-connections", "20000", "--max-per-address", "20000", "--quiet", "--json", *options]

    return Contender(
        f"sockeye-{model}", [*TOOL, "--version"], ("sockeye",),
        services(serve("hello", "http"), "web churn idle upload websocket")
        | {"files": serve("files", "http", "--root", "{files}"),
           "echo": serve("echo", "tcp"), "udp": serve("echo", "udp")},
        compiles=True, by_default=model in MODELS_BY_DEFAULT)


def sockeye_load(model):
    """The generator, with nginx to make requests of."""
    load = [*TOOL, "load", "http://127.0.0.1:{port}/plaintext", "--io", model, "--loops", "1", "--connections", "64",
            "--duration", "{seconds}s", "--quiet", "--json"]
    return Contender(f"sockeye-load-{model}", [*TOOL, "--version"], ("sockeye", "nginx"), {"load": NGINX},
                     "nginx/nginx.conf", generates=load, compiles=True)


def reference(name, program):
    """In C, made for this: what the system calls alone cost."""
    def serve(what):
        return [f"{{build}}/{program}", what, "{port}"]

    return Contender(name, ["gcc", "--version"], ("gcc", "c"),
                     services(serve("http"), "web idle") | {"churn": serve("http-close"), "echo": serve("echo")})


def dotnet(name, server, serves):
    """A server in the process of an application that is the same for all: `serves` names it for each service."""
    return Contender(
        name, ["dotnet", "--list-runtimes"], ("dotnet",),
        {service: ["dotnet", "{build}/dotnet/bin/Peer/release/Peer.dll", server, application, "{files}", "{port}"]
         for service, application in serves.items()},
        environment={"DOTNET_gcServer": "0"}, compiles=True)


def uvloop(service):
    return [PYTHON, "{peers}/python/asyncio_server.py", service, "{port}"]


def module(version):
    """Of Python, by the name of what holds its version."""
    name = version.partition(".")[0]
    return [PYTHON, "-c", f"import {name}, platform; print('{name}', {version}, 'Python', platform.python_version())"]


HAPROXY = ["haproxy", "-f", "{configuration}"]
GO = ["{build}/go-peer"]
NODE = ["node", "{peers}/node/server.js"]
GUNICORN = ["gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--keep-alive", "60",
            "--backlog", "4096", "--bind", "127.0.0.1:{port}", "--chdir", "{peers}/python", "wsgi:application"]

TABLE = {contender.name: contender for contender in (
    reference("c-epoll", "epoll_server"),
    reference("c-uring", "uring_server"),
    Contender("c-recvmmsg", ["gcc", "--version"], ("gcc", "c"), {"udp": ["{build}/udp_server", "{port}"]}),
    Contender("c-gro", ["gcc", "--version"], ("gcc", "c"), {"udp": ["{build}/udp_gro_server", "{port}"]}),
    *map(sockeye, MODELS),
    Contender("nginx", ["nginx", "-v"], ("nginx",), services(NGINX, "web churn idle files"), "nginx/nginx.conf"),
    Contender("haproxy", ["haproxy", "-v"], ("haproxy",), services(HAPROXY, "web churn"), "haproxy/haproxy.cfg"),
    dotnet("kestrel-raw", "kestrel", {"web": "raw", "churn": "raw", "idle": "raw", "upload": "raw", "websocket": "raw",
                                      "echo": "echo", "aspnet-raw": "raw"}),
    dotnet("kestrel-minimal", "kestrel", {"web": "minimal", "churn": "minimal", "aspnet-minimal": "minimal"}),
    dotnet("kestrel-files", "kestrel", {"files": "files"}),
    dotnet("usesockeye", "sockeye", {"aspnet-raw": "raw", "aspnet-minimal": "minimal"}),
    dotnet("usesockeye-loop", "sockeye-loop", {"aspnet-raw": "raw", "aspnet-minimal": "minimal"}),
    dotnet("socket-loop", "socket", {"udp": "udp"}),
    Contender("go", ["go", "version"], ("go", "go-peer"),
              services([*GO, "http", "{files}", "{port}"], "web churn idle files upload")
              | {"echo": [*GO, "echo", "{files}", "{port}"]}),
    Contender("node", ["node", "--version"], ("node",),
              services([*NODE, "http", "{port}"], "web churn idle upload") | {"echo": [*NODE, "echo", "{port}"]},
              compiles=True),
    Contender("node-ws", ["node", "--version"], ("node", "npm", "ws"), {"websocket": [*NODE, "websocket", "{port}"]},
              environment={"NODE_PATH": "{build}/npm/node_modules"}, compiles=True),
    Contender("uvloop", module("uvloop.__version__"), ("uvloop",),
              services(uvloop("http"), "web idle")
              | {"churn": uvloop("http-close"), "echo": uvloop("echo"), "udp": uvloop("udp")}),
    Contender("tornado", module("tornado.version"), ("tornado",),
              services([PYTHON, "{peers}/python/tornado_server.py", "{port}"], "web churn idle websocket")),
    Contender("gevent", module("gevent.__version__"), ("gevent",),
              services([PYTHON, "{peers}/python/wsgi.py", "{port}"], "web idle")),
    Contender("wrk", ["wrk", "--version"], ("wrk", "nginx"), {"load": NGINX}, "nginx/nginx.conf",
              generates=generators.wrk("/plaintext")),
    *map(sockeye_load, MODELS_BY_DEFAULT),
    Contender("gunicorn", ["gunicorn", "--version"], ("gunicorn",), services(GUNICORN, "web churn")),
)}


def version_of(contender):
    """The first line with a number in what the contender tells."""
    try:
        done = subprocess.run([part.format(**WORDS) for part in contender.version], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = [line.partition(" [")[0].strip() for line in done.stdout.splitlines()]  # .NET tells the folder too
    return next((line for line in lines if re.search(r"\d\.\d", line)), "unknown")
