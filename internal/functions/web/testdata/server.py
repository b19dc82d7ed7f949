# An ordinary HTTP server that knows nothing of Lambda. It speaks HTTP/1.0, as servers of the standard library do.
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/image":
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Set-Cookie", "a=1; Path=/")
            self.send_header("Set-Cookie", "b=2")
            self.end_headers()
            self.wfile.write(bytes([0x89, 0x50, 0x4E, 0x47, 0xFF]))
        elif self.path == "/events":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"got": json.loads(body)}, separators=(",", ":")).encode())
        else:
            self.send_response(201)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("X-Server", "python")
            self.end_headers()
            self.wfile.write(f"{self.command} {self.path} {self.headers['x-test']} {self.headers['cookie']} ".encode() + body)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *args):
        pass


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
