"""API keys of customers (clause 2.2.2)."""

from datetime import datetime
from functools import partial

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import credentials
from accounts.models.accounts import Account
from accounts.models.catalogue import Service
from accounts.models.users import User
from accounts.querysets import ApiKeyQuerySet
from common.clock import Now
from common.public_ids import new_public_id


class ApiKey(models.Model):
    """A key the platform's gateway recognises. The secret itself is never kept."""

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "key"),
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="api_keys",
    )
    created_by = models.ForeignKey(
        User, verbose_name=_("created by"), on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("prefix"), max_length=16, db_index=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    services = models.ManyToManyField(Service, verbose_name=_("services"), blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    # The key that this one takes the place of; that one goes on for an overlap.
    rotated_from = models.OneToOneField(
        "self",
        verbose_name=_("in place of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rotated_to",
    )
    told_of_end = models.BooleanField(
        _("people were told when it ends"), default=False, db_default=False
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        permissions = [("revoke_apikey", _("Can revoke API keys"))]
        indexes = [
            # Those that end and nobody was told of, among many that do not.
            models.Index(
                fields=["expires_at"],
                condition=models.Q(revoked_at=None, told_of_end=False, expires_at__isnull=False),
                name="accounts_apikey_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… · {self.name}"

    @classmethod
    def issue(
        cls,
        *,
        account: Account,
        created_by: User,
        name: str,
        expires_at: datetime | None = None,
        rotated_from: "ApiKey | None" = None,
    ) -> tuple["ApiKey", str]:
        """A new key and its secret, which is shown once and never again."""
        minted = credentials.mint(credentials.API_KEY)
        key = cls.objects.create(
            account=account,
            created_by=created_by,
            name=name,
            prefix=minted.prefix,
            digest=minted.digest,
            expires_at=expires_at,
            rotated_from=rotated_from,
        )
        return key, minted.secret

    def revoke(self, *, at: datetime) -> None:
        """Ends the key at that moment. A second call changes nothing."""
        ApiKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at)
        self.refresh_from_db(fields=["revoked_at"])


class ApiKeyUse(models.Model):
    """When a key was last used, as gateways report it; to the minute, no finer."""

    api_key = models.OneToOneField(
        ApiKey,
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="use",
    )
    last_used_at = models.DateTimeField(_("last used at"))

    class Meta:
        verbose_name = _("use of an API key")
        verbose_name_plural = _("uses of API keys")

    def __str__(self) -> str:
        return f"{self.api_key_id}"
