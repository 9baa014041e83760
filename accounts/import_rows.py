"""A row of a file of people and accounts: its columns, and what each may hold.

`Columns` finds the columns by their headings, however they are called; `read_row` turns
the cells of one line into an `ImportRow` or raises `RowRefused` with the reason. Nothing
here asks the database: what must fit to what is there, `accounts.imports` checks.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import FileRefused, NotAPhoneNumber, RowRefused
from accounts.models import Account, Membership
from accounts.models.users import Language
from accounts.phone_numbers import parse_phone
from common.languages import listed
from common.names import validate_name
from common.time_zones import validate_time_zone

ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "phone": ("mobile", "phone_number", "mobile_number", "手机", "手机号", "手机号码", "电话"),
        "name": ("full_name", "person", "姓名", "名字"),
        "email": ("e_mail", "mail", "contact_email", "邮箱", "电子邮箱", "电子邮件"),
        "language": ("lang", "locale", "语言"),
        "time_zone": ("timezone", "tz", "时区"),
        "kind": ("account_kind", "account_type", "type", "类型", "账号类型", "账户类型"),
        "account_ref": (
            "external_ref",
            "account_id",
            "reference",
            "账号编号",
            "账户编号",
            "外部编号",
        ),
        "account_name": (
            "account",
            "organization",
            "company",
            "账号名称",
            "账户名称",
            "组织名称",
            "公司",
        ),
        "role": ("角色",),
        "region": ("地域", "区域"),
        "services_used": ("services", "使用的服务"),
        "accepted_document_version": ("accepted_version", "agreement", "协议版本"),
        "accepted_at": ("agreed_at", "同意时间"),
        "email_verified_at": ("邮箱验证时间",),
        "phone_verified_at": ("手机验证时间",),
    }
)
REQUIRED = ("phone", "name")

_KINDS = MappingProxyType(
    {
        **dict.fromkeys(["", "personal", "person", "个人"], Account.Kind.PERSONAL),
        **dict.fromkeys(
            ["organization", "organisation", "org", "company", "组织", "企业", "公司"],
            Account.Kind.ORGANIZATION,
        ),
    }
)
_ROLES = MappingProxyType(
    {
        **{role.value: role for role in Membership.Role},
        **dict.fromkeys(["administrator", "管理员"], Membership.Role.ADMIN),
        **dict.fromkeys(["所有者", "拥有者"], Membership.Role.OWNER),
        **dict.fromkeys(["财务", "账务"], Membership.Role.BILLING),
        **dict.fromkeys(["开发者", "开发"], Membership.Role.DEVELOPER),
        **dict.fromkeys(["查看者", "只读"], Membership.Role.VIEWER),
    }
)
_LANGUAGES = MappingProxyType(
    {
        **dict.fromkeys(["", "zh", "zh_cn", "zh_hans", "zh_hans_cn", "chinese"], Language.CHINESE),
        **dict.fromkeys(["中文", "简体中文"], Language.CHINESE),
        **dict.fromkeys(["en", "en_us", "en_gb", "english", "英文", "英语"], Language.ENGLISH),
    }
)


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """A person and their place in one account, as a line of the file has it."""

    line: int
    phone: str
    name: str
    email: str
    email_verified_at: datetime | None
    phone_verified_at: datetime | None
    language: str
    time_zone: str
    kind: str
    account_ref: str | None
    account_name: str
    role: str
    region: str = ""
    services_used: tuple[str, ...] = ()
    accepted: tuple[str, int] | None
    accepted_at: datetime | None


@dataclass(frozen=True)
class Columns:
    """Where each known column is; `ignored` are headings nobody knows."""

    names: tuple[str | None, ...]
    ignored: tuple[str, ...]

    @classmethod
    def of(cls, headings: Sequence[str]) -> "Columns":
        """Raises `FileRefused` for a required column missing or one there twice."""
        names = tuple(_column(heading) for heading in headings)
        known = [name for name in names if name]
        if missing := [name for name in REQUIRED if name not in known]:
            raise FileRefused(_("Line 1: the column “%(name)s” is missing.") % {"name": missing[0]})
        if twice := [name for name in known if known.count(name) > 1]:
            raise FileRefused(
                _("Line 1: the column “%(name)s” is there more than once.") % {"name": twice[0]}
            )
        ignored = (h for h, name in zip(headings, names, strict=True) if h.strip() and not name)
        return cls(names, tuple(ignored))

    def cells(self, values: Sequence[str]) -> dict[str, str]:
        """The cells of a line by column, cleaned. Raises `RowRefused`."""
        if len(values) > len(self.names):
            raise RowRefused(
                _("There are %(cells)s cells for %(columns)s columns: is a comma unquoted?")
                % {"cells": len(values), "columns": len(self.names)}
            )
        cells = dict.fromkeys(ALIASES, "")
        for name, value in zip(self.names, values, strict=False):
            if name:
                cells[name] = _clean(name, value)
        return cells


def read_row(line: int, cells: Mapping[str, str]) -> ImportRow:
    """The row that the cells of `line` make. Raises `RowRefused`."""
    kind = _one_of(_KINDS, "kind", cells["kind"])
    personal = kind == Account.Kind.PERSONAL
    name = _required("name", cells["name"])
    row = ImportRow(
        line=line,
        phone=_phone(cells["phone"]),
        name=name,
        email=_email(cells["email"]),
        email_verified_at=_moment("email_verified_at", cells["email_verified_at"]),
        phone_verified_at=_moment("phone_verified_at", cells["phone_verified_at"]),
        language=_one_of(_LANGUAGES, "language", cells["language"]),
        time_zone=_time_zone(cells["time_zone"] or "Asia/Shanghai"),
        kind=kind,
        account_ref=cells["account_ref"] or None,
        account_name=cells["account_name"] or (name if personal else ""),
        role=_role(cells["role"], personal=personal),
        region=cells["region"],
        services_used=tuple(re.split(r"[\s;|]+", cells["services_used"]))
        if cells["services_used"]
        else (),
        accepted=_accepted(cells["accepted_document_version"]),
        accepted_at=_moment("accepted_at", cells["accepted_at"]),
    )
    _check_together(row)
    return row


def _check_together(row: ImportRow) -> None:
    if row.kind == Account.Kind.ORGANIZATION and row.account_ref is None:
        raise RowRefused(_("An organization needs an account_ref, the same in each of its rows."))
    if (row.accepted is None) != (row.accepted_at is None):
        raise RowRefused(_("accepted_document_version and accepted_at need each other."))
    if row.accepted and row.role != Membership.Role.OWNER:
        raise RowRefused(_("Only an owner can have accepted for an account."))
    if row.email_verified_at and not row.email:
        raise RowRefused(_("email_verified_at needs an e-mail address."))


def _column(heading: str) -> str | None:
    written = re.sub(r"[\s\-_]+", "_", unicodedata.normalize("NFKC", heading).strip().casefold())
    return _HEADINGS.get(written.strip("_*"))


_HEADINGS = {name: name for name in ALIASES} | {
    alias: name for name, aliases in ALIASES.items() for alias in aliases
}
# As long as the columns they go into.
_LONGEST = MappingProxyType({"name": 120, "account_name": 120, "account_ref": 80, "email": 254})


def _clean(column: str, value: str) -> str:
    value = unicodedata.normalize("NFC", value).strip()
    if not value:
        return ""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise RowRefused(
            _("“%(column)s” has a line break or control character: is a quotation mark not closed?")
            % {"column": column}
        )
    # What spreadsheets are told to take as text: ="138…" or '138…
    value = re.sub(r'^="(.*)"$', r"\1", value)
    value = re.sub(r"^'(?=[=+\-@\d])", "", value)
    if column in ("name", "account_name"):
        try:
            validate_name(value)
        except ValidationError as error:
            raise RowRefused(" ".join(error.messages)) from None
    if len(value) > (longest := _LONGEST.get(column, 100)):
        raise RowRefused(
            _("“%(column)s” is longer than %(longest)s characters.")
            % {"column": column, "longest": longest}
        )
    return value


def _required(column: str, value: str) -> str:
    if not value:
        raise RowRefused(_("“%(column)s” is empty.") % {"column": column})
    return value


def _phone(value: str) -> str:
    """E.164, also from what spreadsheets make of numbers: 13812345678.0, 1.38E+10."""
    written = unicodedata.normalize("NFKC", _required("phone", value))
    if re.fullmatch(r"\d\.\d+[eE]\+?\d{1,2}", written):
        mantissa, exponent = written.casefold().split("e")
        if len(mantissa) - 2 < int(exponent):
            raise RowRefused(
                _("A spreadsheet cut the phone number to %(written)s. Make the column text.")
                % {"written": written}
            )
        written = f"{Decimal(written):f}"
    written = re.sub(r"\.0+$", "", written)
    if re.fullmatch(r"86\d{11}", written):  # the plus sign was lost
        written = f"+{written}"
    try:
        return parse_phone(written)
    except NotAPhoneNumber as error:
        raise RowRefused(str(error)) from None


def _email(value: str) -> str:
    try:
        if value:
            validate_email(value)
    except ValidationError:
        raise RowRefused(_("“%(value)s” is not an e-mail address.") % {"value": value}) from None
    return value


@cache
def _zone_is_known(name: str) -> bool:
    try:
        validate_time_zone(name)
    except ValidationError:
        return False
    return True


def _time_zone(name: str) -> str:
    if not _zone_is_known(name):
        raise RowRefused(
            _("“%(name)s” is not a time zone. Write one like Asia/Shanghai.") % {"name": name}
        )
    return name


def _one_of(choices: Mapping[str, str], column: str, value: str) -> str:
    found = choices.get(value.casefold().replace("-", "_"))
    if found is None:
        known = listed(dict.fromkeys(str(choice) for choice in choices.values()))
        raise RowRefused(
            _("“%(value)s” is no %(column)s. Write one of: %(known)s.")
            % {"value": value, "column": column, "known": known}
        )
    return found


def _role(value: str, *, personal: bool) -> str:
    role = _one_of(_ROLES, "role", value or (Membership.Role.OWNER if personal else ""))
    if personal and role != Membership.Role.OWNER:
        raise RowRefused(_("A personal account has its holder as owner and nobody else."))
    return role


def _accepted(value: str) -> tuple[str, int] | None:
    if not value:
        return None
    found = re.fullmatch(r"([-\w]{1,60}):(\d{1,6})", value, re.ASCII)
    if found is None:
        raise RowRefused(
            _("“%(value)s” is no version of a document. Write one like terms:3.") % {"value": value}
        )
    return found[1], int(found[2])


def _moment(column: str, value: str) -> datetime | None:
    """ISO 8601; without an offset, in Beijing time."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        raise RowRefused(
            _("“%(value)s” in %(column)s is no time. Write one like 2026-03-01T09:30:00+08:00.")
            % {"value": value, "column": column}
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
