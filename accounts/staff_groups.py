"""The groups of staff and what each may do: data in code, copied to the database.

After every migration `sync` makes the database say what is written here and nothing
else: a permission taken out here is gone there, and so is a group made by hand.

Permissions are `app.codename`. Those of apps above are only named: an app that is not
there, or has no records yet, is passed over; a misspelt codename stops the migration.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import User
from common.exceptions import NotRegistered


@dataclass(frozen=True, kw_only=True)
class StaffGroup:
    """A group. `sees` are apps whose records of every kind its members may look at."""

    name: str
    label: str | Promise
    sees: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


CUSTOMERS = (
    "accounts.view_user",
    "accounts.view_account",
    "accounts.view_membership",
    "accounts.view_acceptance",
    "accounts.view_apikey",
    "accounts.view_service",
    "accounts.view_inferencemodel",
    "accounts.view_region",
    "accounts.view_restriction",
    "accounts.view_lifting",
    "accounts.view_condition",
    "accounts.view_platformrestriction",
    "accounts.view_platformlifting",
    "accounts.view_offering",
    "accounts.view_offeringwithdrawal",
    "accounts.view_versioninforce",
    "accounts.view_closing",
    "accounts.view_closingcancellation",
    "accounts.view_closure",
    "accounts.view_objection",
    "accounts.view_objectionwithdrawal",
    "accounts.view_continueduse",
    "accounts.view_serviceuse",
    "accounts.view_agreementdocument",
    "accounts.view_agreementversion",
    "accounts.view_clause",
    "accounts.view_authoritydeclaration",
    "accounts.view_invitation",
    "accounts.view_transfer",
    "accounts.view_transferstep",
    "accounts.view_activity",
    "accounts.view_capacitydeclaration",
    "accounts.view_usedeclaration",
    "accounts.view_labelapplication",
    "accounts.view_labelundertaking",
    "accounts.view_labelexemption",
)

STAFF_GROUPS = (
    StaffGroup(
        name="support",
        label=_("Support"),
        sees=("notices",),
        may=(
            *CUSTOMERS,
            "compliance.view_case",
            "compliance.work_on_case",
            "compliance.escalate_case",
            "accounts.change_user",
            "accounts.change_account",
            "accounts.revoke_apikey",
            "accounts.view_phonerecovery",
            "accounts.view_recoverycheck",
            "accounts.work_on_recovery",
            "accounts.propose_transfer",
            "accounts.view_guardianconsent",
            "accounts.withdraw_guardianconsent",
            "notices.act_on_gateatrisk",
            "notices.add_killswitch",
            "notices.add_suppression",
            "notices.add_suppressionlifting",
            "notices.issue_certificate",
            "compliance.view_report",
            "compliance.view_reportoutcome",
            "compliance.view_platformsignal",
            "compliance.add_report",
        ),
    ),
    StaffGroup(
        name="billing",
        label=_("Billing"),
        sees=("billing",),
        may=(
            *CUSTOMERS,
            "accounts.change_account",
            "billing.request_postingrequest",
            "billing.add_invoice",
            "billing.read_refundconsent",
            "billing.export_journal",
            "billing.add_bankmapping",
            "billing.change_bankmapping",
            "billing.request_periodclose",
        ),
    ),
    StaffGroup(
        name="compliance",
        label=_("Compliance"),
        sees=("accounts", "notices", "compliance"),
        may=(
            "compliance.work_on_case",
            "compliance.escalate_case",
            "compliance.propose_decision",
            "compliance.read_evidence",
            "accounts.revoke_apikey",
            "accounts.propose_transfer",
            "accounts.propose_labelexemption",
            "accounts.revoke_labelexemption",
            "accounts.withdraw_guardianconsent",
            "accounts.hold_closing",
            "accounts.sever_clause",
            "accounts.read_outbox",
            "notices.add_servicechange",
            "notices.change_servicechange",
            "notices.propose_servicechange",
            "notices.withdraw_servicechange",
            "notices.postpone_servicechange",
            "notices.act_on_gateatrisk",
            "notices.issue_certificate",
            "notices.lift_servicechange",
            "notices.add_template",
            "notices.add_killswitch",
            "notices.add_suppression",
            "notices.add_suppressionlifting",
            "notices.add_providertemplate",
            "notices.change_providertemplate",
            "compliance.add_report",
            "compliance.read_report_contact",
            "compliance.tell_reporter",
            "common.view_calendaryear",
            "common.view_calendarday",
            "compliance.add_policyversion",
            "compliance.add_policybinding",
        ),
    ),
    StaffGroup(
        name="supervisor",
        label=_("Supervisor"),
        sees=("accounts", "notices", "billing", "compliance"),
        may=(
            "compliance.work_on_case",
            "compliance.escalate_case",
            "compliance.see_confidential_case",
            "compliance.propose_decision",
            "compliance.approve_decision",
            "compliance.decide_appeal",
            "compliance.read_evidence",
            "compliance.grant_evidence",
            "accounts.change_user",
            "accounts.change_account",
            "accounts.change_service",
            "accounts.add_service",
            "accounts.add_inferencemodel",
            "accounts.change_inferencemodel",
            "accounts.add_region",
            "accounts.change_region",
            "accounts.add_nameterm",
            "accounts.change_nameterm",
            "accounts.revoke_apikey",
            "accounts.propose_transfer",
            "accounts.consent_transfer",
            "accounts.propose_labelexemption",
            "accounts.approve_labelexemption",
            "accounts.revoke_labelexemption",
            "accounts.withdraw_guardianconsent",
            "accounts.hold_closing",
            "accounts.read_keptidentity",
            "accounts.invite_staff",
            "accounts.offboard_staff",
            "accounts.assign_staff_groups",
            "accounts.reset_second_factor",
            "accounts.work_on_recovery",
            "accounts.approve_recovery",
            "accounts.issue_serviceclient",
            "accounts.revoke_serviceclient",
            "accounts.remove_gateway",
            "accounts.read_outbox",
            "notices.approve_servicechange",
            "notices.withdraw_servicechange",
            "notices.postpone_servicechange",
            "notices.act_on_gateatrisk",
            "notices.issue_certificate",
            "notices.add_template",
            "notices.add_leadpolicy",
            "notices.add_killswitch",
            "notices.add_suppression",
            "notices.add_suppressionlifting",
            "notices.add_providertemplate",
            "notices.change_providertemplate",
            "notices.add_providerorder",
            "notices.change_providerorder",
            "notices.add_providerlimit",
            "notices.change_providerlimit",
            "notices.add_quiethours",
            "notices.change_quiethours",
            "billing.request_postingrequest",
            "billing.approve_postingrequest",
            "billing.add_invoice",
            "billing.read_refundconsent",
            "billing.export_journal",
            "billing.add_bankmapping",
            "billing.change_bankmapping",
            "billing.request_periodclose",
            "billing.approve_periodclose",
            "compliance.add_report",
            "compliance.read_report_contact",
            "compliance.tell_reporter",
            "common.view_calendaryear",
            "common.view_calendarday",
            "common.add_calendaryear",
            "common.add_calendarday",
            "common.change_calendaryear",
            "common.change_calendarday",
            "compliance.add_policyversion",
            "compliance.add_policybinding",
            "compliance.change_catch_all",
            "common.view_sealblock",
            "common.view_sealverification",
            "admin.view_logentry",
            "auth.view_group",
        ),
    ),
    StaffGroup(
        name="auditor",
        label=_("Auditor"),
        sees=("accounts", "notices", "billing", "compliance", "common"),
        may=(
            "billing.read_refundconsent",
            "billing.export_journal",
            "admin.view_logentry",
            "auth.view_group",
        ),
    ),
)


def label_of(name: str) -> str:
    """A group's name as people read it; its own for one that is not written here."""
    labels = {group.name: group.label for group in STAFF_GROUPS}
    return str(labels.get(name, name))


