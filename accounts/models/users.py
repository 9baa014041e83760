"""People who sign in: customers and staff alike."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Cast, Concat, Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from accounts.phone_numbers import mask_email, mask_phone, parse_phone
from common.clock import Now
from common.models import Editable
from common.names import validate_name
from common.public_ids import new_public_id
from common.time_zones import validate_time_zone


class Language(models.TextChoices):
    """Languages notices are written in, as BCP 47 tags in lower case."""

    CHINESE = "zh-hans", _("Simplified Chinese")
    ENGLISH = "en", _("English")


class UserManager(BaseUserManager["User"]):
    def create_user(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        """A person reached at `phone`, written any way `parse_phone` understands."""
        user = self.model(phone=parse_phone(phone), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(phone, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, phone: str | None) -> "User":
        return self.get(phone=phone)


class User(Editable, AbstractBaseUser, PermissionsMixin):
    """A person. Signs in with phone and password (clause 1.2.4)."""

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "usr"),
    )
    phone = models.CharField(_("phone"), max_length=16, unique=True)
    phone_verified_at = models.DateTimeField(_("phone verified at"), null=True, blank=True)
    name = models.CharField(
        pgettext_lazy("of a person", "name"), max_length=120, validators=[validate_name]
    )
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    contact_email_verified_at = models.DateTimeField(
        _("contact e-mail verified at"), null=True, blank=True
    )
    language = models.CharField(
        _("language"), max_length=10, choices=Language.choices, default=Language.CHINESE
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="Asia/Shanghai",
        validators=[validate_time_zone],
    )
    is_staff = models.BooleanField(_("member of staff"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("joined at"), db_default=Now(), editable=False)
    # Set once, by their closure. Then the phone is `#` and their number in this table, so that
    # theirs can sign up again as somebody new; what the law keeps is in `KeptIdentity`.
    closed_at = models.DateTimeField(
        pgettext_lazy("of an account", "closed at"), null=True, blank=True, editable=False
    )

    objects: ClassVar[UserManager] = UserManager()

    # Personal fields stay out: history is kept when the person asks to be erased.
    history = HistoricalRecords(
        excluded_fields=[
            "phone",
            "name",
            "contact_email",
            "password",
            "last_login",
            "edition",
        ]
    )

    USERNAME_FIELD = "phone"
    EMAIL_FIELD = "contact_email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        permissions = [
            ("read_outbox", _("Can read messages that were written to files")),
            ("reset_second_factor", _("Can reset second factors")),
            ("assign_staff_groups", _("Can put staff into groups")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=False)
                | models.Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="accounts_user_phone_is_e164",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None)
                | models.Q(
                    phone=Concat(models.Value("#"), Cast("id", models.CharField())),
                    name="",
                    contact_email="",
                    is_active=False,
                    is_staff=False,
                    is_superuser=False,
                ),
                name="accounts_user_nothing_left_of_the_closed",
            ),
        ]
        indexes = [
            GinIndex(
                name="accounts_user_search",
                fields=["phone", "contact_email", "name"],
                opclasses=["gin_trgm_ops"] * 3,
            ),
            # A whole address is found at once, however its letters are written.
            models.Index(Lower("contact_email"), name="accounts_user_contact_email"),
            models.Index(fields=["name", "id"], name="accounts_user_by_name"),
            models.Index(fields=["date_joined", "id"], name="accounts_user_by_joining"),
            # A handful among a million customers.
            models.Index(
                fields=["id"], condition=models.Q(is_staff=True), name="accounts_user_staff"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.public_id

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        return "" if self.closed_at else mask_phone(self.phone)

    @property
    def masked_email(self) -> str:
        return mask_email(self.contact_email)

    @property
    def reachable_email(self) -> str:
        """The contact e-mail if it has been verified, else `""`."""
        return self.contact_email if self.contact_email_verified_at else ""

    def verify_contact_email(self, address: str, *, at: datetime) -> bool:
        """Marks `address` verified if it is still this person's. False when it is not."""
        rows = User.objects.filter(pk=self.pk, contact_email=address)
        return bool(rows.update(contact_email_verified_at=at))
