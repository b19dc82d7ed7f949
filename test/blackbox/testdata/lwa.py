"""An ordinary HTTP server. It says what it was asked, where and how, and what it was asked before the first event."""

import http.server
import json
import os
import re
import time
import urllib.parse

PROBE_STATUSES = [int(status) for status in os.environ.get("TEST_PROBES", "200").split(",")]  # the last one again and again
probes = []
connections = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        global connections
        super().setup()
        connections += 1
        self.number = connections

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if "x-amzn-lambda-context" in self.headers:
            return self.answer()
        status = PROBE_STATUSES[min(len(probes), len(PROBE_STATUSES) - 1)]
        probes.append(f"{self.command} {self.path} {status}")
        self.say(status, "text/plain", "")

    do_POST = do_GET

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        status = re.search(r"/status/(\d+)$", url.path)
        if status:
            return self.say(int(status[1]), "text/plain", "status " + status[1])
        if url.path.endswith("/long"):
            return self.say(200, "text/plain", "x" * 1000)
        if url.path.endswith("/slow"):
            return self.say_slowly(urllib.parse.parse_qs(url.query)["go"][0])
        seen = {
            "asked": f"{self.command} {self.path}",
            "authorization": self.headers.get("authorization", ""),
            "token": self.headers.get("x-token", ""),
            "probes": ", ".join(probes),
            "connection": self.number,
            "address": self.connection.getsockname()[0],
            "port": os.environ["PORT"],
            "lwaPort": os.environ["AWS_LWA_PORT"],
        }
        self.say(200, "application/json", json.dumps(seen))

    def say(self, status, kind, text):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def say_slowly(self, go):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"4\r\none \r\n")
        while not os.path.exists(go):
            time.sleep(0.005)
        self.wfile.write(b"3\r\ntwo\r\n0\r\n\r\n")


time.sleep(int(os.environ.get("TEST_SLOW", 0)) / 1000)
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
