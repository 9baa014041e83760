"""Keys by which calls of the platform count once: a second one with the same key and contents
changes nothing, one with other contents is refused.

Of the contents a SHA-256 is kept, so what was said is not there a second time.
"""

import hashlib
from typing import Any

import rfc8785
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import ServiceClient
from compliance.exceptions import KeyTaken


def request_hash(said: Any) -> str:
    """SHA-256 of an object that was sent, however its fields were ordered and spaced."""
    return hashlib.sha256(rfc8785.dumps(said)).hexdigest()


def known(records: QuerySet[Any], *, client: ServiceClient, key: str, request_hash: str) -> Any:
    """What that client recorded with that key, None if nothing.

    Raises `KeyTaken` if it said something else then.
    """
    found = records.filter(client=client, client_key=key).first()
    if found is not None and found.request_hash != request_hash:
        raise KeyTaken(_("This key was used for something else. Send this with a new key."))
    return found
