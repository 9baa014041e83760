"""The services that the platform sells."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from common.languages import pick
from common.models import Editable


class ServiceQuerySet(models.QuerySet["Service"]):
    def on_sale(self) -> "ServiceQuerySet":
        return self.filter(retired_at=None)


class Service(Editable):
    """A service that access can be asked about, such as image generation."""

    slug = models.SlugField(_("code"), max_length=40, unique=True)
    name_zh_hans = models.CharField(_("name in Chinese"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = ServiceQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["edition"])

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name_in(None)

    def name_in(self, language: str | None) -> str:
        """The name in `language`; None means the language of the page."""
        return pick(language, zh_hans=self.name_zh_hans, en=self.name_en)
