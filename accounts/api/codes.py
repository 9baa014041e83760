"""The shapes of what names a record in the API: one for every place where one is sent."""

import re

ACCOUNT = re.compile(r"acc_[0-9a-z]{1,28}")
API_KEY = re.compile(r"key_[0-9a-z]{1,28}")
KEY_DIGEST = re.compile(r"[0-9a-f]{64}")
SERVICE = re.compile(r"[-a-zA-Z0-9_]{1,40}")
MODEL = re.compile(r"[-a-zA-Z0-9_]{1,60}")
REGION = re.compile(r"[-a-zA-Z0-9_]{1,40}")


def whole(shape: re.Pattern[str]) -> str:
    """The pattern of a text that is of that shape from beginning to end."""
    return rf"\A{shape.pattern}\Z"
