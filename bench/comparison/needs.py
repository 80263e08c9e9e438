"""What contenders need: a row for each thing to install or to build, made sure of once in a run."""

import functools
import os
import shutil
import subprocess
import sys

from comparison.places import BUILD, PEERS, ROOT, Unable

PYTHON = "/usr/bin/python3"  # the system's: it is the one that has the modules of Debian


def run(what, command, **options):
    """Runs a command that installs or builds, in silence unless it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", **options)
    if done.returncode:
        raise Unable(f"{what} failed: {done.stdout.strip()[-1500:]}")


def debian(package, command=None, module=None):
    """A package, unless its command or its Python module is already there, from wherever."""
    def is_there():
        if module:
            return not subprocess.run([PYTHON, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode
        return shutil.which(command)

    def install():
        if is_there():
            return
        remedy = f"install it with: apt-get install {package}"
        if os.geteuid() or not shutil.which("apt-get"):
            raise Unable(f"{command or module} is not installed; {remedy}")
        print(f"installing {package}", file=sys.stderr)
        apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
        run("apt-get", [*apt, "install", "--no-install-recommends", package],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        if not is_there():
            raise Unable(f"{package} is installed and {command or module} is not there; {remedy}")
    return install


def build_c():
    BUILD.mkdir(parents=True, exist_ok=True)
    changed = max(file.stat().st_mtime for file in (PEERS / "c").iterdir())  # a header is for all
    for source in sorted((PEERS / "c").glob("*.c")):
        program = BUILD / source.stem
        if program.exists() and program.stat().st_mtime > changed:
            continue
        run(f"compiling {source.name}", ["gcc", "-std=c99", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror",
                                         "-o", str(program), str(source)])


def build_dotnet():
    run("building the peers on .NET", ["dotnet", "build", str(PEERS / "dotnet"), "-c", "Release", "--nologo", "-v",
                                       "quiet", "-nodeReuse:false", "--artifacts-path", str(BUILD / "dotnet")])


def build_go():
    run("building the peers in Go", ["go", "build", "-o", str(BUILD / "go-peer"), "."], cwd=PEERS / "go")


def install_ws():
    """The WebSockets of Node, which has none of its own."""
    if (BUILD / "npm/node_modules/ws").exists():
        return
    run("npm install ws", ["npm", "install", "--silent", "--prefix", str(BUILD / "npm"), "ws@8"])


def build_sockeye():
    if "SOCKEYE_TOOL" not in os.environ:
        run("building sockeye", [str(ROOT / "sockeye"), "--version"])


TABLE = {
    "wrk": debian("wrk", command="wrk"),
    "gcc": debian("gcc", command="gcc"),
    "nginx": debian("nginx-light", command="nginx"),
    "haproxy": debian("haproxy", command="haproxy"),
    "node": debian("nodejs", command="node"),
    "npm": debian("npm", command="npm"),
    "go": debian("golang-go", command="go"),
    "gunicorn": debian("gunicorn", command="gunicorn"),
    "uvloop": debian("python3-uvloop", module="uvloop"),
    "tornado": debian("python3-tornado", module="tornado"),
    "gevent": debian("python3-gevent", module="gevent"),
    "ws": install_ws,
    "c": build_c,
    "go-peer": build_go,
    "dotnet": build_dotnet,
    "sockeye": build_sockeye,
}


@functools.cache
def make_sure_of(name):
    """Once in a run. Gives why it cannot be had, or None."""
    try:
        TABLE[name]()
    except Unable as unable:
        return unable
    return None


def make_sure(names):
    for name in names:
        if unable := make_sure_of(name):
            raise unable
