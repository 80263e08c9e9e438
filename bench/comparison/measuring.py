"""Running a contender on a processor of its own, and counting what it cost, by the kernel's accounting."""

import contextlib
import dataclasses
import math
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time

from comparison.places import BUILD, PEERS, ROOT, SERVER_PROCESSOR, WORDS, Broken

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 5
WARM_UPS_MAX = 3  # for each second: who is not busy in three times the time compiles little
# Outside of the range that the kernel gives to clients: nobody takes one between the choice and the server's start.
PORTS = range(20000, 32000)


def family(pid):
    """The process and its descendants: a start script or pre-forked workers are part of the server."""
    found = [pid]
    for parent in found:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                found += map(int, pathlib.Path(f"/proc/{parent}/task/{task}/children").read_text().split())
        except OSError:
            pass  # it has ended
    return found


def cpu_seconds(pid):
    """User and system time so far. Each process's CPU clock (clock_getcpuclockid(3)) has the scheduler's nanoseconds,
    as /proc/PID/schedstat has, and keeps those of threads that have ended."""
    total = 0
    for member in family(pid):
        try:
            total += time.clock_gettime_ns(~member << 3 | 2)
        except OSError:
            pass  # it has ended
    return total / 1e9


def until_compiled(used, work, seconds):
    """Has it work, a second at a time, until it has computed for so many seconds: then what it compiles while it runs
    has been compiled. It must be its own time: on a busy machine a second may be little of that. To wait until it gets
    no cheaper does not do: between the stages of compilation nothing changes for a second or two."""
    for _ in range(WARM_UPS_MAX * seconds):
        if used() >= seconds:
            return
        work()


def memory_kilobytes(pid):
    """Proportional resident memory: what processes share counts once, in shares."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):  # it has ended
            lines = pathlib.Path(f"/proc/{member}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss: +(\d+) kB", lines, re.MULTILINE)[1])
    return total


def free_port():
    for port in random.sample(PORTS, 100):
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagram:
            try:
                stream.bind(("127.0.0.1", port))
                datagram.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass  # taken
    raise Broken(f"no port from {PORTS.start} to {PORTS.stop} is free")


@dataclasses.dataclass(frozen=True)
class Server:
    """A contender that runs."""
    contender: object
    process: subprocess.Popen
    port: int

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def memory_kilobytes(self):
        return memory_kilobytes(self.process.pid)

    def require_running(self):
        if self.process.poll() is not None:
            raise Broken(f"it ended by itself; it said: {said(log_of(self.contender))}")


@contextlib.contextmanager
def running(contender, service, knock):
    """The contender's server in a process of its own, once it answers; ends it afterwards."""
    port = free_port()
    words = {**WORDS, "port": port}
    if contender.configuration:
        text = (PEERS / contender.configuration).read_text()
        for word, value in words.items():
            text = text.replace(f"@{word.upper()}@", str(value))
        words["configuration"] = BUILD / f"{contender.name}.conf"
        words["configuration"].write_text(text)
    log = log_of(contender)
    with open(log, "w") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_PROCESSOR), *(part.format(**words) for part in contender.serves[service])],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, start_new_session=True,
            env={**os.environ, **{name: value.format(**words) for name, value in contender.environment.items()}})
    try:
        await_answer(process, port, knock, log)
        yield Server(contender, process, port)
    finally:
        stop(process)


def await_answer(process, port, knock, log):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            knock(port)
            return
        except OSError:
            time.sleep(0.02)
    raise Broken(f"it does not answer; it said: {said(log)}")


def log_of(contender):
    return BUILD / f"{contender.name}.log"


def said(log):
    return log.read_text(errors="replace")[-2000:].strip() or "nothing"


def stop(process):
    """Ends the whole family, the gentle way first."""
    members = family(process.pid)
    for sign in signal.SIGTERM, signal.SIGKILL:
        for member in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, sign)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while members and time.monotonic() < deadline:
            process.poll()  # takes it off the table of processes
            members = [member for member in members if os.path.exists(f"/proc/{member}")]
            time.sleep(0.01)
