"""What owners are told of exemptions from the explicit label, and when (clause 3.6.2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from accounts.models import LabelApplication, LabelExemption, LabelReminder, Service
from accounts.news import News, owners_of, tell

# How many days before the end, the shortest first: whoever was told of that needs no longer one.
REMINDERS = (7, 30)
MOST = 200


def tell_owners(
    application: LabelApplication, kind: News, *, key: str, at: datetime, **facts: object
) -> None:
    """The owners of the account, who promised."""
    account = application.account
    services = [one for one in services_of(application) if one is not None]
    tell(
        kind=kind,
        account=account,
        people=owners_of(account),
        key=key,
        page="label_exemptions",
        facts={
            **scope_in_words(services),
            "reference": key.partition(":")[0],
            **{name: str(value) for name, value in facts.items()},
        },
        at=at,
    )


def services_of(application: LabelApplication) -> list[Service | None]:
    """None alone for the whole account."""
    if application.whole_account:
        return [None]
    return list(Service.objects.filter(slug__in=application.services))


def names_of(exemption: LabelExemption) -> dict[str, str]:
    return scope_in_words([exemption.service] if exemption.service else [])


def scope_in_words(services: Sequence[Service]) -> dict[str, str]:
    """What an exemption is for, in both languages; no service: the whole account."""
    return {
        "scope_zh_hans": "、".join(one.name_zh_hans for one in services) or "整个账号",
        "scope_en": ", ".join(one.name_en for one in services) or "the whole account",
    }


@transaction.atomic
def tell_of_expiring(*, at: datetime, most: int = MOST) -> int:
    """Has owners told of exemptions that end within 30 days, and again within 7; the number of
    exemptions that were looked at. Of one granted for less than that they were just told."""
    told = 0
    for days in REMINDERS:
        reminded = LabelReminder.objects.filter(exemption=OuterRef("pk"), days__lte=days)
        expiring = (
            LabelExemption.objects.standing(at)
            .filter(
                ends_at__lte=at + timedelta(days=days),
                recorded_at__lt=F("ends_at") - timedelta(days=days),
            )
            .exclude(Exists(reminded))
            .select_related("account", "service", "proposal__application__account")
            .order_by("pk")[:most]
        )
        for exemption in expiring:
            LabelReminder.record(exemption=exemption, days=days)
            facts = {"last_day": exemption.last_day, **names_of(exemption)}
            key = f"{exemption.public_id}:{days}"
            tell_owners(exemption.proposal.application, News.LABELS_EXPIRE, key=key, at=at, **facts)
            told += 1
    return told
