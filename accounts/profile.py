"""What a person's own record may be changed to, by themselves or on their behalf.

Every change claims the record's edition: staff who have it open at that moment get the
conflict page instead of writing the old values back.
"""

from typing import Any

from django.db import transaction
from django.db.models import F, Field

from accounts import naming
from accounts.models import Account, User
from accounts.name_screening import Verdict
from common import clock


@transaction.atomic
def change(*, user: User, edition: int | None = None, **fields: Any) -> Verdict:
    """Writes `fields` of `user` and nothing else; answers what a new name came to (1.2.5).

    `edition` is the one the person was shown; None when what they saw does not matter
    to the change. Raises `EditedMeanwhile` when the record has moved on since,
    `NameRefused`, and Django's `ValidationError` for a value the field refuses.
    """
    cleaned = {}
    for name, value in fields.items():
        field: Field[Any, Any] = user._meta.get_field(name)  # type: ignore[assignment]
        cleaned[name] = field.clean(value, user)
    at, before = clock.now(), user.name
    choice = None
    if cleaned.get("name", before) != before:
        choice = naming.choose(name=cleaned["name"], person=user, at=at)
    if edition is None:
        edition = User.objects.select_for_update().only("edition").get(pk=user.pk).edition
    user.claim_edition(edition)
    for name, value in cleaned.items():
        setattr(user, name, value)
    user.save(update_fields=[*fields])
    if choice is None:
        return Verdict()
    # An account of their own that is called as they were is called as they are.
    Account.objects.filter(holder=user, name=before).update(
        name=user.name, edition=F("edition") + 1
    )
    naming.chosen(choice, by=user, at=at)
    return choice.verdict
