"""Other systems of the platform that call the API: gateways, metering, risk control."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import credentials
from accounts.models.users import User
from common import prepared
from common.clock import Now
from common.public_ids import new_public_id


class ServiceClientQuerySet(models.QuerySet["ServiceClient"]):
    def live(self, at: datetime) -> "ServiceClientQuerySet":
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=at),
            Q(revoked_at=None) | Q(revoked_at__gt=at),
        )


class ServiceClient(models.Model):
    """A calling system, its token's hash and what the token may be used for."""

    class Scope(models.TextChoices):
        ACCESS_READ = "access:read", _("ask about access")
        USES_WRITE = "uses:write", _("report uses of services")
        CHARGES_WRITE = "charges:write", _("charge rated usage")
        REPORTS_WRITE = "reports:write", _("report accounts to compliance")
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
    prefix = models.CharField(_("prefix"), max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        User, verbose_name=_("created by"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = ServiceClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("service client")
        verbose_name_plural = _("service clients")
        permissions = [
            ("issue_serviceclient", _("Can issue service tokens")),
            ("revoke_serviceclient", _("Can revoke service tokens")),
        ]

    def __str__(self) -> str:
        return self.name

    shown_at: datetime | None = None

    # What DRF asks of the one who calls: it has shown its token.
    is_authenticated = True
    is_anonymous = False

    @classmethod
    def issue(
        cls,
        *,
        name: str,
        scopes: Iterable[str],
        created_by: User,
        expires_at: datetime | None = None,
    ) -> tuple["ServiceClient", str]:
        """A new client and its token, which is shown once and never again."""
        minted = credentials.mint(credentials.SERVICE_TOKEN)
        client = cls.objects.create(
            name=name,
            scopes=list(scopes),
            prefix=minted.prefix,
            digest=minted.digest,
            created_by=created_by,
            expires_at=expires_at,
        )
        return client, minted.secret

    @classmethod
    def showing(cls, *, digest: str) -> "ServiceClient | None":
        """The client whose live token has this digest, None for no such; asked with every
        call of the API. `shown_at` is the moment at which it was live.
        """
        for *values, shown_at in prepared.rows(_SHOWING, {"digest": digest}):
            client: ServiceClient = cls.from_db("default", _SHOWN, values)
            client.shown_at = shown_at
            return client
        return None

    def revoke(self, *, at: datetime) -> None:
        """Ends the token at that moment. A second call changes nothing."""
        ServiceClient.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at)
        self.refresh_from_db(fields=["revoked_at"])


_SHOWN = [field.attname for field in ServiceClient._meta.concrete_fields]
_SHOWING = f"""
SELECT {", ".join(str(field.column) for field in ServiceClient._meta.concrete_fields)}, moment
FROM accounts_serviceclient, common_now() AS moment
WHERE digest = %(digest)s
  AND (expires_at IS NULL OR expires_at > moment)
  AND (revoked_at IS NULL OR revoked_at > moment)
"""
