"""What the platform sells and where: services, the models behind them, regions."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
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


class InferenceModel(Editable):
    """A model that requests are answered by, such as a language model; of one service."""

    slug = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=80)
    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="models"
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    history = HistoricalRecords(excluded_fields=["edition"])

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Region(Editable):
    """Where requests are served from, and where an account is at home."""

    slug = models.SlugField(_("code"), max_length=40, unique=True)
    name_zh_hans = models.CharField(_("name in Chinese"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)

    history = HistoricalRecords(excluded_fields=["edition"])

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name_in(None)

    def name_in(self, language: str | None) -> str:
        """The name in `language`; None means the language of the page."""
        return pick(language, zh_hans=self.name_zh_hans, en=self.name_en)
