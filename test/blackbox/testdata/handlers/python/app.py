"""Handlers of every kind. Those that fail do so unless the event says good."""
import sys


def good(event, context):
    return "good"


def plain(event, context):
    return {"event": event, "name": context.function_name, "text": "ü"}


def nothing(event, context):
    pass


class OutOfStock(Exception):
    pass


def raises(event, context):
    if event.get("good"):
        return "good"
    raise ValueError('boom: "ü"')


def deeper(event, context):
    if event.get("good"):
        return "good"
    return find(7)


def find(item):
    raise OutOfStock(item)


def wrong_type(event, context):
    return "good" if event.get("good") else {1, 2}


def leaves(event, context):
    if event.get("good"):
        return "good"
    sys.exit(3)


def leaves_quietly(event, context):
    if event.get("good"):
        return "good"
    sys.exit()
