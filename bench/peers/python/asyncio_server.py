"""asyncio on uvloop, as bench/compare runs it: asyncio_server.py http|http-close|echo|udp PORT

HTTP is the least of it: a protocol that parses nothing, and answers each blank line with the same bytes.
"""

import asyncio
import email.utils
import sys

import uvloop


def reply_with(field=""):
    return (f"HTTP/1.1 200 OK\r\nServer: uvloop\r\nDate: {email.utils.formatdate(usegmt=True)}\r\n"
            f"Content-Type: text/plain\r\nContent-Length: 13\r\n{field}\r\nHello, World!").encode()


class Http(asyncio.Protocol):
    reply = reply_with()
    closes = False

    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""

    def data_received(self, data):
        data = self.rest + data
        count = data.count(b"\r\n\r\n")
        self.rest = b"" if data.endswith(b"\r\n\r\n") else data[-3:]
        self.transport.write(self.reply * count)
        if count and self.closes:
            self.transport.close()


class HttpClose(Http):
    reply = reply_with("Connection: close\r\n")
    closes = True


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


class EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        self.transport.sendto(data, peer)


async def serve(service, port):
    loop = asyncio.get_running_loop()
    if service == "udp":
        await loop.create_datagram_endpoint(EchoDatagrams, local_addr=("127.0.0.1", port))
    else:
        protocol = {"http": Http, "http-close": HttpClose, "echo": Echo}[service]
        await loop.create_server(protocol, "127.0.0.1", port, backlog=4096)
    await loop.create_future()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
