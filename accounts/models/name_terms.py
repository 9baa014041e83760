"""Terms that names of people and accounts are screened for (clause 1.2.5)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from accounts.models.users import User
from common.clock import Now
from common.look_alikes import folded
from common.models import Editable

LONGEST_TERM = 40
SHORTEST_FOLDED = 2


def comparable(term: str) -> str:
    """What names are searched for to find `term`."""
    return folded(term)[:LONGEST_TERM]


class NameTermQuerySet(models.QuerySet["NameTerm"]):
    def in_force(self, at: datetime) -> "NameTermQuerySet":
        """Those that names are screened for at `at`."""
        ended = Q(in_force_until__isnull=False, in_force_until__lte=at)
        return self.filter(in_force_from__lte=at).exclude(ended)

    def refold(self) -> int:
        """Writes anew what terms come to, after the way of folding changed; how many did."""
        changed: list[NameTerm] = []
        for term in NameTerm.objects.using(self.db).only("term", "folded"):
            if (now := comparable(term.term)) != term.folded:
                term.folded = now
                changed.append(term)
        return NameTerm.objects.using(self.db).bulk_update(changed, ["folded"], batch_size=500)


class NameTerm(Editable):
    """What a name must not be or hold, or what makes somebody look at it.

    Looked for in names as they compare (`common.look_alikes`), so that one term stands for
    all ways to write it; `folded` is what it comes to. Ended, not deleted: a case says by
    which term it was opened.
    """

    class List(models.TextChoices):
        RESERVED = "reserved", _("reserved")
        PROHIBITED = "prohibited", _("prohibited")
        OFFICIAL = "official", _("official-sounding")

    # Of these a name is not taken at all; for the others somebody looks at it.
    REFUSED = (List.PROHIBITED, List.RESERVED)

    class Match(models.TextChoices):
        WHOLE = "whole", _("the whole name")
        WORD = "word", _("a word of the name")
        PART = "part", _("anywhere in the name")

    class TermLanguage(models.TextChoices):
        ANY = "", _("any")
        CHINESE = "zh", _("Chinese")
        ENGLISH = "en", _("English")

    term = models.CharField(_("term"), max_length=LONGEST_TERM)
    folded = models.CharField(max_length=LONGEST_TERM, editable=False)
    list = models.CharField(pgettext_lazy("of terms", "list"), max_length=12, choices=List.choices)
    match = models.CharField(
        _("has to be"),
        max_length=6,
        choices=Match.choices,
        help_text=_(
            "Words are told apart in Latin letters only: choose “anywhere” for Chinese, and "
            "“a word” for what longer words hold by chance."
        ),
    )
    language = models.CharField(
        _("language"), max_length=2, choices=TermLanguage.choices, blank=True, default=""
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    in_force_from = models.DateTimeField(_("in force from"), db_default=Now())
    in_force_until = models.DateTimeField(_("in force until"), null=True, blank=True)
    added_by = models.ForeignKey(
        User,
        verbose_name=_("added by"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )

    objects = NameTermQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["edition", "folded"])

    class Meta:
        verbose_name = _("term for names")
        verbose_name_plural = _("terms for names")
        ordering = ["list", "term", "pk"]
        constraints = [
            models.CheckConstraint(
                name="accounts_nameterm_ends_after_it_begins",
                condition=Q(in_force_until=None) | Q(in_force_until__gt=models.F("in_force_from")),
            ),
        ]

        indexes = [models.Index(fields=["folded"], name="accounts_nameterm_folded")]

    def __str__(self) -> str:
        return self.term

    def clean(self) -> None:
        self.folded = comparable(self.term)
        if len(self.folded) < SHORTEST_FOLDED:
            raise ValidationError(
                {"term": _("A term needs at least two letters or digits to be looked for.")}
            )
        twin = NameTerm.objects.filter(folded=self.folded, list=self.list, match=self.match)
        if found := twin.exclude(pk=self.pk).first():
            raise ValidationError(
                _("“%(term)s” is on this list already and finds the same names: change that one."),
                params={"term": found.term},
                code="there_already",
            )

    def save(self, *args: object, **kwargs: object) -> None:
        self.folded = comparable(self.term)
        super().save(*args, **kwargs)  # type: ignore[arg-type]
