"""What a person's own record may be changed to, by themselves or on their behalf.

Every change claims the record's edition: staff who have it open at that moment get the
conflict page instead of writing the old values back.
"""

from typing import Any

from django.db import transaction
from django.db.models import Field

from accounts.models import User


@transaction.atomic
def change(*, user: User, edition: int | None = None, **fields: Any) -> None:
    """Writes `fields` of `user` and nothing else.

    `edition` is the one the person was shown; None when what they saw does not matter
    to the change. Raises `EditedMeanwhile` when the record has moved on since, and
    Django's `ValidationError` for a value the field refuses.
    """
    if edition is None:
        edition = User.objects.select_for_update().only("edition").get(pk=user.pk).edition
    user.claim_edition(edition)
    for name, value in fields.items():
        field: Field[Any, Any] = user._meta.get_field(name)  # type: ignore[assignment]
        setattr(user, name, field.clean(value, user))
    user.save(update_fields=[*fields])
