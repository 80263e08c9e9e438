"""The WSGI application that gunicorn and gevent serve; run by itself it is gevent's server: wsgi.py PORT"""

import sys


def application(environment, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, World!"]


if __name__ == "__main__":
    from gevent.pywsgi import WSGIServer

    WSGIServer(("127.0.0.1", int(sys.argv[1])), application, backlog=4096, log=None).serve_forever()
