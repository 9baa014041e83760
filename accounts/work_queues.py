"""What accounts contributes to the side bar."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    Closing,
    Gateway,
    LabelApplication,
    LabelProposal,
    PhoneRecovery,
    ServiceClient,
    StaffInvitation,
    Transfer,
    TransferStep,
    User,
)
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
    return ServiceClient.objects.live(at).without_a_token_after(at + EXPIRES_SOON)


def _gateways_in_trouble(user: Any, at: Any) -> Any:
    return Gateway.objects.in_trouble(at)


def _recoveries_to_look_into(user: Any, at: Any) -> Any:
    return PhoneRecovery.objects.to_look_into()


def _recoveries_to_decide(user: Any, at: Any) -> Any:
    """Not those that this person proposed."""
    return PhoneRecovery.objects.to_decide().exclude(proposals__proposed_by=user.pk)


def _transfers_to_propose(user: Any, at: Any) -> Any:
    return Transfer.objects.to_propose()


def _transfers_to_approve(user: Any, at: Any) -> Any:
    own = TransferStep.objects.filter(kind=TransferStep.Kind.PROPOSED, by=user.pk)
    return Transfer.objects.to_approve().exclude(pk__in=own.values("transfer"))


def _labels_to_propose(user: Any, at: Any) -> Any:
    return LabelApplication.objects.to_propose()


def _labels_to_approve(user: Any, at: Any) -> Any:
    """Not those that this person proposed last."""
    later = LabelProposal.objects.filter(application=OuterRef("application"), pk__gt=OuterRef("pk"))
    own = LabelProposal.objects.filter(~Exists(later), proposed_by=user.pk)
    return LabelApplication.objects.to_approve().exclude(pk__in=own.values("application"))


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
        name="recoveries_to_decide",
        section=Section.ACCOUNTS,
        label=_("Changes of phone to decide"),
        url=lambda: reverse("admin:accounts_phonerecovery_changelist") + "?step=proposed",
        count=_recoveries_to_decide,
        permission="accounts.approve_recovery",
        hot=True,
    ),
    WorkQueue(
        name="recoveries",
        section=Section.ACCOUNTS,
        label=_("Lost phones"),
        url=lambda: reverse("admin:accounts_phonerecovery_changelist") + "?step=asked",
        count=_recoveries_to_look_into,
        permission="accounts.view_phonerecovery",
        hot=True,
    ),
    WorkQueue(
        name="keys",
        section=Section.ACCOUNTS,
        label=_("API keys"),
        url=lambda: reverse("admin:accounts_apikey_changelist"),
        permission="accounts.view_apikey",
    ),
    WorkQueue(
        name="transfers_to_propose",
        section=Section.ACCOUNTS,
        label=_("Transfers to look at"),
        url=lambda: reverse("admin:accounts_transfer_changelist") + "?standing=to_propose",
        count=_transfers_to_propose,
        permission="accounts.propose_transfer",
    ),
    WorkQueue(
        name="transfers_to_approve",
        section=Section.ACCOUNTS,
        label=_("Transfers to consent to"),
        url=lambda: reverse("admin:accounts_transfer_changelist") + "?standing=to_approve",
        count=_transfers_to_approve,
        permission="accounts.consent_transfer",
        hot=True,
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
        name="labels_to_propose",
        section=Section.COMPLIANCE,
        label=_("Label exemptions to look at"),
        url=lambda: reverse("admin:accounts_labelapplication_changelist") + "?standing=to_propose",
        count=_labels_to_propose,
        permission="accounts.propose_labelexemption",
        hot=True,
    ),
    WorkQueue(
        name="labels_to_approve",
        section=Section.COMPLIANCE,
        label=_("Label exemptions to grant"),
        url=lambda: reverse("admin:accounts_labelapplication_changelist") + "?standing=to_approve",
        count=_labels_to_approve,
        permission="accounts.approve_labelexemption",
        hot=True,
    ),
    WorkQueue(
        name="label_exemptions",
        section=Section.COMPLIANCE,
        label=_("Label exemptions in force"),
        url=lambda: reverse("admin:accounts_labelexemption_changelist") + "?standing=standing",
        permission="accounts.view_labelexemption",
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
        name="gateways",
        section=Section.SYSTEM,
        label=_("Gateways"),
        url=lambda: reverse("admin:accounts_gateway_changelist"),
        count=_gateways_in_trouble,
        permission="accounts.view_gateway",
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
