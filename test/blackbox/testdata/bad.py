"""A function that does what its event says, and nothing good."""

import os
import signal
import stat
import sys
import time
import urllib.request


def hang(context):
    time.sleep(60)


def leave(context):
    os._exit(3)


def leave_politely(context):
    sys.exit(3)


def segfault(context):
    os.kill(os.getpid(), signal.SIGSEGV)


def binary(context):
    os.write(1, bytes([0, 255, 10, 27, 200]))
    return {"body": "printed"}


def much(context):
    return {"body": "x" * (7 << 20)}


def fork(context):
    """Children that hold everything that their parent has open, its connection as well."""
    for _ in range(5):
        if os.fork() == 0:
            time.sleep(100)
            os._exit(0)
    return {"body": "forked"}


def posted(context):
    url = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/{context.aws_request_id}/response"
    urllib.request.urlopen(urllib.request.Request(url, b'{"body": "first"}', method="POST")).read()
    return {"body": "second"}


def close(context):
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.close(fd)
        except OSError:
            pass
    return {"body": "closed"}


def no_json(context):
    return b"\x00\xff"


def good(context):
    return {"body": "good"}


WHAT = {"hang": hang, "exit": leave, "sys.exit": leave_politely, "segfault": segfault, "binary": binary, "much": much, "fork": fork,
        "posted": posted, "close": close, "no json": no_json, "good": good}


def handler(event, context):
    return WHAT[event["queryStringParameters"]["do"]](context)
