"""Short ways to make people, accounts, agreements and services for tests."""

import uuid
from datetime import datetime, timedelta
from itertools import count

from django.db import transaction

from accounts.models import (
    Account,
    AgreementDocument,
    AgreementVersion,
    ApiKey,
    Clause,
    InferenceModel,
    Membership,
    Permit,
    Region,
    Restriction,
    Service,
    User,
)
from common import clock

_numbers = count(10_000_000)


def make_person(**fields):
    # A number of a range that CN mobile operators use, so that it is valid.
    phone = f"+86138{next(_numbers)}"
    return User.objects.create_user(phone, **{"name": "李华", **fields})


def make_account(*, kind="personal", **fields):
    holder = make_person()
    account = Account.objects.create(
        kind=kind,
        holder=holder if kind == "personal" else None,
        **{"name": "李华", **fields},
    )
    Membership.objects.create(user=holder, account=account, role="owner")
    return account


def make_service(slug="image-generation", **fields):
    return Service.objects.create(
        slug=slug,
        **{"name_zh_hans": "图像生成", "name_en": "Image generation", **fields},
    )


def make_model(service, slug="painter-2"):
    return InferenceModel.objects.create(slug=slug, name=slug, service=service)


def make_region(slug="cn-south"):
    return Region.objects.create(slug=slug, name_zh_hans="华南", name_en="South China")


def make_clause(number="1.3", *, slug="terms", version=1):
    document, _created = AgreementDocument.objects.get_or_create(slug=slug)
    of, _created = AgreementVersion.objects.get_or_create(document=document, number=version)
    return Clause.objects.get_or_create(
        version=of,
        number=number,
        defaults={"level": "clause", "position": of.clauses.count()},
    )[0]


def make_key(account, **fields):
    key, _secret = ApiKey.issue(
        account=account,
        created_by=account.memberships.get().user,
        name="server",
        **fields,
    )
    return key


def restrict(account, *, since=None, until=None, clause=None, **fields):
    """A restriction without prior notice: for tests with the `ungated` fixture."""
    since = since or clock.now() + timedelta(milliseconds=1)
    clause = clause or make_clause()
    with transaction.atomic():
        permit = Permit.record(change=uuid.uuid4(), account=account, not_before=since)
        return Restriction.record(
            permit=permit,
            account=account,
            clause=clause,
            starts_at=max(since, permit_recorded(permit)),
            ends_at=until,
            **{"reason_zh_hans": "欠费", "reason_en": "Fees are overdue", **fields},
        )


def permit_recorded(permit) -> datetime:
    permit.refresh_from_db()
    return permit.recorded_at
