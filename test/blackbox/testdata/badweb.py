"""An HTTP server that does what the query of each request says, and nothing good."""

import http.server
import os
import signal
import time
import urllib.parse

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "


def fork():
    for _ in range(5):
        if os.fork() == 0:
            time.sleep(100)
            os._exit(0)
    return HEAD + b"6\r\n\r\nforked"


def printed():
    os.write(1, bytes([0, 255, 10, 27, 200]))
    return HEAD + b"7\r\n\r\nprinted"


WHAT = {
    "hang": lambda: time.sleep(60),
    "exit": lambda: os._exit(3),
    "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "binary": printed,
    "much": lambda: HEAD + b"%d\r\n\r\n" % (7 << 20) + b"x" * (7 << 20),
    "fork": fork,
    "close": lambda: b"",
    "close in the body": lambda: HEAD + b"5\r\n\r\nha",
    "twice": lambda: HEAD + b"5\r\n\r\nfirst" + HEAD + b"6\r\n\r\nsecond",
    "good": lambda: HEAD + b"4\r\n\r\ngood",
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        try:
            self.wfile.write(WHAT[query.get("do", ["good"])[0]]())
        except OSError:
            pass  # whoever is served badly hangs up
        self.close_connection = True


http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
