"""What happened in an account, as its owners read it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.accounts import Account
from accounts.models.api_keys import ApiKey
from accounts.models.users import User
from common.models import Sealed


class Activity(Sealed):
    """One thing that somebody did in an account, written by the rule that did it.

    `facts` say what with: names, roles, masked addresses; never a secret. `area` is the first
    part of `kind`, kept so that a long log is filtered by an index.
    """

    class Area(models.TextChoices):
        ACCOUNT = "account", _("the account")
        MEMBERS = "members", _("members")
        KEYS = "keys", _("API keys")
        AGREEMENTS = "agreements", _("agreements")
        LABELS = "labels", _("label exemptions")
        TRANSFERS = "transfers", _("transfers")
        MONEY = "money", _("money")

    class Kind(models.TextChoices):
        OPENED = "account.opened", _("opened the organization")
        RENAMED = "account.renamed", _("changed the name")
        CLOSING_ASKED = "account.closing_asked", _("asked to close the account")
        CLOSING_BACK = "account.closing_back", _("took the closing back")
        INVITED = "members.invited", _("invited somebody")
        INVITED_AGAIN = "members.invited_again", _("sent an invitation again")
        UNINVITED = "members.uninvited", _("withdrew an invitation")
        JOINED = "members.joined", _("joined")
        ROLE_CHANGED = "members.role_changed", _("changed a role")
        REMOVED = "members.removed", _("removed a member")
        LEFT = "members.left", pgettext_lazy("activity log", "left")
        KEY_CREATED = "keys.created", _("created an API key")
        KEY_ROTATED = "keys.rotated", _("rotated an API key")
        KEY_REVOKED = "keys.revoked", _("revoked an API key")
        KEY_GIVEN = "keys.given", _("an API key went to another account")
        KEY_RECEIVED = "keys.received", _("an API key came from another account")
        ACCEPTED = "agreements.accepted", _("agreed to an agreement")
        OBJECTED = "agreements.objected", _("objected to a new version")
        LABELS_ASKED = "labels.asked", _("asked for a label exemption")
        LABELS_BACK = "labels.back", _("took an application for a label exemption back")
        LABELS_GRANTED = "labels.granted", _("a label exemption was granted")
        LABELS_DECLINED = "labels.declined", _("a label exemption was declined")
        LABELS_REVOKED = "labels.revoked", _("a label exemption was revoked")
        LABELS_GIVEN_UP = "labels.given_up", _("gave a label exemption up")
        TRANSFER_ASKED = "transfers.asked", _("asked for a transfer")
        TRANSFER_STEP = "transfers.step", _("a transfer went on")
        OWNER_CHANGED = "transfers.owner_changed", _("ownership was handed over")
        TOP_UP = "money.top_up", _("ordered a top-up")
        REFUND_ASKED = "money.refund_asked", _("asked for a refund")
        ALERT_SET = "money.alert_set", _("set the balance alert")

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="activity",
        db_index=False,  # the indexes below begin with it
    )
    area = models.CharField(_("area"), max_length=12, choices=Area.choices)
    kind = models.CharField(
        pgettext_lazy("activity log", "what"), max_length=32, choices=Kind.choices
    )
    by = models.ForeignKey(
        User,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    about = models.ForeignKey(
        User,
        verbose_name=_("person concerned"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    api_key = models.ForeignKey(
        ApiKey,
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    facts = models.JSONField(_("particulars"), default=dict)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activity")
        indexes = [
            models.Index(fields=["account", "-id"], name="accounts_activity_of"),
            models.Index(fields=["account", "area", "-id"], name="accounts_activity_in_area"),
            models.Index(fields=["account", "by", "-id"], name="accounts_activity_by_person"),
            models.Index(fields=["account", "recorded_at"], name="accounts_activity_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.get_kind_display()}"
