"""What a connection costs that does nothing: memory, not time."""

import contextlib
import time

from comparison import generators, replies
from comparison.places import Broken

CONNECTIONS = 10_000
CONNECT_SECONDS_PAUSE = 0.0002  # so that the listener's backlog does not overflow
SETTLE_SECONDS = 1
SECONDS_EXPECTED = 12  # for all of it


def open_connection(port, request, reply_bytes):
    """A connection that has asked once, and has its answer."""
    connection = replies.connect(port)
    connection.sendall(request)
    received = 0
    while received < reply_bytes:
        piece = len(connection.recv(65536))
        if not piece:
            raise Broken("a connection was closed instead of answered")
        received += piece
    return connection


def is_open(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def measure(server, options):
    """The growth of the server's memory by many connections, each after one request. Warm before, so that what it
    takes once is not counted for each of them."""
    generators.run(generators.wrk("/plaintext"), server.port, options.seconds)
    time.sleep(SETTLE_SECONDS)
    request = replies.request_of("GET", "/plaintext")
    reply_bytes = replies.check_http(server.port, "/plaintext", b"Hello, World!").length
    before = server.memory_kilobytes()
    with contextlib.ExitStack() as connections:
        held = []
        for _ in range(CONNECTIONS):
            held.append(connections.enter_context(open_connection(server.port, request, reply_bytes)))
            time.sleep(CONNECT_SECONDS_PAUSE)
        time.sleep(SETTLE_SECONDS)
        after = server.memory_kilobytes()
        if not all(map(is_open, held)):
            raise Broken("not all connections stayed open")
    return {"kilobytes_per_connection": (after - before) / CONNECTIONS, "megabytes_before": before / 1024}
