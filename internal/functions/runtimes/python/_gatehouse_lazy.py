"""What most invocations do without: errors and the logging module. Spec: functions A6.2, D4."""

import os
import sys
import time

import _gatehouse_wire as wire

AS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
NO_BREAK_SPACE = "\u00a0"
OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))


def stack_trace(error):
    """The frames of an error, without those of this bootstrap above the function's own."""
    import traceback

    frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(error.__traceback__)]
    while frames and os.path.dirname(frames[0][0]) == OWN_FOLDER:
        del frames[0]
    return traceback.format_list(frames)


def log_error(payload):
    """Writes an error to the log: one line, whose parts a carriage return separates, or an object."""
    if AS_JSON:
        line = wire.dumps({"timestamp": timestamp(time.time()), "level": "ERROR", **payload})
    else:
        message = payload["errorMessage"]
        lines = ["[ERROR] " + payload["errorType"] + (": " + message if message else ""), "Traceback (most recent call last):"]
        for entry in payload["stackTrace"]:
            lines += map(indented, entry.splitlines())
        line = "\r".join(lines)
    write(line + "\n")


def indented(line):
    """line with an indentation that log viewers keep."""
    rest = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(rest)) + rest


def write(text):
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.write(text.encode("utf-8", "backslashreplace").decode())


def timestamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


def set_up_logging(logging, request_id):
    """Gives the root logger the format of the service. request_id() is the invocation that runs."""

    class Handler(logging.Handler):
        def emit(self, record):
            record.aws_request_id = request_id()
            text = self.format(record)
            write(text if text.endswith("\n") else text + "\n")

    class JSONFormatter(logging.Formatter):
        def format(self, record):
            return json_line(record) + "\n"

    logging.Formatter.converter = time.gmtime
    handler = Handler()
    if AS_JSON:
        handler.setFormatter(JSONFormatter())
    else:
        line = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(line, "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level)
    if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        root.setLevel(level)
    root.addHandler(handler)


# What every record of the logging module has; the rest are the function's own fields.
STANDARD_FIELDS = frozenset(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs"
    " relativeCreated thread threadName processName process taskName aws_request_id".split()
)


def json_line(record):
    """A record of the logging module as the service logs it in JSON."""
    line = {
        "timestamp": timestamp(record.created),
        "level": record.levelname,
        "message": record.getMessage(),
        "logger": record.name,
    }
    if record.exc_info and record.exc_info[0] is not None:
        import traceback

        kind, value, frames = record.exc_info
        line["stackTrace"] = traceback.format_tb(frames)
        line["errorType"] = kind.__name__
        line["errorMessage"] = str(value)
    line["requestId"] = record.aws_request_id
    if record.exc_info:
        line["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
    for name, value in record.__dict__.items():
        if name not in STANDARD_FIELDS and name not in line and value is not None:
            line[name] = value
    try:
        return wire.dumps(line)
    except (TypeError, ValueError):
        return wire.dumps({name: value if isinstance(value, (str, int, float, list)) else repr(value) for name, value in line.items()})
