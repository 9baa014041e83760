"""What staff do with other systems of the platform and their tokens."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import service_clients
from accounts.models import ServiceClient
from accounts.models.service_clients import MOST_PER_MINUTE
from common import clock
from common.admin import Outcome, ReasonForm, SevereAct
from common.languages import listed
from common.moments import validate_moment
from common.networks import normalised

MOST_NETWORKS = 100


class NetworksField(forms.CharField):
    """Addresses and networks, one a line; the value is a list as `normalised` writes them."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        lines = (super().to_python(value) or "").replace(",", "\n").split()
        if len(lines) > MOST_NETWORKS:
            raise forms.ValidationError(
                _("Name at most %(most)d networks.") % {"most": MOST_NETWORKS}
            )
        return list(dict.fromkeys(map(self._network, lines)))

    def _network(self, line):
        try:
            return normalised(line)
        except ValueError:
            raise forms.ValidationError(
                _("“%(line)s” is no address and no network, such as 203.0.113.0/24.")
                % {"line": line[:60]}
            ) from None


class BoundsForm(ReasonForm):
    """What a client may do, from where and how often."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=ServiceClient.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    allowed_addresses = NetworksField(
        label=gettext_lazy("Only from these addresses"),
        required=False,
        help_text=gettext_lazy(
            "Addresses or networks such as 203.0.113.0/24, one a line. Empty: from anywhere."
        ),
    )
    requests_per_minute = forms.IntegerField(
        label=gettext_lazy("Requests per minute, at most"),
        min_value=1,
        max_value=MOST_PER_MINUTE,
        initial=60_000,
        help_text=gettext_lazy(
            "Of all its processes together, in each minute of the clock. Whoever asks more "
            "often is told when to come back."
        ),
    )
    field_order = ["scopes", "allowed_addresses", "requests_per_minute", "reason"]


class ExpiryForm(ReasonForm):
    expires_on = forms.DateField(
        label=gettext_lazy("Expires on"),
        required=False,
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: never."),
    )

    def clean_expires_on(self):
        """The moment at which that day, in the page's time zone, is over."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        ends = forms.DateTimeField().clean(f"{day} 23:59:59")
        if ends <= clock.now():
            raise forms.ValidationError(_("That day is over. Choose a later one."))
        return ends


class IssueForm(BoundsForm, ExpiryForm):
    name = forms.CharField(label=gettext_lazy("Name of the calling system"), max_length=80)
    field_order = [
        "name",
        "scopes",
        "allowed_addresses",
        "requests_per_minute",
        "expires_on",
        "reason",
    ]

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
            allowed_addresses=answers["allowed_addresses"],
            requests_per_minute=answers["requests_per_minute"],
            created_by=actor,
            expires_at=answers["expires_on"],
        )
        sentence = _("Token of %(name)s.") % {"name": client.name}
        return Outcome(sentence, secret=secret, made=client)


# In hours: a system that reads its token from a vault needs minutes, one that is delivered weeks.
OVERLAPS = [
    (0, gettext_lazy("not at all: it ends at once")),
    (1, gettext_lazy("for an hour")),
    (24, gettext_lazy("for a day")),
    (7 * 24, gettext_lazy("for a week")),
    (30 * 24, gettext_lazy("for 30 days")),
]


class RotateForm(ExpiryForm):
    overlap = forms.TypedChoiceField(
        label=gettext_lazy("The current token goes on working"),
        choices=OVERLAPS,
        coerce=int,
        initial=7 * 24,
    )
    field_order = ["overlap", "expires_on", "reason"]


