import os
import sys


def echo(event, context):
    return event


def dispatch(event, context):
    return globals()[event["call"]](event.get("event"), context)


def nothing(event, context):
    pass


def context(event, context):
    client, identity = context.client_context, context.identity
    return {
        "function": [context.function_name, context.function_version, context.memory_limit_in_mb],
        "arn": context.invoked_function_arn,
        "id": context.aws_request_id,
        "log": [context.log_group_name, context.log_stream_name],
        "remaining": context.get_remaining_time_in_millis() > 0,
        "client": client and [client.custom, client.env, client.client.app_title],
        "identity": [identity.cognito_identity_id, identity.cognito_identity_pool_id],
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "repr": repr(context)[:30],
    }


def text(event, context):
    return "zażółć 🚪 \" \x1f / \u2028"


def types(event, context):
    from collections import namedtuple
    from decimal import Decimal

    return [1, 1.0, 1e100, True, None, (1, 2), {1: 2, None: 3, True: 4}, Decimal("1.10"), b"bytes", namedtuple("P", "x y")(1, [namedtuple("Q", "z")(2)]), float("nan")]


def raw(event, context):
    return b"\x00\xffraw"


def length(event, context):
    return len(event)


def big(event, context):
    return "x" * event["size"]


count_so_far = 0


def count(event, context):
    global count_so_far
    count_so_far += 1
    return count_so_far


def raises(event, context):
    raise ValueError("boom: ü")


def deeper(event, context):
    return raises(event, context)


def wrong_type(event, context):
    return {"a": {1, 2}}


def circular(event, context):
    loop = []
    loop.append(loop)
    return loop


def surrogate(event, context):
    return "\ud800"


def wrong_arguments(event):
    pass


def leaves(event, context):
    sys.exit(event)


def dies(event, context):
    os.kill(os.getpid(), 9)


def thread(event, context):
    import threading

    threading.Thread(target=threading.Event().wait, daemon=False).start()
    return "left one running"


def prints(event, context):
    print("multi\nline\nstring")
    print("another\rline")
    print("no end", end="")
    print("to stderr", file=sys.stderr)
    print("last")


def logs(event, context):
    import logging

    logging.warning("a %s", "warning")
    logger = logging.getLogger("mine")
    logger.setLevel("INFO")
    logger.info("two\nlines", extra={"own": 1})
    logger.debug("not seen")
    try:
        raise KeyError("k")
    except KeyError:
        logger.exception("caught")


def modules(event, context):
    return list(sys.modules)


def places(event, context):
    root = os.environ["LAMBDA_TASK_ROOT"]
    return [sys.path[0] == root, os.getcwd() == root, os.environ["LAMBDA_RUNTIME_DIR"] in sys.path]


def double(n, connection):
    connection.send(n * 2)


def spawns(event, context):
    import multiprocessing

    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=double, args=(event, theirs))
    process.start()
    process.join()
    return ours.recv() if ours.poll(0) else process.exitcode
