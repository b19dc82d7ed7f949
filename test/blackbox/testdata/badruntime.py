#!/usr/bin/env python3
"""A runtime that breaks the Runtime API the way the query of each event says."""

import json
import os
import signal
import socket
import sys
import time

ADDRESS = os.environ["AWS_LAMBDA_RUNTIME_API"]
GOOD = b'{"body": "good"}'


class Connection:
    def __init__(self):
        host, port = ADDRESS.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.reader = self.socket.makefile("rb")

    def write(self, data):
        self.socket.sendall(data)

    def read(self):
        """An answer: its status, its fields by their names in lower case, its body."""
        status = int(self.reader.readline().split()[1])
        fields = {}
        for line in iter(self.reader.readline, b"\r\n"):
            name, value = line.decode().split(":", 1)
            fields[name.lower()] = value.strip()
        return status, fields, self.reader.read(int(fields["content-length"]))

    def next(self):
        status = 403
        while status == 403:  # what was sent on another connection, closed since, has not been read yet
            self.write(request("GET", "next", b""))
            status, fields, body = self.read()
        if status != 200:
            sys.exit(f"next: {status} {body}")
        return fields["lambda-runtime-aws-request-id"], json.loads(body)["queryStringParameters"]["do"]

    def answer(self, id, body):
        self.write(response(id, body))
        return self.read()

    def close(self):
        self.reader.close()
        self.socket.close()


def request(method, path, body, more=""):
    head = f"{method} /2018-06-01/runtime/invocation/{path} HTTP/1.1\r\nHost: {ADDRESS}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def response(id, body, more=""):
    return request("POST", id + "/response", body, more)


def head(id, fields):
    return f"POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: {ADDRESS}\r\n{fields}\r\n\r\n".encode()


def hang():
    time.sleep(60)


def hung_up(connection):
    """Reads what the platform says before it closes the connection, and ends."""
    try:
        print("the end:", connection.reader.read(), flush=True)
    except OSError as error:
        print("the end:", type(error).__name__, flush=True)
    os._exit(3)


def said(what, answer):
    print(what, answer[0], answer[2].decode(), flush=True)


connection = Connection()
id, do = connection.next()
while True:
    streaming = "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked"
    if do == "hang":
        hang()
    elif do == "exit":
        os._exit(3)
    elif do == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif do == "close and hang":
        connection.close()
        hang()
    elif do == "close and exit":
        connection.close()
        os._exit(0)
    elif do == "close and come back":
        connection.close()
        connection = Connection()
        id, do = connection.next()  # the same one again
        connection.answer(id, b'{"body": "again"}')
    elif do == "head and close":
        connection.write(head(id, "Content-Length: 100"))
        connection.close()
        hang()
    elif do == "half and close":
        connection.write(head(id, "Content-Length: 100") + b'{"body"')
        connection.close()
        hang()
    elif do == "half and exit":
        connection.write(head(id, "Content-Length: 100") + b'{"body"')
        os._exit(0)
    elif do == "half and hang":
        connection.write(head(id, "Content-Length: 100") + b'{"body"')
        hang()
    elif do == "half a chunk and close":
        connection.write(head(id, streaming) + b"ff\r\n{")
        connection.close()
        hang()
    elif do == "close after the answer":
        connection.answer(id, GOOD)
        connection.close()
        connection = Connection()
    elif do == "close in the answer of next":
        connection.write(response(id, GOOD) + request("GET", "next", b""))
        connection.close()
        connection = Connection()
    elif do == "answer and leave":
        connection.answer(id, GOOD)
        connection.close()
        hang()
    elif do == "answer and exit":
        connection.answer(id, GOOD)
        os._exit(3)
    elif do == "twice":
        connection.answer(id, b'{"body": "first"}')
        said("second:", connection.answer(id, b'{"body": "second"}'))
    elif do == "twice at once":
        connection.write(response(id, b'{"body": "first"}') + response(id, b'{"body": "second"}'))
        connection.read()
        said("second:", connection.read())
    elif do == "error after the answer":
        connection.answer(id, b'{"body": "first"}')
        connection.write(request("POST", id + "/error", b'{"errorType": "Late"}'))
        said("late:", connection.read())
    elif do == "unknown id":
        said("unknown:", connection.answer("no-such-id", b'{"body": "stray"}'))
        connection.answer(id, GOOD)
    elif do == "unknown id alone":
        said("alone:", connection.answer("no-such-id", b'{"body": "stray"}'))
        hang()
    elif do == "no HTTP":
        connection.write(b"this is no HTTP at all\r\n\r\n")
        hung_up(connection)
    elif do == "two lengths":
        connection.write(head(id, "Content-Length: 2\r\nContent-Length: 16") + GOOD)
        hung_up(connection)
    elif do == "length and chunks":
        connection.write(head(id, "Content-Length: 16\r\nTransfer-Encoding: chunked") + GOOD)
        hung_up(connection)
    elif do == "bad chunk":
        connection.write(head(id, streaming) + b"xyz\r\n{}\r\n0\r\n\r\n")
        hung_up(connection)
    elif do == "endless head":
        try:
            connection.write(head(id, "X-Long: " + "x" * (8 << 20)))
        except OSError:
            pass
        hung_up(connection)
    elif do == "no HTTP but right in the end":
        connection.write(b"this is no HTTP at all\r\n\r\n")
        connection.close()
        connection = Connection()
        id, do = connection.next()
        connection.answer(id, GOOD)
    elif do == "bytes behind the answer":
        connection.write(response(id, GOOD) + b"\x00\xff\r\n\r\n")
        connection.close()
        connection = Connection()
    elif do == "no json":
        connection.answer(id, bytes([0, 255, 10, 27, 200]))
    elif do == "much":
        said("much:", connection.answer(id, b"x" * (7 << 20)))
    else:
        connection.answer(id, GOOD)
    id, do = connection.next()
