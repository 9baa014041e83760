"""English words that a page in Chinese still has."""

import re
from html.parser import HTMLParser

# Names of things, the same in each language; identifiers and zones are told by their shape.
NAMES = {"apiqik", "API", "SHA", "IP", "English", "UTC", "CSV", "Microsoft", "Google", "FreeOTP"}
SHAPES = re.compile(
    r"\b[a-z]{3}_\w*…?"  # public identifiers and prefixes of keys
    r"|[A-Z][A-Za-z]+/[A-Za-z_/-]+"  # time zones
    r"|[\w*]+@[\w.]+"
    r"|\b[0-9a-f-]{12,}…?"  # digests and references
)
SAID_BY = ("title", "aria-label", "placeholder", "data-label")


class Visible(HTMLParser):
    """What a page says, aloud or in sight; not what is marked as code or as English."""

    def __init__(self):
        super().__init__()
        self.said, self.silent = [], 0

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        if self.silent or tag in {"script", "style", "code"} or known.get("lang") == "en":
            self.silent += tag not in {"input", "br", "img", "meta", "link", "hr"}
        elif tag != "html":
            self.said += [known[name] or "" for name in SAID_BY if name in known]

    def handle_endtag(self, tag):
        self.silent = max(0, self.silent - 1)

    def handle_data(self, text):
        if not self.silent:
            self.said.append(text)


def english_on(page, *data):
    """The English words of a page, but for names and the test's own data."""
    visible = Visible()
    visible.feed(page.content.decode())
    said = SHAPES.sub(" ", "\n".join(visible.said))
    words = set(re.findall(r"[A-Za-z]{2,}", said))
    return words - NAMES - set(re.findall(r"[A-Za-z]+", " ".join(data)))
