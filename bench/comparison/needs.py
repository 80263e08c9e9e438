"""What contenders need: a row for each thing to install or to build, made sure of once in a run."""

import functools
import os
import pathlib
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
        return shutil.which(command, path=os.environ.get("PATH", "") + ":/usr/sbin")

    def make_sure():
        if is_there():
            return
        remedy = f"install it with: apt-get install {package}"
        if os.geteuid() or not shutil.which("apt-get"):
            raise Unable(f"{command or module} is not installed; {remedy}")
        print(f"installing {package}", file=sys.stderr)
        apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
        # No service of the system is to start: policy-rc.d is asked, and the environment answers for systemd.
        run("apt-get", [*apt, "install", "--no-install-recommends", package],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"})
        if not is_there():
            raise Unable(f"{package} is installed and {command or module} is not there; {remedy}")
    return make_sure


def build_c():
    BUILD.mkdir(parents=True, exist_ok=True)
    for source in sorted((PEERS / "c").glob("*.c")):
        run(f"compiling {source.name}", ["gcc", "-std=c99", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror",
                                         "-o", str(BUILD / source.stem), str(source)])


def build_dotnet(folder):
    run(f"building {folder}", ["dotnet", "build", str(PEERS / folder), "-c", "Release", "--nologo", "-v", "quiet",
                               "-nodeReuse:false", "--artifacts-path", str(BUILD / folder)])


def build_sockeye():
    run("building sockeye", [str(ROOT / "sockeye"), "--version"])


TABLE = {
    "wrk": debian("wrk", command="wrk"),
    "gcc": debian("gcc", command="gcc"),
    "nginx": debian("nginx-light", command="nginx"),
    "c": build_c,
    "sockeye": build_sockeye,
    "aspnet": functools.partial(build_dotnet, "aspnet"),
}


@functools.cache
def reason_without(name):
    """None once the thing is there; else why it is not, and the remedy."""
    try:
        TABLE[name]()
    except Unable as unable:
        return str(unable)
    return None


def missing(names):
    """The first reason among those of the names, or None."""
    return next((reason for reason in map(reason_without, names) if reason), None)
