"""Texts as providers that take no free text have approved them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from common.models import Editable
from notices.models.providers import LONGEST_NAME
from notices.models.templates import Template


class ProviderTemplateQuerySet(models.QuerySet["ProviderTemplate"]):
    def approved(self) -> "ProviderTemplateQuerySet":
        return self.filter(state=ProviderTemplate.State.APPROVED)


class ProviderTemplate(Editable):
    """A version of one of our texts as a provider has it on file.

    `params` says which of the provider's parameters stands for which placeholder of ours.
    `state` is what the provider last answered (`notices.provider_templates`), never typed.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("not approved yet")
        APPROVED = "approved", _("approved by the provider")
        REJECTED = "rejected", _("refused by the provider")

    provider = models.CharField(_("provider"), max_length=LONGEST_NAME)
    template = models.ForeignKey(
        Template,
        verbose_name=_("text"),
        on_delete=models.PROTECT,
        related_name="at_providers",
    )
    code = models.CharField(_("provider’s code"), max_length=100)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING, editable=False
    )
    said = models.TextField(_("what the provider said"), blank=True, editable=False)
    checked_at = models.DateTimeField(_("asked"), null=True, blank=True, editable=False)

    objects = ProviderTemplateQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["edition"], history_change_reason_field=models.TextField(null=True)
    )

    class Meta:
        verbose_name = _("text at a provider")
        verbose_name_plural = _("texts at providers")
        ordering = ["provider", "template"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "template"],
                name="notices_providertemplate_once",
                violation_error_message=_("This text has an entry at this provider already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} · {self.code}"
