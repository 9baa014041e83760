"""The act "propose a decision…" on a case: the form, what it would come to, then the proposal."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.limits import METRICS
from accounts.models import Account, ApiKey, InferenceModel, Region, Service
from billing.admin.form_fields import YuanField
from billing.money import shown
from common.admin import Detail, Outcome
from common.clock import now
from common.moments import validate_moment
from compliance import blast, decisions, names, superseding
from compliance.admin.case_acts import CaseAct
from compliance.decisions import Findings, Measures
from compliance.models import Action, Case, ContentOrder, Decision, Policy
from compliance.models.policies import LONGEST_TERM

LIMIT = "limit_"
FORM = "form"
FINDINGS = ("facts_zh_hans", "facts_en", "reasons_zh_hans", "reasons_en")
ORDER = ("what", "target", "instruction", "hours")


def _words(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}))


class DecisionForm(forms.Form):
    """What was found, on which policy, and what follows."""

    account = forms.ModelChoiceField(
        label=gettext_lazy("Account"), queryset=Account.objects.none(), required=False
    )
    policy = forms.ModelChoiceField(label=gettext_lazy("Policy"), queryset=Policy.objects.all())
    conduct_on = forms.DateField(
        label=gettext_lazy("Day of the conduct"),
        required=False,
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The clause that bound the account then is cited as well (14.3)."),
    )
    action = forms.ChoiceField(label=gettext_lazy("Action"), choices=Action.choices)
    service = forms.ModelChoiceField(
        label=gettext_lazy("Only this service"), queryset=Service.objects.all(), required=False
    )
    model = forms.ModelChoiceField(
        label=gettext_lazy("Only this model"), queryset=InferenceModel.objects.all(), required=False
    )
    region = forms.ModelChoiceField(
        label=gettext_lazy("Only this region"), queryset=Region.objects.all(), required=False
    )
    api_keys = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Only these keys"),
        queryset=ApiKey.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    names = forms.MultipleChoiceField(
        label=gettext_lazy("Names that cannot stay"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    amount = YuanField(label=gettext_lazy("Put aside"), required=False)
    what = forms.ChoiceField(
        label=gettext_lazy("The platform is to"),
        choices=[("", "–"), *ContentOrder.What.choices],
        required=False,
    )
    target = forms.CharField(
        label=gettext_lazy("Content, in the platform's terms"), max_length=200, required=False
    )
    instruction = forms.CharField(label=gettext_lazy("Instruction"), max_length=500, required=False)
    hours = forms.IntegerField(
        label=gettext_lazy("Within hours"), min_value=1, required=False, max_value=720
    )
    days = forms.IntegerField(
        label=gettext_lazy("For days"),
        min_value=1,
        max_value=LONGEST_TERM,
        required=False,
        help_text=gettext_lazy("Empty: until it is lifted."),
    )
    at_once = forms.BooleanField(
        label=gettext_lazy("At once, without prior notice"), required=False
    )
    grounds = forms.CharField(
        label=gettext_lazy("Grounds for acting at once"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    generic_sms = forms.BooleanField(
        label=gettext_lazy("SMS only says: log in to read"),
        required=False,
        help_text=gettext_lazy(
            "For providers that have not approved the texts of such a change. The inbox has the "
            "full text all the same."
        ),
    )
    facts_zh_hans = _words(gettext_lazy("Facts in Chinese"))
    facts_en = _words(gettext_lazy("Facts in English"))
    reasons_zh_hans = _words(gettext_lazy("Reasons in Chinese"))
    reasons_en = _words(gettext_lazy("Reasons in English"))
    supersedes = forms.ModelChoiceField(
        label=gettext_lazy("Takes the place of"),
        queryset=Decision.objects.none(),
        required=False,
        help_text=gettext_lazy(
            "It stands no more once this one is approved. What it took away stays away until this "
            "one takes effect."
        ),
    )
    lifts_at_once = forms.BooleanField(
        label=gettext_lazy("Lift what that one took away at once"),
        required=False,
        help_text=gettext_lazy("Only where this one is milder. Nothing holds until it begins."),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = decisions.account_of(case)
        accounts = [pk for pk in (own and own.pk, case.opponent_id) if pk]
        fields: dict[str, Any] = self.fields
        fields["account"].queryset = Account.objects.filter(pk__in=accounts)
        fields["account"].initial = accounts[0] if accounts else None
        fields["api_keys"].queryset = ApiKey.objects.filter(account__in=accounts).usable(now())
        self.own = own
        fields["names"].choices = [
            (which, f"{names.WHOSE[which]}: {name}")
            for which, name in (names.names_of(own) if own else {}).items()
        ]
        fields["policy"].initial = case.policy_id
        standing = Decision.objects.filter(account__in=accounts, approval__isnull=False)
        fields["supersedes"].queryset = standing.order_by("-pk")
        for metric, label in METRICS.items():
            fields[LIMIT + metric] = forms.IntegerField(
                label=_("At most, %s") % label, min_value=1, required=False
            )
        policy = case.policy.current if case.policy else None
        if policy is not None:
            fields["action"].initial = policy.default_action
            fields["days"].initial = policy.default_days
        self.order_fields(self._order())

    def _order(self) -> list[str]:
        limits = [LIMIT + metric for metric in METRICS]
        named = ["account", "policy", "conduct_on", "action", "service", "model", "region"]
        return [
            *named,
            "api_keys",
            *limits,
            "names",
            "amount",
            *ORDER,
            "days",
            "at_once",
            "grounds",
            "generic_sms",
        ]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("names") and given.get("action") != Action.NAME_CANCELLATION:
            self.add_error("names", _("Only where a name is cancelled."))
        # The act hands on what was cleaned and nothing else; the form reads it once more.
        return {**(super().clean() or {}), FORM: self}

    def measures(self) -> Measures:
        """What the valid form says that is to be done."""
        given = self.cleaned_data
        order: dict[str, Any] = {}
        if given["what"] or given["target"]:
            order = {name: given[name] for name in ORDER} | {"hours": given["hours"] or 0}
        if self.own is not None and given["names"]:
            order |= names.order_of(self.own, given["names"])
        limits = {metric: given[LIMIT + metric] for metric in METRICS if given[LIMIT + metric]}
        return Measures(
            action=given["action"],
            service=given["service"],
            model=given["model"],
            region=given["region"],
            api_keys=list(given["api_keys"]),
            limits=limits,
            order=order,
            amount=given["amount"],
            days=given["days"],
            at_once=given["at_once"],
            grounds=given["grounds"],
            generic_sms=given["generic_sms"],
        )

    def findings(self) -> Findings:
        return Findings(**{name: self.cleaned_data[name] for name in FINDINGS})

    def conduct_at(self) -> datetime | None:
        """The last moment of the day of the conduct, in Shanghai."""
        day = self.cleaned_data["conduct_on"]
        return datetime.combine(day, time.max, ZoneInfo("Asia/Shanghai")) if day else None


class Decide(CaseAct):
    name = "decide"
    label = gettext_lazy("Propose a decision…")
    heading = gettext_lazy("Propose a decision")
    explanation = gettext_lazy(
        "You see what it would come to before you propose it. Somebody else approves it."
    )
    confirm = gettext_lazy("Propose")
    permission = "compliance.propose_decision"
    states = (Case.State.INVESTIGATING,)
    needs_fresh_proof = True
    pins_preview = True
    previews_answers = True

    def make_form(self, request: Any, records: Any) -> forms.Form:
        data = request.POST if request.method == "POST" else None
        return DecisionForm(data, case=records[0])

    def detail(self, record: Case, *, actor: Any, form: forms.Form) -> Detail | None:
        assert isinstance(form, DecisionForm)
        if not form.is_bound or not form.is_valid():
            return None
        measures, at = form.measures(), now()
        account = form.cleaned_data["account"]
        decisions.refuse_unfit(measures, account=account, at=at)
        superseding.refuse_unfit(
            before=form.cleaned_data["supersedes"],
            action=measures.action,
            days=measures.days,
            lifts_at_once=form.cleaned_data["lifts_at_once"],
        )
        if account is None:
            return None
        found = blast.preview(account=account, measures=measures, at=at)
        current = form.cleaned_data["policy"].current
        words = {**blast_in_words(found), "usual": current.usual if current else ""}
        html = render_to_string("admin/compliance/decision/blast.html", words)
        return Detail(html=html, pinned=f"{measures!r} {_pinned(found)}")

    def perform(self, record: Case, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        form = answers[FORM]
        decision = decisions.propose(
            case=record,
            proposed_by=actor,
            policy=answers["policy"],
            account=answers["account"],
            conduct_at=form.conduct_at(),
            supersedes=answers["supersedes"],
            lifts_at_once=answers["lifts_at_once"],
            measures=form.measures(),
            findings=form.findings(),
            at=now(),
        )
        return Outcome(
            _("Proposed. Somebody else approves it."),
            url=reverse("admin:compliance_decision_change", args=[decision.pk]),
        )


def _pinned(found: blast.Blast) -> str:
    """What of the preview must not have changed; moments and balances move on by themselves."""
    return (
        f"{found.keys} {found.members} {[one.pk for one in found.told]} {found.services} "
        f"{found.models} {[one.pk for one in found.changes]} "
        f"{[one.pk for one in found.restrictions]} {found.held}"
    )


def blast_in_words(found: blast.Blast) -> dict[str, Any]:
    return {
        "blast": found,
        "balance": shown(found.balance),
        "held": shown(found.held),
        "suggested": found.standing.suggested.label if found.standing.suggested else "",
    }
