"""Who takes part: a contender is a row here.

`serves` has the command for each service: "web" answers GET /plaintext over HTTP, "churn" is the same where it must be
told that each connection is closed. In a command and in the configuration (there as @PORT@), {port} is where to listen
on 127.0.0.1, {build} the folder of what was built, {peers} that of the sources, {root} that of the repository, and
{configuration} the file that was made from `configuration`.
"""

import dataclasses
import re
import subprocess

# Every I/O model can be named; these two take part when nobody is.
MODELS_BY_DEFAULT = ("epoll", "uring")
MODELS = (*MODELS_BY_DEFAULT, "poll", "select", "signal", "nonblocking", "threads", "pool", "async")


@dataclasses.dataclass(frozen=True)
class Contender:
    name: str
    version: list  # a command that tells it
    needs: tuple
    serves: dict
    configuration: str | None = None
    environment: dict = dataclasses.field(default_factory=dict)
    by_default: bool = True


def sockeye(model):
    def serve(what, scheme, *options):
        return ["{root}/sockeye", "serve", what, scheme + "://127.0.0.1:{port}", "--io", model, "--loops", "1",
                "--max-connections", "20000", "--max-per-address", "20000", "--quiet", "--json", *options]

    web = serve("hello", "http")
    return Contender(f"sockeye-{model}", ["{root}/sockeye", "--version"], ("sockeye",), {"web": web, "churn": web},
                     by_default=model in MODELS_BY_DEFAULT)


def reference(name, program):
    """In C, made for this: what the system calls alone cost."""
    def serve(what):
        return [f"{{build}}/{program}", what, "{port}"]

    return Contender(name, ["gcc", "--version"], ("gcc", "c"), {"web": serve("http"), "churn": serve("http-close")})


def aspnet(name, server, application):
    web = ["{build}/aspnet/bin/Peer/release/Peer", server, application, "{port}"]
    return Contender(name, ["dotnet", "--version"], ("aspnet",), {"web": web, "churn": web},
                     environment={"DOTNET_gcServer": "0"})


NGINX = ["nginx", "-c", "{configuration}"]

TABLE = {contender.name: contender for contender in (
    reference("c-epoll", "epoll_server"),
    reference("c-uring", "uring_server"),
    *map(sockeye, MODELS),
    aspnet("kestrel", "kestrel", "raw"),
    Contender("nginx", ["nginx", "-v"], ("nginx",), {"web": NGINX, "churn": NGINX}, "nginx/nginx.conf"),
)}


def version_of(contender, words):
    """The first line with a number in what the contender tells."""
    try:
        done = subprocess.run([part.format(**words) for part in contender.version], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return next((line.strip() for line in done.stdout.splitlines() if re.search(r"\d\.\d", line)), "unknown")
