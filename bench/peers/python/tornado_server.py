"""Tornado, as bench/compare runs it: tornado_server.py PORT"""

import asyncio
import sys

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket


class Hello(tornado.web.RequestHandler):
    def compute_etag(self):
        return None  # the others send none

    def get(self):
        self.set_header("Content-Type", "text/plain")
        self.write(b"Hello, World!")


class EchoMessages(tornado.websocket.WebSocketHandler):
    def on_message(self, message):
        self.write_message(message, binary=isinstance(message, bytes))


async def serve(port):
    application = tornado.web.Application(
        [("/plaintext", Hello), ("/websocket", EchoMessages)], log_function=lambda handler: None)
    server = tornado.httpserver.HTTPServer(application)
    server.add_sockets(tornado.netutil.bind_sockets(port, "127.0.0.1", backlog=4096))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
