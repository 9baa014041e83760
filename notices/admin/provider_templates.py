"""Our texts at providers that take no free text, at the desk."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin import Headline, Outcome, SevereAct, pill
from common.exceptions import BackOfficeError
from common.messaging import configured
from common.wakeups import wake
from notices import provider_templates
from notices.admin.providers import provider_choices
from notices.admin.reasoned import ReasonedAdmin, ReasonedForm
from notices.models import Delivery, ProviderTemplate, Template

State = ProviderTemplate.State
TONES = {State.PENDING: "warn", State.APPROVED: "good", State.REJECTED: "bad"}


class NothingToFillIn(forms.Form):
    """What is asked is on the record."""


class AskAgain(SevereAct):
    name = "ask_again"
    label = gettext_lazy("Ask the provider again…")
    heading = gettext_lazy("Ask the provider whether the text is approved")
    explanation = gettext_lazy("It is asked within minutes; what it says is shown here.")
    confirm = gettext_lazy("Ask")
    permission = "notices.change_providertemplate"
    form_class = NothingToFillIn
    on_selection = True
    dangerous = False
    needs_fresh_proof = False

    def preview(self, record: ProviderTemplate) -> str:
        return record.said or record.get_state_display()

    def perform(self, record: ProviderTemplate, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        ProviderTemplate.objects.filter(pk=record.pk).update(checked_at=None)
        wake("notices.watch_providers")
        return Outcome(_("It is being asked."))


class ProviderTemplateForm(ReasonedForm):
    provider = forms.ChoiceField(label=gettext_lazy("provider"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if provider := self.fields.get("provider"):
            provider.choices = [  # type: ignore[attr-defined]
                (name, label)
                for name, label in provider_choices()
                if not configured.get(name).takes_free_text
            ]
        if text := self.fields.get("template"):
            newest = Template.objects.newest().filter(
                channel__in=[one.value for one in Delivery.CHANNELS]
            )
            text.queryset = Template.objects.filter(  # type: ignore[attr-defined]
                pk__in=newest.values("pk")
            ).order_by("channel", "kind", "phase", "language")

    def clean(self) -> Any:
        cleaned: Any = super().clean()
        given = {
            name: cleaned.get(name, getattr(self.instance, name, None))
            for name in ("provider", "code", "params")
        }
        template = cleaned.get("template") or (self.instance.template if self.instance.pk else None)
        if template is None or not given["provider"] or self.errors:
            return cleaned
        if not isinstance(given["params"] or {}, dict):
            self.add_error("params", _('Write parameters as {"theirs": "ours"}.'))
            return cleaned
        try:
            provider_templates.check(
                provider=given["provider"],
                template=template,
                code=given["code"] or "",
                params=given["params"] or {},
            )
        except BackOfficeError as refusal:
            self.add_error(None, str(refusal))
        return cleaned


@admin.register(ProviderTemplate)
class ProviderTemplateAdmin(ReasonedAdmin):
    form = ProviderTemplateForm
    severe_acts = (AskAgain(),)
    list_display = ["code", "provider", "template", "state_shown", "checked_at"]
    list_filter = ["provider", "state"]
    list_select_related = ["template"]
    search_fields = ["code"]
    ordering = ["provider", "-pk"]
    fields = ["provider", "template", "code", "params", "why"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = ["our_text", "said_shown", "checked_at"] if obj else []
        return [*super().get_fields(request, obj), *own]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = ["provider", "template"] if obj else []
        return [*fixed, "our_text", "said_shown", "checked_at"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # What was approved was something else.
        obj.state, obj.said, obj.checked_at = State.PENDING, "", None
        super().save_model(request, obj, form, change)
        wake("notices.watch_providers")

    def written_fields(self, obj: Any, form: Any) -> list[str]:
        return [*super().written_fields(obj, form), "state", "said", "checked_at"]

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, row: ProviderTemplate) -> str:
        return pill(row.get_state_display(), TONES[State(row.state)])

    @admin.display(description=gettext_lazy("our text"))
    def our_text(self, row: ProviderTemplate) -> str:
        return row.template.body

    @admin.display(description=gettext_lazy("what the provider said"))
    def said_shown(self, row: ProviderTemplate) -> str:
        return row.said or "–"

    def headline(self, obj: Any) -> Headline:
        return Headline(
            pills=[(obj.get_state_display(), TONES[State(obj.state)])], facts=[str(obj.template)]
        )
