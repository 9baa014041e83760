"""Bodies that machines post: bounded before they are read."""

from typing import Any


def read_at_most(request: Any, most: int) -> bytes | None:
    """The body; None if it is longer than `most` bytes. Not read when it says so itself."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > most:
            return None
    except ValueError:
        return None
    body: bytes = request.read(most + 1)
    return body if len(body) <= most else None
