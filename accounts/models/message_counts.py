"""How many text messages went to a number, a country and so on within a while."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageCount(models.Model):
    """One limit of `accounts.sms_budget` as used up by one number, address or country.

    Begins with its first message and is void from `ends_at`. Numbers and addresses are
    keyed hashes: a counter needs to know them again, not to know them.
    """

    limit = models.CharField(_("limit"), max_length=16)
    key = models.CharField(_("of"), max_length=64)
    spent = models.PositiveIntegerField(_("sent"))
    at_most = models.PositiveIntegerField(_("at most"))
    ends_at = models.DateTimeField(_("counted until"))

    class Meta:
        verbose_name = _("count of text messages")
        verbose_name_plural = _("counts of text messages")
        constraints = [
            models.UniqueConstraint(fields=["limit", "key"], name="accounts_messagecount_once"),
            models.CheckConstraint(
                name="accounts_messagecount_within_its_limit",
                condition=models.Q(spent__lte=models.F("at_most")),
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="accounts_messagecount_over")]

    def __str__(self) -> str:
        return f"{self.limit}: {self.spent}/{self.at_most}"
