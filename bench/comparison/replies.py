"""The bytes of each contender, before it is measured: the same answer, or no comparison."""

import dataclasses
import socket

from comparison.places import Broken

SECONDS_MAX = 10


@dataclasses.dataclass(frozen=True)
class Reply:
    length: int  # bytes, head and body
    fields: tuple = ()  # the names of the head's fields


def knock(port):
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def request_of(method, path, fields=(), body=b""):
    if body:
        fields = [*fields, f"Content-Length: {len(body)}"]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *fields, "", ""]).encode() + body


def read_reply(stream):
    """One reply from a buffered stream: its first line, its fields in lower case, its body and its length."""
    status = stream.readline(65536)
    length = len(status)
    fields = {}
    while (line := stream.readline(65536)) not in (b"\r\n", b""):
        length += len(line)
        name, _, value = line.decode("latin-1").partition(":")
        fields[name.lower()] = value.strip()
    body = stream.read(int(fields.get("content-length", 0)))
    return status.decode("latin-1").strip(), fields, body, length + 2 + len(body)


def check_http(port, path, expected, method="GET", body=b"", pipelined=1, close=False):
    """Asks once, or several times at once, and compares status and body; gives the reply."""
    request = request_of(method, path, ["Connection: close"] if close else [], body)
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX) as connection:
        connection.sendall(request * pipelined)
        with connection.makefile("rb") as stream:
            for _ in range(pipelined):
                status, fields, received, length = read_reply(stream)
                if not status.startswith("HTTP/1.1 200 "):
                    raise Broken(f"{method} {path} was answered with {status or 'nothing'}")
                if received != expected:
                    raise Broken(f"{method} {path} was answered with {received[:60]!r}, and not {expected[:60]!r}")
            if close and stream.read(1):
                raise Broken(f"{method} {path} with Connection: close was answered with more than a reply")
    return Reply(length, tuple(fields))
