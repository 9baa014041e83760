"""Text that looks like what a customer sent to the service or got from it (3.6.1).

Systems of the platform say in a few words what they found. They never send content: what is
written by machines for machines, such as a conversation as JSON, an image as base64 or a
template of a chat, is told apart from a sentence and refused.
"""

import re

# Each is looked for in linear time.
_OF_MACHINES = (
    # A conversation: {"role": "user", "content": …}
    re.compile(r"""["']role["']\s{0,9}:\s{0,9}["'](?:system|developer|user|assistant|tool)["']"""),
    re.compile(r"""["'](?:prompt|messages|completion|choices|content)["']\s{0,9}:\s{0,9}["'\[{]"""),
    # How a chat is put before a model.
    re.compile(r"<\|[a-z_]{1,30}\|>|\[/?INST\]|<</?SYS>>"),
    # A file inside of text.
    re.compile(r"data:[a-z]{1,20}/[-+.a-z0-9]{1,40}[;,]", re.IGNORECASE),
    re.compile(r"[A-Za-z0-9+/_-]{200}"),
)


def looks_like_content(text: str) -> bool:
    return any(pattern.search(text) for pattern in _OF_MACHINES)
