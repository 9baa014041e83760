"""From the accounts of a change to the people who are told, batch by batch."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.models import AppendOnly, Sealed
from notices.models.acts import Postponement
from notices.models.changes import ServiceChange
from notices.models.templates import Phase
from notices.querysets import ExpansionQuerySet


class Expansion(Sealed):
    """The accounts of a change become people to tell, in one phase and round.

    `whom` says which accounts; for those that come by records (permits, liftings,
    exemptions) it is the records numbered after `after_id` and up to `upto_id`. It is
    worked through in batches by the number of the person, and closed by a completion.
    """

    class Whom(models.TextChoices):
        JOINED = "joined", _("accounts that joined in this round")
        UNSEEN = "unseen", _("owners and administrators not told before")
        BEGUN = "begun", _("accounts that feel it now")
        LIFTED = "lifted", _("accounts that got their access back")
        TOLD = "told", _("everybody who was told before")
        POSTPONED = "postponed", _("everybody told of the postponed accounts")
        EXEMPTED = "exempted", _("everybody told of the accounts left out")
        SPARED = "spared", _("everybody told of accounts it had not reached when lifted")
        DROPPED = "dropped", _("everybody told whom the correction does not concern")

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="expansions",
        db_index=False,
    )
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices)
    round = models.PositiveIntegerField(_("round"), default=1)
    whom = models.CharField(_("whom"), max_length=10, choices=Whom.choices, default=Whom.JOINED)
    after_id = models.PositiveBigIntegerField(_("after number"), default=0)
    upto_id = models.PositiveBigIntegerField(_("up to number"), default=0)
    postponement = models.ForeignKey(
        Postponement,
        verbose_name=_("postponement"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    objects = models.Manager.from_queryset(ExpansionQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("expansion")
        verbose_name_plural = _("expansions")
        constraints = [
            models.UniqueConstraint(
                fields=["change", "phase", "round"], name="notices_expansion_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change} · {self.get_phase_display()} · {self.round}"


class ExpansionBatch(AppendOnly):
    """The messages of an expansion were written for people up to a number."""

    expansion = models.ForeignKey(
        Expansion,
        verbose_name=_("expansion"),
        on_delete=models.PROTECT,
        related_name="batches",
        db_index=False,
    )
    number = models.PositiveIntegerField(_("batch"))
    upto_person = models.PositiveBigIntegerField(_("up to person"))
    accounts = models.PositiveIntegerField(_("accounts named"))
    people = models.PositiveIntegerField(_("people"))

    class Meta:
        verbose_name = _("batch of an expansion")
        verbose_name_plural = _("batches of expansions")
        constraints = [
            models.UniqueConstraint(
                fields=["expansion", "number"], name="notices_expansionbatch_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expansion} · {self.number}"


class ExpansionCompletion(AppendOnly):
    """Everybody of an expansion has their message. `people` of 0: nobody was found."""

    expansion = models.OneToOneField(
        Expansion,
        verbose_name=_("expansion"),
        on_delete=models.PROTECT,
        related_name="completion",
    )
    people = models.PositiveIntegerField(_("people"))

    class Meta:
        verbose_name = _("completion of an expansion")
        verbose_name_plural = _("completions of expansions")

    def __str__(self) -> str:
        return str(self.expansion)

    @property
    def what_happened(self) -> str:
        return ngettext(
            "Messages written for %(people)d person, %(phase)s",
            "Messages written for %(people)d people, %(phase)s",
            self.people,
        ) % {
            "people": self.people,
            "phase": self.expansion.get_phase_display(),
        }