def _is_there(app: str) -> bool:
    """Whether the app is installed and has records, so that it has permissions."""
    return apps.is_installed(app) and bool(list(apps.get_app_config(app).get_models()))


def sync(using: str = "default") -> None:
    """Makes the groups in the database those written here. Raises `NotRegistered`."""
    named = {permission.partition(".")[0] for group in STAFF_GROUPS for permission in group.may}
    for app in sorted(named | {app for group in STAFF_GROUPS for app in group.sees}):
        # Django makes them after this app's turn; here they are needed now.
        if app in {config.label for config in apps.get_app_configs()}:
            create_permissions(apps.get_app_config(app), verbosity=0, using=using)
    with transaction.atomic(using=using):
        for group in STAFF_GROUPS:
            row, _made = Group.objects.using(using).get_or_create(name=group.name)
            row.permissions.set(_permissions(group, using))
        names = [group.name for group in STAFF_GROUPS]
        Group.objects.using(using).exclude(name__in=names).delete()


def _permissions(group: StaffGroup, using: str) -> list[Permission]:
    every = Permission.objects.using(using).select_related("content_type")
    found = list(every.filter(content_type__app_label__in=group.sees, codename__startswith="view_"))
    known = {f"{one.content_type.app_label}.{one.codename}": one for one in every}
    for permission in group.may:
        if permission in known:
            found.append(known[permission])
        elif _is_there(_app_name(permission.partition(".")[0])):
            raise NotRegistered(
                _("Group “%(group)s” names the permission “%(permission)s”, which does not exist.")
                % {"group": group.name, "permission": permission}
            )
    return found


def _app_name(label: str) -> str:
    return next((one.name for one in apps.get_app_configs() if one.label == label), label)


@transaction.atomic
def assign(*, user: User, groups: Iterable[Group], actor: User, reason: str) -> list[str]:
    """Puts a member of staff into exactly these groups; returns their names.

    Written to the log with the reason. Raises `NotAllowed`, `ReasonMissing`.
    """
    if user.pk == actor.pk:
        raise NotAllowed(_("Nobody changes their own groups: ask a colleague."))
    if not (user.is_staff and user.is_active):
        raise NotAllowed(_("Only active members of staff belong to groups: invite them first."))
    if not reason.strip():
        raise ReasonMissing(_("Say why this person's groups change."))
    before = sorted(user.groups.values_list("name", flat=True))
    user.groups.set(groups)
    after = sorted(user.groups.values_list("name", flat=True))
    LogEntry.objects.create(
        user=actor,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr=str(user)[:200],
        action_flag=2,
        change_message=f"{', '.join(before) or '–'} → {', '.join(after) or '–'}: {reason.strip()}",
    )
    return after
