"""Other systems of the platform that call the API: gateways, metering, risk control.

A `ServiceClient` is the system, with what it may do, from where and how often. It shows a
`ClientToken`; while one is rotated two of them work. A `TokenUse` counts what was asked with a
token, hour by hour; a `RequestBudget` is what is left of a client's requests of this minute.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import credentials
from accounts.models.users import User
from common import prepared
from common.clock import Now
from common.networks import AnyAddress, within
from common.public_ids import new_public_id

MOST_PER_MINUTE = 10_000_000


class ClientTokenQuerySet(models.QuerySet["ClientToken"]):
    def with_last_use(self) -> "ClientTokenQuerySet":
        """Each with `last_used_at`, when the API last let it in; None for never."""
        let_in = TokenUse.objects.filter(token=OuterRef("pk"), outcome=TokenUse.Outcome.LET_IN)
        # By the hour first: that is what the index goes by.
        newest = let_in.order_by("-hour", "-last_at").values("last_at")[:1]
        return self.annotate(last_used_at=Subquery(newest))

    def live(self, at: datetime) -> "ClientTokenQuerySet":
        """Those that work, unless their client as a whole is revoked."""
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=at),
            Q(revoked_at=None) | Q(revoked_at__gt=at),
        )


class ServiceClientQuerySet(models.QuerySet["ServiceClient"]):
    def live(self, at: datetime) -> "ServiceClientQuerySet":
        """Those that the API answers: not revoked, and with a token that works."""
        return self.filter(
            Q(revoked_at=None) | Q(revoked_at__gt=at),
            Exists(ClientToken.objects.live(at).filter(client=OuterRef("pk"))),
        )

    def known_to(self, user: User, at: datetime) -> "ServiceClientQuerySet":
        """Those live with a token that was shown to this person, and works."""
        seen = ClientToken.objects.live(at).filter(client=OuterRef("pk"), created_by=user)
        return self.live(at).filter(Exists(seen))

    def without_a_token_after(self, moment: datetime) -> "ServiceClientQuerySet":
        """Those whose last token will have ended by then."""
        return self.exclude(Exists(ClientToken.objects.live(moment).filter(client=OuterRef("pk"))))


class ServiceClient(models.Model):
    """A calling system, what it may do, and within which bounds."""

    class Scope(models.TextChoices):
        ACCESS_READ = "access:read", _("ask about access")
        USES_WRITE = "uses:write", _("report uses of services")
        CHARGES_WRITE = "charges:write", _("charge rated usage")
        REPORTS_WRITE = "reports:write", _("report accounts to compliance")
        SIGNALS_WRITE = "signals:write", _("signal load and attacks")
        COMPLAINTS_WRITE = "complaints:write", _("pass on complaints of third parties")
        ORDERS_ANSWER = "orders:answer", _("fetch and answer orders about content")
        ENFORCEMENT_READ = "enforcement:read", _("read the enforcement feed")
        ENFORCEMENT_APPLY = "enforcement:apply", _("say what of the feed is applied")

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "svc"),
    )
    name = models.CharField(_("name"), max_length=80, unique=True)
    scopes = ArrayField(
        models.CharField(max_length=40, choices=Scope.choices), verbose_name=_("scopes")
    )
    # As `common.networks.normalised` writes them; none: from anywhere.
    allowed_addresses = ArrayField(
        models.CharField(max_length=43),
        verbose_name=_("only from"),
        default=list,
        db_default=[],
        blank=True,
    )
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"),
        default=60_000,
        db_default=60_000,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PER_MINUTE)],
    )
    created_by = models.ForeignKey(
        User, verbose_name=_("created by"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = ServiceClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("service client")
        verbose_name_plural = _("service clients")
        permissions = [
            ("issue_serviceclient", _("Can issue service tokens")),
            ("revoke_serviceclient", _("Can revoke service tokens")),
        ]
        constraints = [
            models.CheckConstraint(
                name="accounts_serviceclient_asks_at_times",
                condition=Q(requests_per_minute__gte=1, requests_per_minute__lte=MOST_PER_MINUTE),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    # Of a client that has just shown a token: which, from where, when, and whether it works.
    shown_token: int = 0
    shown_from: str | None = None
    shown_at: datetime | None = None
    token_works = False

    # What DRF asks of the one who calls: it has shown its token.
    is_authenticated = True
    is_anonymous = False

    @classmethod
    @transaction.atomic
    def issue(
        cls,
        *,
        name: str,
        scopes: Iterable[str],
        created_by: User,
        expires_at: datetime | None = None,
        allowed_addresses: Iterable[str] = (),
        requests_per_minute: int = 60_000,
    ) -> tuple["ServiceClient", str]:
        """A new client and its first token, which is shown once and never again."""
        client = cls.objects.create(
            name=name,
            scopes=list(scopes),
            allowed_addresses=list(allowed_addresses),
            requests_per_minute=requests_per_minute,
            created_by=created_by,
        )
        _token, secret = ClientToken.issue(
            client=client, created_by=created_by, expires_at=expires_at
        )
        return client, secret

    @classmethod
    def shown(cls, *, digest: str) -> "ServiceClient | None":
        """The client of the token with this digest, be it live or not; None for no such.

        Asked with every call of the API. `token_works` says whether token and client were
        live at `shown_at`, the database's time of the question.
        """
        for *values, token, works, at in prepared.rows(_SHOWN_BY, {"digest": digest}):
            client: ServiceClient = cls.from_db("default", _COLUMNS, values)
            client.shown_token, client.token_works, client.shown_at = token, works, at
            return client
        return None

    @classmethod
    def showing(cls, *, digest: str) -> "ServiceClient | None":
        """As `shown`, but None for a token that has ended too."""
        client = cls.shown(digest=digest)
        return client if client and client.token_works else None

    def may_call_from(self, address: AnyAddress | None) -> bool:
        """Whether its bounds allow that address; one that is not known, only if any is."""
        if not self.allowed_addresses:
            return True
        return address is not None and within(address, self.allowed_addresses)

    def ends_at(self, at: datetime) -> datetime | None:
        """When the last of its tokens that work at that moment ends; None for never."""
        ends = [token.expires_at for token in self.tokens.all() if token.works(at)]
        return None if None in ends else max(filter(None, ends), default=at)

    def revoke(self, *, at: datetime) -> None:
        """Ends the client, and with it every token, at that moment. A second call changes
        nothing."""
        ServiceClient.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at)
        self.refresh_from_db(fields=["revoked_at"])


class ClientToken(models.Model):
    """What a client shows. Only the hash is kept; its end never moves away."""

    client = models.ForeignKey(
        ServiceClient,
        verbose_name=_("service client"),
        on_delete=models.PROTECT,
        related_name="tokens",
    )
    prefix = models.CharField(_("prefix"), max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        User, verbose_name=_("created by"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = ClientTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("service token")
        verbose_name_plural = _("service tokens")

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def works(self, at: datetime) -> bool:
        """Whether it has not ended by then, unless its client as a whole is revoked."""
        return (self.expires_at is None or self.expires_at > at) and (
            self.revoked_at is None or self.revoked_at > at
        )

    @classmethod
    def issue(
        cls, *, client: ServiceClient, created_by: User, expires_at: datetime | None = None
    ) -> tuple["ClientToken", str]:
        """A new token and its secret, which is shown once and never again."""
        minted = credentials.mint(credentials.SERVICE_TOKEN)
        token = cls.objects.create(
            client=client,
            prefix=minted.prefix,
            digest=minted.digest,
            created_by=created_by,
            expires_at=expires_at,
        )
        return token, minted.secret


class TokenUse(models.Model):
    """How often a token asked one thing from one address within an hour, and how it went.

    A summary that `accounts.token_uses` adds to every few seconds; what was written through
    the API names the client itself.
    """

    class Outcome(models.TextChoices):
        LET_IN = "let_in", _("let in")
        TOKEN_ENDED = "token_ended", _("refused: the token has ended")
        ADDRESS_REFUSED = "address_refused", _("refused: not from this address")
        TOO_MANY = "too_many", _("refused: too many requests")
        SCOPE_MISSING = "scope_missing", _("refused: without the scope")

    token = models.ForeignKey(
        ClientToken,
        verbose_name=_("service token"),
        on_delete=models.PROTECT,
        related_name="uses",
        # The unique key below begins with it.
        db_index=False,
    )
    hour = models.DateTimeField(_("hour"))
    operation = models.CharField(_("what was asked"), max_length=120)
    address = models.GenericIPAddressField(_("from"), null=True)
    outcome = models.CharField(
        pgettext_lazy("of a request", "outcome"), max_length=20, choices=Outcome.choices
    )
    count = models.PositiveBigIntegerField(_("how often"))
    first_at = models.DateTimeField(_("first at"))
    last_at = models.DateTimeField(_("last at"))

    class Meta:
        verbose_name = _("use of a service token")
        verbose_name_plural = _("uses of service tokens")
        constraints = [
            models.UniqueConstraint(
                fields=["token", "hour", "operation", "address", "outcome"],
                name="accounts_tokenuse_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["hour"], name="accounts_tokenuse_by_hour")]

    def __str__(self) -> str:
        return f"{self.token_id} · {self.operation}"


class RequestBudget(models.Model):
    """Of a client's requests of one minute, how many were given out to processes.

    `granted` is the share given out last; see `accounts.request_budgets`.
    """

    client = models.OneToOneField(
        ServiceClient,
        verbose_name=_("service client"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="+",
    )
    minute = models.DateTimeField(_("minute"))
    given_out = models.PositiveIntegerField(_("given out"))
    granted = models.PositiveIntegerField(_("given out last"))

    class Meta:
        verbose_name = _("budget of requests")
        verbose_name_plural = _("budgets of requests")

    def __str__(self) -> str:
        return f"{self.client_id}: {self.given_out}"


_COLUMNS = [field.attname for field in ServiceClient._meta.concrete_fields]
_SHOWN_BY = f"""
SELECT {", ".join(f"client.{field.column}" for field in ServiceClient._meta.concrete_fields)},
       token.id,
       (token.expires_at IS NULL OR token.expires_at > moment)
       AND (token.revoked_at IS NULL OR token.revoked_at > moment)
       AND (client.revoked_at IS NULL OR client.revoked_at > moment),
       moment
FROM accounts_clienttoken token
JOIN accounts_serviceclient client ON client.id = token.client_id,
     common_now() AS moment
WHERE token.digest = %(digest)s
"""
