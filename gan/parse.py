"""JSON that may come from anywhere, read so that whatever is none is one kind of error."""

import json
from typing import Any


def parse_json(text: str | bytes) -> Any:
    """The value that a text tells; ValueError for a text that is no JSON, or nested too deep to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
