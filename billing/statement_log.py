"""Who took an account's statement away, in the log of the admin beside its other acts."""

from datetime import date

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from accounts.models import Account, User


def note_download(*, account: Account, person: User, form: str, first: date, last: date) -> None:
    """Notes that `person`, staff or customer, downloads the statement of those days, both
    included, as `form`, such as CSV. Call it before the file leaves the house."""
    LogEntry.objects.create(
        user=person,
        content_type=ContentType.objects.get_for_model(Account),
        object_id=str(account.pk),
        object_repr=str(account)[:200],
        action_flag=CHANGE,
        change_message=_("Statement downloaded as %(form)s: %(first)s – %(last)s")
        % {"form": form, "first": first.isoformat(), "last": last.isoformat()},
    )
