"""Organizations: who declared to act for the entity, and who was invited to join.

A `AuthorityDeclaration` is what the maker of an organization said: for which entity, by its unified
social credit code, and by what authority (clause 1.2.2). An `Invitation` lets one person
join, once; its link is kept as a hash and the address encrypted.
"""

from datetime import datetime
from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.accounts import Account, Membership
from accounts.models.users import Language, User
from common.clock import Now
from common.encryption import decrypt
from common.models import Sealed
from common.public_ids import new_public_id


class AuthorityDeclaration(Sealed):
    """Somebody says that they act for an entity, which is bound with them (clause 1.2.2).

    `statement` is the sentence they agreed to, word for word, `statement_version` its edition.
    """

    class Capacity(models.TextChoices):
        REPRESENTATIVE = "representative", _("its legal representative")
        AUTHORISED = "authorised", _("authorised by it")

    account = models.OneToOneField(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="authority",
    )
    registered_name = models.CharField(_("registered name"), max_length=120)
    uscc = models.CharField(_("unified social credit code"), max_length=18)
    capacity = models.CharField(_("acts as"), max_length=16, choices=Capacity.choices)
    position = models.CharField(_("position"), max_length=80, blank=True)
    clause_number = models.CharField(_("clause"), max_length=24, default="1.2.2")
    statement = models.TextField(pgettext_lazy("of authority", "statement"))
    statement_version = models.PositiveSmallIntegerField(_("version of the statement"))
    declared_by = models.ForeignKey(
        User, verbose_name=_("declared by"), on_delete=models.PROTECT, related_name="+"
    )
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("declaration of authority")
        verbose_name_plural = _("declarations of authority")
        constraints = [
            models.CheckConstraint(
                name="accounts_authority_code_has_its_form",
                condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
            ),
        ]
        indexes = [
            models.Index(fields=["uscc", "id"], name="accounts_authority_by_code"),
            models.Index(fields=["declared_by", "recorded_at"], name="accounts_authority_by_maker"),
        ]

    def __str__(self) -> str:
        return f"{self.registered_name} · {self.uscc}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, at: datetime) -> "InvitationQuerySet":
        """Neither used nor withdrawn nor expired."""
        return self.filter(withdrawn_at=None, accepted_at=None, expires_at__gt=at)


class Invitation(models.Model):
    """An invitation to become a member of an organization. Its link works once."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("SMS")
        EMAIL = "email", _("e-mail")

    PURPOSE = "accounts.invitation"
    # Owners come by a transfer alone (clause 1.2.6).
    ROLES = [choice for choice in Membership.Role.choices if choice[0] != Membership.Role.OWNER]

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "inv"),
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="invitations",
    )
    channel = models.CharField(_("way it is sent"), max_length=5, choices=Channel.choices)
    address = models.TextField(_("encrypted address"), editable=False)
    address_mark = models.CharField(max_length=64, editable=False)
    masked = models.CharField(_("masked address"), max_length=254)
    role = models.CharField(_("role"), max_length=12, choices=ROLES)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, verbose_name=_("invited by"), on_delete=models.PROTECT, related_name="+"
    )
    invited_at = models.DateTimeField(_("invited at"), db_default=Now(), editable=False)
    sent = models.PositiveSmallIntegerField(_("times sent"), default=1)
    sent_at = models.DateTimeField(_("sent at"))
    expires_at = models.DateTimeField(_("expires at"))
    accepted_by = models.ForeignKey(
        User,
        verbose_name=_("accepted by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to an organization")
        verbose_name_plural = _("invitations to organizations")
        constraints = [
            models.CheckConstraint(
                name="accounts_invitation_never_to_own",
                condition=~Q(role=Membership.Role.OWNER),
            ),
            models.CheckConstraint(
                name="accounts_invitation_accepted_by_somebody",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at=None),
            ),
            # A second one to the same address takes the place of the first.
            models.UniqueConstraint(
                name="accounts_invitation_one_open_an_address",
                fields=["account", "address_mark"],
                condition=Q(accepted_at=None, withdrawn_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="accounts_invitation_of"),
            models.Index(fields=["invited_by", "sent_at"], name="accounts_invitation_by_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.masked}"

    @property
    def plain_address(self) -> str:
        """Where it goes. Raises `CannotDecrypt` when the key is missing."""
        return decrypt(self.address, purpose=self.PURPOSE)
