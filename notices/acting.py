"""How every act on a change begins: who may, on the change as it is now, and why."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import User
from common.wakeups import wake
from notices.exceptions import NotReady, WrongState
from notices.models import ServiceChange


def lock(change: ServiceChange, *, states: Collection[str], act: str) -> ServiceChange:
    """The change as it is now, locked. Raises `WrongState` outside `states`."""
    locked: ServiceChange = ServiceChange.objects.select_for_update().get(pk=change.pk)
    if locked.state not in states:
        raise WrongState(
            _("This change is “%(state)s” now, so you cannot %(act)s it. Reload the page.")
            % {"state": locked.get_state_display(), "act": act}
        )
    return locked


def demand(person: User, permission: str) -> None:
    """Raises `NotAllowed` unless `person` is staff with that permission on changes."""
    demand_permission(person, f"notices.{permission}_servicechange")


def demand_permission(person: User, permission: str) -> None:
    """Raises `NotAllowed` unless `person` is staff with the permission `app.codename`."""
    if not (person.is_staff and person.has_perm(permission)):
        raise NotAllowed(_("Your group may not do this. Ask a supervisor."))


def need_reason(reason: str) -> str:
    """The reason without blanks around it. Raises `NotReady` when nothing is left."""
    if not reason.strip():
        raise NotReady(_("Write down the reason."))
    return reason.strip()


def wake_writers() -> None:
    """Wakes up what writes and sends messages, once the transaction is committed."""
    wake("notices.announce")
    wake("notices.send_email")
    wake("notices.send_sms")
