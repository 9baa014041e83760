"""What a report is about, as its reporter calls it."""

import re

from accounts.models import Account
from common.public_ids import ALPHABET, RANDOM_CHARACTERS

ACCOUNT_ID = re.compile(rf"acc_[{ALPHABET}]{{{RANDOM_CHARACTERS}}}")


def account_named(identifier: str, name: str = "") -> tuple[Account | None, str]:
    """The account with that identifier if there is one, and the words for what it is about.

    Whether there is one is not said to whoever reports: an identifier that names nothing
    is kept as words, and found out by staff.
    """
    written = identifier.strip()
    folded = written.lower()
    account: Account | None = None
    if ACCOUNT_ID.fullmatch(folded):
        account = Account.objects.filter(public_id=folded).first()
    parts = [name.strip(), "" if account else written]
    return account, " · ".join(filter(None, parts))[:200]
