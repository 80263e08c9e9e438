"""The bytes of each contender, before it is measured: the same answer, or no comparison."""

import base64
import dataclasses
import hashlib
import socket

from comparison.places import Broken

SECONDS_MAX = 10
MESSAGE = bytes(range(64))


@dataclasses.dataclass(frozen=True)
class Reply:
    length: int  # bytes, head and body
    fields: tuple = ()  # the names of the head's fields


def knock(port):
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)


def expect(what, received, expected):
    if received != expected:
        raise Broken(f"{what} was {received[:80]!r}, and not {expected[:80]!r}")


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
    if fields.get("transfer-encoding") == "chunked":
        body, body_length = read_chunks(stream)
    else:
        body = stream.read(int(fields.get("content-length", 0)))
        body_length = len(body)
    return status.decode("latin-1").strip(), fields, body, length + 2 + body_length


def read_chunks(stream):
    """A body in chunks (RFC 9112 section 7.1), and its length on the wire."""
    body, length = b"", 0
    while line := stream.readline(65536):
        size = int(line.split(b";")[0], 16)
        content = stream.read(size + 2)
        body += content[:size]
        length += len(line) + len(content)
        if size == 0:
            break
    return body, length


def check_http(port, path, expected, method="GET", body=b"", pipelined=1, close=False):
    """Asks once, or several times at once, and compares status and body; gives the reply."""
    request = request_of(method, path, ["Connection: close"] if close else [], body)
    with connect(port) as connection, connection.makefile("rb") as stream:
        connection.sendall(request * pipelined)
        for _ in range(pipelined):
            status, fields, received, length = read_reply(stream)
            if not status.startswith("HTTP/1.1 200 "):
                raise Broken(f"{method} {path} was answered with {status or 'nothing'}")
            expect(f"the answer to {method} {path}", received, expected)
        if close and stream.read(1):
            raise Broken(f"{method} {path} with Connection: close was answered with more than a reply")
    return Reply(length, tuple(fields))


def check_echo(port):
    with connect(port) as connection, connection.makefile("rb") as stream:
        connection.sendall(MESSAGE)
        expect("the echo", stream.read(len(MESSAGE)), MESSAGE)
    return Reply(len(MESSAGE))


def check_websocket(port, path):
    """The handshake and one message (RFC 6455 sections 4 and 5.2)."""
    key = base64.b64encode(bytes(16)).decode()
    accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
    with connect(port) as connection, connection.makefile("rb") as stream:
        connection.sendall(request_of("GET", path, ["Connection: Upgrade", "Upgrade: websocket",
                                                    "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]))
        status, fields, _, _ = read_reply(stream)
        if not status.startswith("HTTP/1.1 101 ") or fields.get("sec-websocket-accept") != accept:
            raise Broken(f"{path} gave no WebSocket: {status or 'no reply'}")
        head, mask = bytes([0x82, 0x80 | len(MESSAGE)]), b"mask"
        connection.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(MESSAGE)))
        echo = bytes([0x82, len(MESSAGE)]) + MESSAGE
        expect("the echo", stream.read(len(echo)), echo)
    return Reply(len(echo))


def knock_udp(port):
    """A server of datagrams is there when it answers one."""
    with socket.socket(type=socket.SOCK_DGRAM) as connection:
        connection.settimeout(0.2)
        connection.connect(("127.0.0.1", port))
        connection.send(MESSAGE)
        return connection.recv(65536)


def check_udp(port):
    expect("the echo", knock_udp(port), MESSAGE)
    return Reply(len(MESSAGE))
