"""What accounts contributes to the side bar."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Closing, ServiceClient, StaffInvitation, User
from common.work_queues import Section, WorkQueue, work_queues

# Long enough to tell whoever runs the calling system and to put the new token there.
EXPIRES_SOON = timedelta(days=14)


def _without_factor(user: Any, at: Any) -> Any:
    return User.objects.filter(is_staff=True, is_active=True).exclude(authenticator__type="totp")


def _open_invitations(user: Any, at: Any) -> Any:
    return StaffInvitation.objects.open(at)


def _open_closings(user: Any, at: Any) -> Any:
    return Closing.objects.open()


def _held_closings(user: Any, at: Any) -> Any:
    return Closing.objects.held()


def _expiring_tokens(user: Any, at: Any) -> Any:
    return ServiceClient.objects.live(at).filter(expires_at__lte=at + EXPIRES_SOON)


QUEUES = [
    WorkQueue(
        name="people",
        section=Section.ACCOUNTS,
        label=_("People"),
        url=lambda: reverse("admin:accounts_user_changelist"),
        permission="accounts.view_user",
    ),
    WorkQueue(
        name="accounts",
        section=Section.ACCOUNTS,
        label=_("Accounts"),
        url=lambda: reverse("admin:accounts_account_changelist"),
        permission="accounts.view_account",
    ),
    WorkQueue(
        name="keys",
        section=Section.ACCOUNTS,
        label=_("API keys"),
        url=lambda: reverse("admin:accounts_apikey_changelist"),
        permission="accounts.view_apikey",
    ),
    WorkQueue(
        name="agreements",
        section=Section.ACCOUNTS,
        label=_("Agreements"),
        url=lambda: reverse("admin:accounts_agreementversion_changelist"),
        permission="accounts.view_agreementversion",
    ),
    WorkQueue(
        name="closings",
        section=Section.ACCOUNTS,
        label=_("Leaving"),
        url=lambda: reverse("admin:accounts_closing_changelist") + "?state=open",
        count=_open_closings,
        permission="accounts.view_closing",
    ),
    WorkQueue(
        name="held_closings",
        section=Section.COMPLIANCE,
        label=_("Closings on legal hold"),
        url=lambda: reverse("admin:accounts_closing_changelist") + "?state=held",
        count=_held_closings,
        permission="accounts.hold_closing",
    ),
    WorkQueue(
        name="name_terms",
        section=Section.COMPLIANCE,
        label=_("Terms for names"),
        url=lambda: reverse("admin:accounts_nameterm_changelist"),
        permission="accounts.view_nameterm",
    ),
    WorkQueue(
        name="service_clients",
        section=Section.SYSTEM,
        label=_("Tokens about to expire"),
        url=lambda: reverse("admin:accounts_serviceclient_changelist") + "?standing=expiring",
        count=_expiring_tokens,
        permission="accounts.view_serviceclient",
        hot=True,
    ),
    WorkQueue(
        name="staff_without_factor",
        section=Section.SYSTEM,
        label=_("Staff without second factor"),
        url=lambda: reverse("admin:accounts_user_changelist") + "?staff=without_factor",
        count=_without_factor,
        permission="accounts.offboard_staff",
    ),
    WorkQueue(
        name="staff_invitations",
        section=Section.SYSTEM,
        label=_("Staff invitations"),
        url=lambda: reverse("admin:accounts_staffinvitation_changelist"),
        count=_open_invitations,
        permission="accounts.view_staffinvitation",
    ),
]


def register() -> None:
    """Called once, when the app is ready."""
    for queue in QUEUES:
        work_queues.register(queue)
