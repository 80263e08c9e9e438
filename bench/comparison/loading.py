"""What a generator costs: here the contender is the load, and the server is nginx, which counts the requests."""

import re
import time

from comparison import generators, measuring, replies
from comparison.places import Broken

GENERATOR_SECONDS_LATE = 3  # that it goes on after the measurement, for what lies between the looks


def requests_of(port):
    """How many requests nginx has had; asking is one too."""
    with replies.connect(port) as connection, connection.makefile("rb") as stream:
        connection.sendall(replies.request_of("GET", "/status", ["Connection: close"]))
        _, _, body, _ = replies.read_reply(stream)
    return int(re.search(rb"requests\s+\d+ \d+ (\d+)", body)[1])


def measure(server, options):
    """The generator's CPU time for a request, while it is at it: what it takes to start is not counted."""
    contender = server.contender
    warm_up = options.warm_up if contender.compiles else 0
    with generators.started(
            contender.generates, server.port,
            measuring.WARM_UPS_MAX * warm_up + options.seconds + GENERATOR_SECONDS_LATE) as generator:
        def requests_in_a_second():
            before = requests_of(server.port)
            time.sleep(1)
            return requests_of(server.port) - before

        measuring.until_compiled(
            lambda: measuring.cpu_seconds(generator.pid), requests_in_a_second, warm_up)
        began, requests, used = time.monotonic(), requests_of(server.port), measuring.cpu_seconds(generator.pid)
        time.sleep(options.seconds)
        used = measuring.cpu_seconds(generator.pid) - used
        requests = requests_of(server.port) - requests
        seconds = time.monotonic() - began
        if generator.poll() is not None or requests < 2:
            raise Broken(f"it did not make requests all the time; it said: {generator.communicate()[0][-500:]}")
    return {"generator_cpu_us_per_request": used / requests * 1e6, "per_second": requests / seconds,
            "generator_busy": used / seconds}