class RotateToken(SevereAct):
    name = "rotate"
    label = gettext_lazy("New token…")
    heading = gettext_lazy("Rotate a service token")
    explanation = gettext_lazy(
        "The new token is shown once. Until the current one ends, the system may use either."
    )
    confirm = gettext_lazy("Make the new token")
    permission = "accounts.issue_serviceclient"
    form_class = RotateForm
    dangerous = False

    def offered(self, client):
        return client.revoked_at is None

    def preview(self, client):
        at = clock.now()
        live = [token for token in client.tokens.all() if token.works(at)]
        if not live:
            return _("No token of it works now. The new one is its only one.")
        return ngettext(
            "%(tokens)s works now. It ends after the overlap, or when it would have ended anyway.",
            "%(tokens)s work now. They end after the overlap, or when they would have ended "
            "anyway.",
            len(live),
        ) % {"tokens": listed(map(str, live))}

    def perform(self, client, *, actor, answers):
        token, secret = service_clients.rotate(
            client=client,
            by=actor,
            overlap=timedelta(hours=answers["overlap"]),
            expires_at=answers["expires_on"],
            at=clock.now(),
        )
        answers["made"] = str(token)
        return Outcome(_("New token of %(name)s.") % {"name": client.name}, secret=secret)

    def logged(self, answers):
        return f"{super().logged(answers)} ({answers['made']})"


class ChangeBounds(SevereAct):
    name = "bounds"
    label = gettext_lazy("Scopes and bounds…")
    heading = gettext_lazy("Change scopes and bounds")
    explanation = gettext_lazy("Counts from the system's next request on, for all its tokens.")
    confirm = gettext_lazy("Change them")
    permission = "accounts.issue_serviceclient"
    form_class = BoundsForm
    dangerous = False

    def offered(self, client):
        return client.revoked_at is None

    def make_form(self, request, records):
        data = request.POST if request.method == "POST" else None
        (client, *_others) = records
        names = ("scopes", "allowed_addresses", "requests_per_minute")
        return BoundsForm(data, initial={name: getattr(client, name) for name in names})

    def preview(self, client):
        return _("Now: %(bounds)s") % {"bounds": in_words(client)}

    def perform(self, client, *, actor, answers):
        before = in_words(client)
        service_clients.set_bounds(
            client=client,
            scopes=answers["scopes"],
            allowed_addresses=answers["allowed_addresses"],
            requests_per_minute=answers["requests_per_minute"],
        )
        answers["change"] = f"{before} → {in_words(client)}"
        return Outcome(_("%(name)s now: %(bounds)s") % {"name": client, "bounds": in_words(client)})

    def logged(self, answers):
        return f"{super().logged(answers)} ({answers['change']})"


class RevokeToken(SevereAct):
    name = "revoke"
    label = gettext_lazy("Revoke…")
    heading = gettext_lazy("Revoke service tokens")
    explanation = gettext_lazy("A revoked system never comes back. Issue a token for a new one.")
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
        return Outcome(_("%(name)s is revoked, with every token it has.") % {"name": client.name})


class EndToken(SevereAct):
    name = "end"
    label = gettext_lazy("End this token…")
    heading = gettext_lazy("End a service token")
    explanation = gettext_lazy("The system's other token goes on. To end all, revoke the system.")
    confirm = gettext_lazy("End the token")
    permission = "accounts.revoke_serviceclient"

    def offered(self, token):
        return token.client.revoked_at is None and token.works(clock.now())

    def preview(self, token):
        others = [
            other
            for other in token.client.tokens.live(clock.now())
            if other.pk != token.pk and token.client.revoked_at is None
        ]
        if not others:
            return _("%(name)s is refused from this moment on: it has no other token.") % {
                "name": token.client
            }
        return _("%(name)s is refused with it from this moment on; %(other)s goes on.") % {
            "name": token.client,
            "other": listed(map(str, others)),
        }

    def perform(self, token, *, actor, answers):
        service_clients.end_token(token=token, at=clock.now())
        return Outcome(_("Token %(prefix)s has ended.") % {"prefix": token})


def in_words(client):
    """Scopes and bounds of a client in one line."""
    return _("%(scopes)s; from %(addresses)s; %(most)s requests a minute") % {
        "scopes": scopes_in_words(client),
        "addresses": listed(client.allowed_addresses) or _("anywhere"),
        "most": f"{client.requests_per_minute:,}",
    }


def scopes_in_words(client):
    labels = dict(ServiceClient.Scope.choices)
    return listed(labels.get(scope, scope) for scope in client.scopes)
