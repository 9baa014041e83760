"""Forms of the customer's pages of money."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, ApiKey, InferenceModel
from billing.exceptions import NotAnAmount
from billing.money import micro_of
from billing.templatetags.customer_money import plain_yuan
from common.moments import validate_moment

MOST_DAYS = 366


class AmountField(forms.CharField):
    """An amount in yuan, as people write it; cleaned to micro-yuan of whole fen.

    An empty one that is not required is None.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 24)
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> int | None:
        written: str = super().clean(value)
        bare = written.strip().lstrip("¥￥").replace(",", "").replace("，", "").strip()
        if not bare:
            return None
        try:
            amount = micro_of(bare)
        except NotAnAmount as refusal:
            raise forms.ValidationError(str(refusal), code="not_an_amount") from None
        if amount <= 0:
            raise forms.ValidationError(
                _("The amount has to be more than nothing."), code="not_an_amount"
            )
        return amount

    def prepare_value(self, value: Any) -> Any:
        return plain_yuan(value) if isinstance(value, int) else value


class RefundForm(forms.Form):
    """What a customer asks for back, and why."""

    amount = AmountField(label=gettext_lazy("Amount in yuan"))
    reason = forms.CharField(
        label=gettext_lazy("Why you ask for it"),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    understood = forms.BooleanField(
        label=gettext_lazy(
            "I know that fees are not refundable unless the platform consents in writing or a "
            "policy allows it."
        )
    )


class AlertForm(forms.Form):
    """Below which balance the account's members are told; empty: never."""

    threshold = AmountField(
        label=gettext_lazy("Tell us when the balance falls below (yuan)"),
        required=False,
        help_text=gettext_lazy("Leave it empty to switch the alert off."),
    )


class UsageForm(forms.Form):
    """Which charges to list: days, both included, and one key or model if chosen."""

    since = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[validate_moment],
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[validate_moment],
    )
    key = forms.ModelChoiceField(
        label=gettext_lazy("Key"),
        queryset=ApiKey.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=gettext_lazy("all keys"),
    )
    model = forms.ModelChoiceField(
        label=gettext_lazy("Model"),
        queryset=InferenceModel.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("all models"),
    )

    def __init__(self, data: Any, *, account: Account, today: date) -> None:
        defaults = {"since": today.replace(day=1).isoformat(), "until": today.isoformat()}
        asked = {name: data[name] for name in self.base_fields if data.get(name)}
        super().__init__({**defaults, **asked})
        self.fields["key"].queryset = ApiKey.objects.filter(  # type: ignore[attr-defined]
            account=account
        ).order_by("name", "pk")
        self.fields["model"].queryset = InferenceModel.objects.order_by(  # type: ignore[attr-defined]
            "slug"
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            raise forms.ValidationError(_("The last day comes before the first."))
        if since and until and until - since > timedelta(days=MOST_DAYS):
            raise forms.ValidationError(_("Choose a year at most."))
        return cleaned
