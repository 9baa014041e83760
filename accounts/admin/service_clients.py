"""Other systems of the platform and their tokens."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.exceptions import NotAllowed
from accounts.models import ServiceClient
from accounts.search import key_state
from accounts.work_queues import EXPIRES_SOON
from common import clock
from common.admin import (
    EvidenceAdmin,
    Headline,
    Outcome,
    ReasonForm,
    SevereAct,
    mono,
    pill,
)
from common.languages import listed
from common.moments import validate_moment


class IssueForm(ReasonForm):
    name = forms.CharField(label=gettext_lazy("Name of the calling system"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=ServiceClient.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Expires on"),
        required=False,
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: never."),
    )
    field_order = ["name", "scopes", "expires_on", "reason"]

    def clean_name(self):
        name = self.cleaned_data["name"]
        if ServiceClient.objects.filter(name=name).exists():
            raise forms.ValidationError(_("Another client has this name. Choose a new one."))
        return name


class IssueToken(SevereAct):
    name = "issue"
    label = gettext_lazy("Issue a token…")
    heading = gettext_lazy("Issue a service token")
    explanation = gettext_lazy("The token is shown once. Only its hash is kept.")
    confirm = gettext_lazy("Issue it")
    permission = "accounts.issue_serviceclient"
    form_class = IssueForm
    on_record = False
    dangerous = False

    def perform(self, record, *, actor, answers):
        client, secret = ServiceClient.issue(
            name=answers["name"],
            scopes=answers["scopes"],
            created_by=actor,
            expires_at=_end_of(answers["expires_on"]),
        )
        sentence = _("Token of %(name)s.") % {"name": client.name}
        return Outcome(sentence, secret=secret, made=client)


def _end_of(day):
    """The moment at which that day, in the page's time zone, is over."""
    if day is None:
        return None
    moment = forms.DateTimeField().clean(f"{day} 23:59:59")
    if moment <= clock.now():
        raise NotAllowed(_("That day is over. Choose a later one."))
    return moment


class RevokeToken(SevereAct):
    name = "revoke"
    label = gettext_lazy("Revoke…")
    heading = gettext_lazy("Revoke service tokens")
    confirm = gettext_lazy("Revoke")
    permission = "accounts.revoke_serviceclient"
    on_selection = True

    def offered(self, client):
        return client.revoked_at is None

    def preview(self, client):
        if client.revoked_at:
            return _("Was revoked before; nothing will change.")
        return _("The API refuses this system from this moment on.")

    def perform(self, client, *, actor, answers):
        client.revoke(at=clock.now())
        return Outcome(_("The token of %(name)s is revoked.") % {"name": client.name})


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [("live", _("usable")), ("expiring", _("about to expire"))]

    def queryset(self, request, queryset):
        at = clock.now()
        match self.value():
            case "live":
                return queryset.live(at)
            case "expiring":
                return queryset.live(at).filter(expires_at__lte=at + EXPIRES_SOON)
        return queryset


@admin.register(ServiceClient)
class ServiceClientAdmin(EvidenceAdmin):
    list_display = ["name", "shown_prefix", "may", "state", "created_by", "expires_at"]
    list_select_related = ["created_by"]
    list_filter = [StandingFilter]
    search_fields = ["name__matches", "prefix", "public_id"]
    fields = [
        "name",
        "identifier",
        "shown_prefix",
        "may",
        "created_by",
        "created_at",
        "expires_at",
        "revoked_at",
    ]
    readonly_fields = ["identifier", "shown_prefix", "may"]
    states_at_reading = True
    severe_acts = [IssueToken(), RevokeToken()]

    @admin.display(description=gettext_lazy("prefix"))
    def shown_prefix(self, client):
        return mono(f"{client.prefix}…")

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, client):
        return mono(client.public_id)

    @admin.display(description=gettext_lazy("it may"))
    def may(self, client):
        labels = dict(ServiceClient.Scope.choices)
        return listed(labels.get(scope, scope) for scope in client.scopes)

    @admin.display(description=gettext_lazy("state"))
    def state(self, client):
        return pill(*key_state(client, client.read_at))

    def headline(self, client):
        return Headline(pills=[key_state(client, client.read_at)], facts=[mono(client.public_id)])
