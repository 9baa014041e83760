"""Short ways to make changes and people for tests of notices."""

from datetime import timedelta

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from accounts.models import Account, AgreementDocument, Membership
from common import clock
from notices import changes, delivering, progress
from notices.models import Channel, ServiceChange
from tests.accounts.making import make_clause, make_person, make_service


def make_staff(*permissions, **fields):
    """A member of staff whose group has those permissions on service changes."""
    person = make_person(is_staff=True, **fields)
    group = Group.objects.create(name=f"group of {person.public_id}")
    group.permissions.set(
        Permission.objects.filter(codename__in=[f"{p}_servicechange" for p in permissions])
    )
    person.groups.add(group)
    return person


def make_officer():
    officer = make_staff("propose", "withdraw", "postpone", "lift", name="Officer")
    officer.groups.get().permissions.add(Permission.objects.get(codename="act_on_gateatrisk"))
    return officer


def make_supervisor():
    return make_staff("approve", "withdraw", "postpone", "lift", name="Supervisor")


def make_customer(**fields):
    """A person with a verified e-mail, and their personal account."""
    verified = {"contact_email": "lihua@example.com", "contact_email_verified_at": clock.now()}
    person = make_person(**{**verified, **fields})
    account = Account.objects.create(kind="personal", holder=person, name=person.name)
    Membership.objects.create(user=person, account=account, role="owner")
    return person, account


def make_organization(*people, name="示例科技有限公司", role="owner", **fields):
    # At once: an owner after the first transaction takes the platform's consent.
    with transaction.atomic():
        account = Account.objects.create(kind="organization", name=name, **fields)
        for person in people:
            Membership.objects.create(user=person, account=account, role=role)
    return account


def give_role(person, role):
    """Another role in each of their organizations, which somebody else owns from then on."""
    for place in person.memberships.all():
        place.account.memberships.create(user=make_person(), role="owner")
    person.memberships.update(role=role)


def plan(*accounts, planned_by=None, in_days=5, **contents):
    clause = make_clause("1.3")
    AgreementDocument.objects.filter(pk=clause.version.document_id).update(
        title_zh_hans="服务协议", title_en="Terms of Service"
    )
    if "service" not in contents:  # None: every service
        contents["service"] = make_service()
    api_keys = contents.pop("api_keys", ())
    return changes.plan(
        planned_by=planned_by or make_officer(),
        accounts=accounts,
        api_keys=api_keys,
        **{
            "kind": "suspension",
            "title_zh_hans": "暂停图像生成",
            "title_en": "Suspend image generation",
            "reason_zh_hans": "多次违规",
            "reason_en": "Repeated violations",
            "clause": clause,
            "effective_at": clock.now() + timedelta(days=in_days),
            **contents,
        },
    )


def propose(change, *, by=None):
    return changes.propose(change=change, proposed_by=by or make_officer(), at=clock.now())


def approve(change, *, by=None):
    return changes.approve(
        proposal=change.proposal, approved_by=by or make_supervisor(), at=clock.now()
    )


def run_jobs():
    """What the worker does when every task is woken once."""
    moment = clock.now()
    progress.write_messages()
    progress.take_effect_all(at=moment)
    progress.write_messages()
    for channel in (Channel.EMAIL, Channel.SMS):
        delivering.deliver_all(channel, at_most=timedelta(minutes=5))
    progress.conclude_all()


def make_announced(*accounts, **contents):
    """A change that everybody has been told of."""
    change = plan(*accounts, **contents)
    propose(change)
    approve(change)
    run_jobs()
    return ServiceChange.objects.get(pk=change.pk)
