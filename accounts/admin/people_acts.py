"""Acts on people that need a reason."""

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import contact_email, second_factor, staff, staff_groups
from accounts.exceptions import NotAllowed
from common.admin import Outcome, ReasonForm, SevereAct
from common.languages import listed


class GroupsField(forms.ModelMultipleChoiceField):
    """The groups of staff, as boxes to tick, by their names in the page's language."""

    def __init__(self, **options):
        super().__init__(
            queryset=Group.objects.order_by("name"),
            widget=forms.CheckboxSelectMultiple,
            label=gettext_lazy("Groups"),
            **options,
        )

    def label_from_instance(self, group):
        return staff_groups.label_of(group.name)


class NewEmailForm(ReasonForm):
    address = forms.EmailField(label=gettext_lazy("New e-mail address"), max_length=254)
    field_order = ["address", "reason"]


class ChangeEmail(SevereAct):
    name = "change_email"
    label = gettext_lazy("Change e-mail…")
    heading = gettext_lazy("Change the contact e-mail")
    explanation = gettext_lazy(
        "A link goes to the new address. The old one stays until the link is followed."
    )
    confirm = gettext_lazy("Send the link")
    permission = "accounts.change_user"

    form_class = NewEmailForm
    dangerous = False

    def offered(self, person):
        return person.closed_at is None

    def preview(self, person):
        return _("Now: %(address)s") % {"address": person.contact_email or _("none")}

    def perform(self, person, *, actor, answers):
        token = contact_email.make_token(user=person, address=answers["address"])
        link = settings.SITE_URL.rstrip("/") + reverse("confirm_contact_email", args=[token])
        contact_email.send_link(user=person, address=answers["address"], link=link)
        return Outcome(_("A link was sent to %(address)s.") % {"address": answers["address"]})


class GroupsForm(ReasonForm):
    groups = GroupsField(required=False)
    field_order = ["groups", "reason"]


class AssignGroups(SevereAct):
    name = "assign_groups"
    label = gettext_lazy("Groups…")
    heading = gettext_lazy("Change groups")
    confirm = gettext_lazy("Change groups")
    permission = "accounts.assign_staff_groups"
    form_class = GroupsForm
    dangerous = False

    def offered(self, person):
        return person.is_staff and person.is_active

    def make_form(self, request, records):
        data = request.POST if request.method == "POST" else None
        return GroupsForm(data, initial={"groups": records[0].groups.all()})

    def preview(self, person):
        names = [staff_groups.label_of(one.name) for one in person.groups.order_by("name")]
        return _("Now in: %(groups)s") % {"groups": listed(names) or _("no group")}

    def perform(self, person, *, actor, answers):
        names = staff_groups.assign(
            user=person, groups=answers["groups"], actor=actor, reason=answers["reason"]
        )
        labels = listed(map(staff_groups.label_of, names)) or _("no group")
        return Outcome(
            _("%(person)s is now in: %(groups)s.") % {"person": person, "groups": labels}
        )


class ResetSecondFactor(SevereAct):
    name = "reset_second_factor"
    label = gettext_lazy("Reset second factor…")
    heading = gettext_lazy("Reset the second factor")
    explanation = gettext_lazy(
        "For a lost phone. Make sure who asks: speak to them, do not answer a message."
    )
    confirm = gettext_lazy("Reset it")
    permission = "accounts.reset_second_factor"

    def offered(self, person):
        return second_factor.has_one(person)

    def preview(self, person):
        return _(
            "The authenticator and the recovery codes stop working. "
            "Staff must set up new ones before the back office opens again."
        )

    def perform(self, person, *, actor, answers):
        if person.pk == actor.pk:
            raise NotAllowed(_("Nobody resets their own second factor here: ask a colleague."))
        staff.reset_second_factor(user=person)
        return Outcome(_("The second factor of %(person)s was reset.") % {"person": person})


class Offboard(SevereAct):
    name = "offboard"
    label = gettext_lazy("Off-board…")
    heading = gettext_lazy("Off-board a member of staff")
    confirm = gettext_lazy("Off-board")
    permission = "accounts.offboard_staff"
    on_selection = True

    def offered(self, person):
        return person.is_staff or person.is_superuser

    def preview(self, person):
        groups = [staff_groups.label_of(one.name) for one in person.groups.order_by("name")]
        stays = person.memberships.exists()
        return _(
            "Loses at once: %(groups)s, all sessions, the second factor and "
            "open invitations. %(after)s"
        ) % {
            "groups": listed(groups) or _("no group"),
            "after": _("Stays a customer.") if stays else _("Cannot sign in any more."),
        }

    def perform(self, person, *, actor, answers):
        staff.offboard(user=person, offboarded_by=actor, reason=answers["reason"])
        return Outcome(_("%(person)s was off-boarded.") % {"person": person})
