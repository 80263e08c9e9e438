"""asyncio on uvloop, as bench/compare runs it: asyncio_server.py http|http-close|echo|udp PORT

HTTP is the least of it: a protocol that parses nothing, and answers each blank line with the same bytes.
"""

import asyncio
import email.utils
import sys

import uvloop


def replies(fields):
    reply = (f"HTTP/1.1 200 OK\r\nServer: uvloop\r\nDate: {email.utils.formatdate(usegmt=True)}\r\n"
             f"Content-Type: text/plain\r\nContent-Length: 13\r\n{fields}\r\nHello, World!").encode()
    return [reply * count for count in range(4096)]


class Http(asyncio.Protocol):
    replies = []
    closes = False

    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""

    def data_received(self, data):
        data = self.rest + data
        count = data.count(b"\r\n\r\n")
        self.rest = data[-3:] if not data.endswith(b"\r\n\r\n") else b""
        self.transport.write(self.replies[count])
        if count and self.closes:
            self.transport.close()


class HttpClose(Http):
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
        Http.replies = replies("Connection: close\r\n" if service == "http-close" else "")
        await loop.create_server(protocol, "127.0.0.1", port, backlog=4096)
    await loop.create_future()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
