"""A function behind a Lambda integration with mapping templates: it sees what the template made of the request."""

PRICES = {"bolt": 0.12, "nut": 0.08}


def handler(event, context):
    pieces = event["pieces"]
    if not isinstance(pieces, int) or pieces < 1:
        # The API's integration response with the pattern "pieces .*" makes a 400 of it.
        raise ValueError("pieces must be a whole number from 1")
    return {"item": event["item"], "total": round(PRICES[event["item"]] * pieces, 2)}
