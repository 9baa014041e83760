"""The part of the planning form that says whom a change is for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ApiKey, Region, Service
from accounts.models.users import Language
from common.admin.moment_widget import MomentWidget
from common.moments import validate_moment
from notices import account_lists
from notices.audiences import Rule
from notices.exceptions import ListRefused
from notices.models import ServiceChange

Audience = ServiceChange.Audience

# More than these are chosen by a file, and not put into a page.
MOST_ACCOUNTS = 5000
MOST_KEYS = 1000
RULE_FIELDS = (
    "rule_regions",
    "rule_services",
    "rule_used_since",
    "rule_kinds",
    "rule_languages",
    "rule_opened_since",
    "rule_opened_before",
)


def _moment(label: Any, help_text: Any = "") -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(
        label=label,
        required=False,
        widget=MomentWidget,
        validators=[validate_moment],
        help_text=help_text,
    )


class Boxes(forms.CheckboxSelectMultiple):
    """Ticks one under another."""


class AudienceFields(forms.Form):
    """Chosen accounts (pasted, by file, by API keys), everyone, or a rule.

    Valid, it has `chosen_ids` (None: keep those chosen already), `chosen_keys` and
    `rule_json`, what `ServiceChange.rule` holds.
    """

    chosen_ids: set[int] | None = None
    chosen_keys: list[ApiKey]
    rule_json: dict[str, Any]

    audience = forms.ChoiceField(
        label=_("audience"),
        choices=Audience.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Everyone and rules are looked at again until the change takes effect."),
    )
    accounts_chosen = forms.CharField(
        label=_("accounts"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono"}),
        help_text=_(
            "One identifier a line, such as acc_7k2m…, or the account's reference elsewhere."
        ),
    )
    accounts_file = forms.FileField(
        label=_("accounts from a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=_(
            "CSV with a column account_id or external_ref, up to 200,000 lines and 20 MB, in "
            "UTF-8 or GB18030. Takes the place of the accounts above."
        ),
    )
    keys_chosen = forms.CharField(
        label=_("only these API keys"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono"}),
        help_text=_(
            "One identifier a line, such as key_3f9x…. Their accounts are chosen by themselves. "
            "Empty: whole accounts."
        ),
    )
    rule_regions = forms.ModelMultipleChoiceField(
        label=_("at home in"), queryset=Region.objects.all(), required=False, widget=Boxes
    )
    rule_services = forms.ModelMultipleChoiceField(
        label=_("used one of"), queryset=Service.objects.all(), required=False, widget=Boxes
    )
    rule_used_since = _moment(_("used it since"), _("Empty: at any time."))
    rule_kinds = forms.MultipleChoiceField(
        label=_("kind of account"), choices=Account.Kind.choices, required=False, widget=Boxes
    )
    rule_languages = forms.MultipleChoiceField(
        label=_("an owner or administrator reads"),
        choices=Language.choices,
        required=False,
        widget=Boxes,
    )
    rule_opened_since = _moment(_("opened since"))
    rule_opened_before = _moment(_("opened before"))

    def clean_accounts_chosen(self) -> str:
        """Looks every name up. Unknown ones are refused by line, all at once."""
        written = account_lists.read_lines(self.cleaned_data["accounts_chosen"])
        if len(written) > MOST_ACCOUNTS:
            raise ValidationError(
                _("%(count)d lines: choose at most %(most)d accounts here, more by a file."),
                params={"count": len(written), "most": MOST_ACCOUNTS},
            )
        if not written:
            return ""
        self.chosen_ids = _looked_up(written)
        chosen = Account.objects.filter(pk__in=self.chosen_ids).order_by("pk")
        return "\n".join(chosen.values_list("public_id", flat=True))

    def clean_accounts_file(self) -> Any:
        file = self.cleaned_data["accounts_file"]
        if file:
            try:
                if file.size > account_lists.MOST_BYTES:
                    account_lists.read_file(b" " * (account_lists.MOST_BYTES + 1))
                named = account_lists.read_file(file.read())
            except ListRefused as refusal:
                raise ValidationError(refusal.sentences) from refusal
            self.chosen_ids = _looked_up(named)
        return file

    def clean_keys_chosen(self) -> str:
        named = account_lists.read_lines(self.cleaned_data["keys_chosen"])
        if len(named) > MOST_KEYS:
            raise ValidationError(
                _("%(count)d lines: choose at most %(most)d API keys."),
                params={"count": len(named), "most": MOST_KEYS},
            )
        names = {one.name for one in named if one.name.isascii() and one.name.isprintable()}
        found = ApiKey.objects.filter(public_id__in=names).order_by("pk")
        self.chosen_keys = list(found)
        known = {key.public_id for key in self.chosen_keys}
        unknown = [one for one in named if one.name not in known]
        if unknown:
            raise ValidationError(
                [
                    ValidationError(
                        _("Line %(line)d: there is no API key “%(name)s”."),
                        params={"line": one.line, "name": one.name[:40]},
                    )
                    for one in unknown[: account_lists.SHOWN]
                ]
            )
        return "\n".join(key.public_id for key in self.chosen_keys)

    def clean_audience(self) -> str:
        return self.cleaned_data["audience"] or Audience.CHOSEN

    def clean(self) -> Any:
        cleaned = super().clean()
        self.rule_json = {}
        # Without the field: a kind that everybody feels.
        asked = "audience" in self.fields
        match self.cleaned_data.get("audience") if asked else Audience.EVERYONE:
            case Audience.CHOSEN:
                self._clean_chosen()
            case Audience.RULE:
                self._clean_rule()
                self._clean_nobody_chosen()
            case _:
                self._clean_nobody_chosen()
        return cleaned

    def _clean_chosen(self) -> None:
        keys = getattr(self, "chosen_keys", [])
        if keys:
            kept = self.chosen_ids if self.chosen_ids is not None else self.ids_kept()
            self.chosen_ids = {*kept, *(key.account_id for key in keys)}
        refused = {"accounts_chosen", "accounts_file", "keys_chosen"} & set(self.errors)
        if self.chosen_ids is None and not self.keeps_accounts() and not refused:
            self.add_error("accounts_chosen", _("Choose at least one account."))

    def keeps_accounts(self) -> bool:
        """Whether nothing was written because the accounts are too many to be shown."""
        return False

    def ids_kept(self) -> set[int]:
        return set()

    def _clean_nobody_chosen(self) -> None:
        self.chosen_ids = set()
        if getattr(self, "chosen_keys", []):
            self.add_error("keys_chosen", _("API keys can only be named for chosen accounts."))

    def _clean_rule(self) -> None:
        given = {name: self.cleaned_data.get(name) for name in RULE_FIELDS}
        if given["rule_used_since"] and not given["rule_services"]:
            self.add_error("rule_services", _("Choose the services that were used since then."))
        since, before = given["rule_opened_since"], given["rule_opened_before"]
        if since and before and before <= since:
            self.add_error("rule_opened_before", _("Nobody opened an account in between."))
        self.rule_json = Rule(
            regions=[region.pk for region in given["rule_regions"] or ()],
            services=[service.pk for service in given["rule_services"] or ()],
            used_since=given["rule_used_since"],
            kinds=given["rule_kinds"] or (),
            languages=given["rule_languages"] or (),
            opened_since=since,
            opened_before=before,
        ).as_json()
        if not self.rule_json and not set(RULE_FIELDS) & set(self.errors):
            self.add_error("audience", _("Say below what the accounts have in common."))


def _looked_up(named: Any) -> set[int]:
    try:
        return account_lists.look_up(named)
    except ListRefused as refusal:
        raise ValidationError(refusal.sentences) from refusal


def audience_of(change: ServiceChange) -> dict[str, Any]:
    """What the fields show for a draft; of too many accounts only their number."""
    shown: dict[str, Any] = {"audience": change.audience}
    if change.concerned_count <= MOST_ACCOUNTS:
        shown["accounts_chosen"] = "\n".join(
            change.accounts.order_by("pk").values_list("public_id", flat=True)
        )
    keys = change.api_keys.order_by("pk").values_list("public_id", flat=True)
    shown["keys_chosen"] = "\n".join(keys)
    rule = Rule.of(change)
    return {**shown, **{name: getattr(rule, name.removeprefix("rule_")) for name in RULE_FIELDS}}


def kept_help(change: ServiceChange) -> Any:
    """What stands beside the empty field when the accounts are too many to be shown."""
    return _(
        "%(count)s accounts are chosen. Leave this empty to keep them; what you write here or "
        "choose as a file takes their place."
    ) % {"count": number_format(change.concerned_count, force_grouping=True)}
