"""How staff come and go, and what each group may do."""

# These register records that belong to nobody's desk; imported first, to be taken back.
import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts import staff
from accounts.admin.people_acts import GroupsField
from accounts.models import Offboarding, StaffInvitation
from accounts.staff_groups import label_of
from common import clock
from common.admin import EvidenceAdmin, Outcome, ReasonForm, SevereAct, pill
from common.admin.paginators import LimitedPaginator, counted

# Second factors are reset, sessions ended, groups written by `accounts.staff_groups`; logins
# elsewhere are shown by `accounts.admin.connected_logins`, their tokens nowhere.
for model in (
    Group,
    EmailAddress,
    Authenticator,
    UserSession,
    SocialAccount,
    SocialApp,
    SocialToken,
):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class InvitationForm(ReasonForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    groups = GroupsField()
    field_order = ["name", "email", "groups", "reason"]


class Invite(SevereAct):
    name = "invite"
    label = gettext_lazy("Invite…")
    heading = gettext_lazy("Invite a member of staff")
    explanation = gettext_lazy(
        "They get a link that works once. They choose a phone and a password and set up "
        "a second factor before the back office opens."
    )
    confirm = gettext_lazy("Send the invitation")
    permission = "accounts.invite_staff"
    form_class = InvitationForm
    on_record = False
    dangerous = False

    def perform(self, record, *, actor, answers):
        invitation = staff.invite(
            email=answers["email"],
            name=answers["name"],
            groups=answers["groups"],
            invited_by=actor,
            at=clock.now(),
        )
        return Outcome(_("%(name)s was invited.") % {"name": invitation.name}, made=invitation)


@admin.register(StaffInvitation)
class StaffInvitationAdmin(EvidenceAdmin):
    list_display = ["name", "email", "state", "invited_by", "invited_at", "expires_at"]
    list_select_related = ["invited_by"]
    ordering = ["-pk"]
    states_at_reading = True
    severe_acts = [Invite()]

    @admin.display(description=gettext_lazy("state"))
    def state(self, invitation):
        if invitation.accepted_at:
            return pill(pgettext("invitation", "accepted"), "good")
        if invitation.withdrawn_at:
            return pill(_("withdrawn"))
        if invitation.expires_at <= invitation.read_at:
            return pill(_("expired"))
        return pill(_("open"), "warn")


@admin.register(Offboarding)
class OffboardingAdmin(EvidenceAdmin):
    list_display = ["user", "offboarded_by", "reason", "recorded_at"]
    list_select_related = ["user", "offboarded_by"]
    ordering = ["-pk"]


@admin.register(Group)
class GroupAdmin(EvidenceAdmin):
    """Groups are written in code (`accounts.staff_groups`); here one reads them."""

    list_display = ["label", "people"]
    fields = ["label", "may"]
    readonly_fields = ["label", "may"]

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def label(self, group):
        return label_of(group.name)

    @admin.display(description=gettext_lazy("people"))
    def people(self, group):
        return counted(group.user_set.filter(is_active=True), LimitedPaginator.COUNTED_TO)

    @admin.display(description=gettext_lazy("may"))
    def may(self, group):
        # Histories are read on the page of what they are of, not as records.
        rows = group.permissions.exclude(content_type__model__startswith="historical")
        rows = rows.select_related("content_type")
        return "\n".join(map(words_for, rows))


ACTIONS = {
    "view": gettext_lazy("see: %(what)s"),
    "add": gettext_lazy("add: %(what)s"),
    "change": gettext_lazy("change: %(what)s"),
    "delete": gettext_lazy("delete: %(what)s"),
}


def words_for(permission):
    """A permission as people say it: Django's four by model, ours by their own sentence."""
    action, _rest, model_name = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if action in ACTIONS and model is not None and model_name == permission.content_type.model:
        return ACTIONS[action] % {"what": model._meta.verbose_name}
    return _(permission.name)
