"""Leaving: an account is closed because its people want it to be (clauses 1.3 and 14.3).

A `Closing` asks for it. Until `ends_at`, while it cools off, a `ClosingCancellation` takes it
back; then a `Closure` carries it out. A `ClosingHold` keeps both from happening until its
`ClosingHoldRelease`, by another member of staff. What the law has us keep of who a person was
is in their `KeptIdentity`, until its day comes. The database keeps the order of these.
"""

from datetime import datetime, timedelta
from functools import partial

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.accounts import Account
from accounts.models.users import User
from common.clock import Now
from common.models import AppendOnlyQuerySet, Sealed
from common.public_ids import new_public_id

# The database takes no closing that cools off for less, whatever the settings say.
LEAST_DAYS, MOST_DAYS = 7, 60


class ClosingQuerySet(AppendOnlyQuerySet):
    def open(self) -> "ClosingQuerySet":
        """Neither taken back nor carried out."""
        return self.filter(cancellation=None, closure=None)

    def held(self) -> "ClosingQuerySet":
        """Open, and kept from being carried out by staff."""
        standing = ClosingHold.objects.filter(release=None, closing=models.OuterRef("pk"))
        return self.open().filter(models.Exists(standing))

    def due(self, at: datetime) -> "ClosingQuerySet":
        """Open, cooled off and not held: to be carried out if nothing is in the way."""
        standing = ClosingHold.objects.filter(release=None, closing=models.OuterRef("pk"))
        return self.open().filter(~models.Exists(standing), ends_at__lte=at)

    def ending_within(self, ahead: timedelta, *, at: datetime) -> "ClosingQuerySet":
        """Open, and cooled off before `at + ahead`."""
        return self.open().filter(ends_at__gt=at, ends_at__lte=at + ahead)


class Closing(Sealed):
    """Somebody asks that an account be closed.

    With a `person` it is they who leave: their own account, if they have one, is closed and
    their place in every other ends. Without, `account` is an organization's and the person
    stays.
    """

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "cls"),
    )
    person = models.ForeignKey(
        User,
        verbose_name=_("person who leaves"),
        on_delete=models.PROTECT,
        null=True,
        related_name="closings",
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        related_name="closings",
    )
    requested_by = models.ForeignKey(
        User, verbose_name=_("requested by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    cooling_off_days = models.PositiveSmallIntegerField(_("days to think it over"))
    ends_at = models.DateTimeField(_("closed on"))
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    objects = models.Manager.from_queryset(ClosingQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("request to close an account")
        verbose_name_plural = _("requests to close accounts")
        permissions = [("hold_closing", _("Can put closings on legal hold"))]
        constraints = [
            models.CheckConstraint(
                name="accounts_closing_of_somebody",
                condition=Q(person__isnull=False) | Q(account__isnull=False),
            ),
            models.CheckConstraint(
                name="accounts_closing_of_oneself",
                condition=Q(person=None) | Q(person=F("requested_by")),
            ),
            models.CheckConstraint(
                name="accounts_closing_cools_off",
                condition=Q(cooling_off_days__range=(LEAST_DAYS, MOST_DAYS)),
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="accounts_closing_by_end")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def concerns(self) -> User | Account:
        """Who or what is closed: the person, or else the organization's account."""
        concerned = self.person or self.account
        assert concerned is not None  # the database sees to it
        return concerned

    @property
    def standing_hold(self) -> "ClosingHold | None":
        found: ClosingHold | None = self.holds.filter(release=None).first()
        return found

    def state(self, at: datetime) -> tuple[str | Promise, str]:
        """How it stands, as a word and a tone."""
        if hasattr(self, "closure"):
            return pgettext_lazy("of an account", "closed"), "quiet"
        if hasattr(self, "cancellation"):
            return _("taken back"), "good"
        if any(not hasattr(hold, "release") for hold in self.holds.all()):
            return _("on legal hold"), "bad"
        if self.ends_at <= at:
            return _("something is in the way"), "warn"
        return _("cooling off"), "info"


class ClosingCancellation(Sealed):
    """The closing was taken back before it was carried out."""

    closing = models.OneToOneField(
        Closing,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        related_name="cancellation",
    )
    cancelled_by = models.ForeignKey(
        User, verbose_name=_("cancelled by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("request taken back")
        verbose_name_plural = _("requests taken back")

    def __str__(self) -> str:
        return str(self.closing)


class Closure(Sealed):
    """The account is closed. `ended` counts what ended with it, and names nobody."""

    closing = models.OneToOneField(
        Closing,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        related_name="closure",
    )
    ended = models.JSONField(_("ended with it"))

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")

    def __str__(self) -> str:
        return str(self.closing)


class ClosingHold(Sealed):
    """The law, or a dispute, has us keep everything as it is for the time being (8.1)."""

    closing = models.ForeignKey(
        Closing,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        related_name="holds",
    )
    placed_by = models.ForeignKey(
        User, verbose_name=_("placed by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")

    def __str__(self) -> str:
        return str(self.closing)


class ClosingHoldRelease(Sealed):
    """Another member of staff ends the hold."""

    hold = models.OneToOneField(
        ClosingHold,
        verbose_name=_("legal hold"),
        on_delete=models.PROTECT,
        related_name="release",
    )
    released_by = models.ForeignKey(
        User, verbose_name=_("released by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("release of a legal hold")
        verbose_name_plural = _("releases of legal holds")

    def __str__(self) -> str:
        return str(self.hold)


class KeptIdentity(models.Model):
    """Who a closed person was: phone, name and e-mail, encrypted (`accounts.identities`).

    `phone_mark` is a keyed hash of the phone, by which staff find them. The row is made with
    the closure and goes after `kept_until`; the database refuses anything else, and its going
    while there is a legal hold.
    """

    person = models.OneToOneField(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="kept_identity",
    )
    ciphertext = models.BinaryField(_("identity"))
    key_id = models.CharField(_("key"), max_length=40)
    phone_mark = models.CharField(max_length=64, editable=False, db_index=True)
    kept_since = models.DateTimeField(_("kept since"), db_default=Now(), editable=False)
    kept_until = models.DateTimeField(_("kept until"), db_index=True)

    class Meta:
        verbose_name = _("identity kept")
        verbose_name_plural = _("identities kept")
        default_permissions = ()
        permissions = [("read_keptidentity", _("Can read who a closed person was"))]

    def __str__(self) -> str:
        return self.person.public_id
