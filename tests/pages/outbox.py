"""Reading what was sent during a test."""

import re

from django.core import mail


def link_in_last_mail(pattern):
    """The first group of `pattern` in the newest message."""
    found = re.search(pattern, str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found.group(1)
