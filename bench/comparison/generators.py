"""The load. A generator runs on the processor that the server has not, and tells what was done as a line of JSON."""

import contextlib
import json
import subprocess

from comparison.places import BUILD, GENERATOR_PROCESSOR, PEERS, WORDS, Broken

LATE_SECONDS_MAX = 30  # what a generator may take beyond the time that it was given


def wrk(path, connections=64, pipelined=1, fields=(), upload_bytes=0):
    """Requests over connections that stay, or that are closed each time."""
    return ["wrk", "-t1", f"-c{connections}", "-d{seconds}s", "--timeout", "10s", "-s", str(PEERS / "wrk/report.lua"),
            *(part for field in fields for part in ("-H", field)), f"http://127.0.0.1:{{port}}{path}",
            "--", str(pipelined), str(upload_bytes)]


def echo_load(connections, message_bytes, *options):
    """Messages that come back, one at a time on each connection."""
    return [str(BUILD / "echo_load"), *options, "{port}", str(connections), str(message_bytes), "{seconds}"]


def udp_load(kind, sockets, window, datagram_bytes):
    """Datagrams that come back: `trains` of a whole window each, or `singles`."""
    return [str(BUILD / "udp_load"), kind, "{port}", str(sockets), str(window), str(datagram_bytes), "{seconds}"]


@contextlib.contextmanager
def started(command, port, seconds):
    """The generator in a process of its own, which is over at the end of this."""
    words = [part.format(**WORDS, port=port, seconds=seconds) for part in command]
    generator = subprocess.Popen(["taskset", "-c", str(GENERATOR_PROCESSOR), *words], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        yield generator
    finally:
        generator.kill()
        generator.communicate()


def run(command, port, seconds):
    """Gives what the generator counted. An error in it, of any kind, is the contender's failure."""
    with started(command, port, seconds) as generator:
        try:
            output, _ = generator.communicate(timeout=seconds + LATE_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise Broken(f"{command[0]} did not end") from None
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        raise Broken(f"{command[0]} failed: {output.strip()[-500:] or 'it said nothing'}")
    counts = json.loads(lines[-1])
    if counts["errors"]:
        raise Broken(f"{command[0]} saw {counts['errors']} errors: {output.strip()[-500:]}")
    return counts
