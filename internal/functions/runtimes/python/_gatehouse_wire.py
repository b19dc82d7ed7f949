"""The conversation with the Runtime API, and JSON: what every invocation needs. Spec: functions A2.

One socket, HTTP/1.1 of exactly the kind our own server speaks; an answer and the poll for the next event leave in one write.
JSON is written as the real runtime does, with blanks after separators. The codecs are the compiled ones of the standard
library, taken without its json package, whose import takes longer than the engine's own start.
"""

import os
import sys

from _socket import AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, socket

ROOT = "/2018-06-01/runtime/"
MAX_HEAD = 1 << 20
MAX_BODY = 1 << 28
READ_SIZE = 1 << 16


class Connection:
    """Sends answers and polls, and waits for events. When the Runtime API is gone, so is the process."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        host = host.strip("[]")
        self.socket = socket(AF_INET6 if ":" in host else AF_INET, SOCK_STREAM)
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self.host = f"Host: {address}\r\n"
        self.next = f"GET {ROOT}invocation/next HTTP/1.1\r\n{self.host}\r\n".encode()
        self.unread = b""
        self.unacknowledged = 0

    def poll(self):
        """Asks for the next event."""
        self.send(self.next)

    def answer(self, request_id, what, headers, body):
        """Posts what became of an invocation and asks for the next event, in one write. what is response or error."""
        self.unacknowledged += 1
        self.send(self.post(f"invocation/{request_id}/{what}", headers, body) + self.next)

    def last(self, path, headers, body):
        """Posts the last thing that this process has to say, and waits until it is taken."""
        self.send(self.post(path, headers, body))
        self.receive()

    def invocation(self):
        """Waits for the event that was asked for and returns its headers, by lower-case names, and its body."""
        for _ in range(self.unacknowledged):
            self.receive()
        self.unacknowledged = 0
        status, headers, body = self.receive()
        if status != "200":
            gone(f"status {status} to a poll")
        return headers, body

    def post(self, path, headers, body):
        head = f"POST {ROOT}{path} HTTP/1.1\r\n{self.host}{headers}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            gone()

    def receive(self):
        """Reads one answer: its status, headers and body."""
        data = self.unread
        while (end := data.find(b"\r\n\r\n")) < 0:
            if len(data) > MAX_HEAD:
                gone("a head without end")
            data += self.read()
        lines = data[:end].decode("utf-8", "replace").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            gone("an answer without Content-Length")
        body, self.unread = self.body(data[end + 4 :], int(length))
        return lines[0][9:12], headers, body

    def body(self, data, length):
        """Reads a body of which data is the beginning; returns it and what follows."""
        if len(data) < length:
            whole = bytearray(length)
            whole[: len(data)] = data
            view, filled = memoryview(whole), len(data)
            while filled < length:
                n = self.socket.recv_into(view[filled:])
                if n == 0:
                    gone()
                filled += n
            return bytes(whole), b""
        return data[:length], data[length:]

    def read(self):
        try:
            data = self.socket.recv(READ_SIZE)
        except OSError:
            gone()
        return data or gone()


def gone(what=""):
    """Ends the process: without a Runtime API it can do nothing."""
    if what:
        sys.stderr.write(f"The Runtime API sent {what}.\n")
    os._exit(1)


def error_headers(type_):
    name = "".join(c if " " <= c <= "~" else "?" for c in type_)
    return f"Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: {name}\r\n"


class Decoding:
    """How the compiled scanner of the standard library reads JSON."""

    strict = True
    object_hook = object_pairs_hook = array_hook = memo = None
    parse_float = float
    parse_int = int
    parse_constant = {"-Infinity": float("-inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__


def loads(text):
    """Reads JSON."""
    try:
        value, end = scan(text, len(text) - len(text.lstrip(" \t\n\r")))
        if not text[end:].strip(" \t\n\r"):
            return value
    except StopIteration:
        pass
    import json

    return json.loads(text)  # it says what is wrong


def dumps(value):
    """Writes JSON as the real runtime does: named tuples are objects, bytes are text, decimals are numbers."""
    try:
        if has_named_tuple(value):
            value = with_objects(value)
    except RecursionError:
        pass  # the encoder says what is wrong
    decimals = {}

    def default(other):
        if isinstance(other, bytes):
            return other.decode()
        decimal = sys.modules.get("decimal")
        if decimal is None or not isinstance(other, decimal.Decimal):
            raise TypeError(f"Object of type {type(other).__name__} is not JSON serializable")
        if other.is_nan():
            return float("nan")
        mark = f"decimal-{os.urandom(16).hex()}"
        decimals[mark] = str(other)
        return mark

    text = encode(value, default)
    for mark, digits in decimals.items():
        text = text.replace(f'"{mark}"', digits)
    return text


def has_named_tuple(value):
    kind = type(value)
    if kind is dict:
        return any(map(has_named_tuple, value.values()))
    if kind is list or kind is tuple:
        return any(map(has_named_tuple, value))
    return isinstance(value, tuple) and hasattr(value, "_asdict")


def with_objects(value):
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {k: with_objects(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_objects(v) for v in value]
    return value


# Until Python 3.11, the runtime escaped what is not ASCII. The identifier decides, not the engine.
_version = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("python")[2].split(".")
ASCII = len(_version) == 2 and _version[1].isdecimal() and _version[0] == "3" and int(_version[1]) < 12

try:
    import _json

    scan = _json.make_scanner(Decoding)
    _escape = _json.encode_basestring_ascii if ASCII else _json.encode_basestring

    def encode(value, default):
        encoder = _json.make_encoder({}, default, _escape, None, ": ", ", ", False, False, True)
        return "".join(encoder(value, 0))

    encode([{"a": 1.5}], None)
except Exception:  # an engine without these, or with others
    import json

    scan = json.JSONDecoder().scan_once

    def encode(value, default):
        return json.dumps(value, default=default, ensure_ascii=ASCII)
