"""Members of an organization: other roles, removal, leaving (clause 1.2.7).

Administrators manage whoever is below them; only owners manage administrators, and nobody an
owner: owners come by a transfer and go by themselves, as long as one stays. What somebody may
do is asked of the database at every page, so it ends with the membership.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import activity, roles
from accounts.exceptions import LastOwner, NotAllowed, NotPossibleNow, ReasonMissing
from accounts.models import Account, Activity, ApiKey, Membership, User
from accounts.news import News, managers_of, tell
from accounts.querysets import ApiKeyQuerySet
from accounts.roles import May

Role = Membership.Role


def may_manage(manager: Membership, member: Membership) -> bool:
    """Whether `manager` may change or end `member`: not themselves, not an owner, and an
    administrator only as an owner."""
    return (
        roles.may(manager, May.MANAGE_MEMBERS)
        and manager.user_id != member.user_id
        and member.role != Role.OWNER
        and (manager.role == Role.OWNER or member.role != Role.ADMIN)
    )


def roles_to_give(manager: Membership) -> list[tuple[str, str]]:
    """The roles that `manager` may give: never owner, administrator only as an owner."""
    barred = {Role.OWNER} if manager.role == Role.OWNER else {Role.OWNER, Role.ADMIN}
    return [(role.value, str(role.label)) for role in Role if role not in barred]


@transaction.atomic
def change_role(*, member: Membership, role: str, by: User, at: datetime) -> Membership:
    """Gives a member another role. Raises `NotAllowed`."""
    manager, found = _both(member, by)
    if not may_manage(manager, found) or role not in dict(roles_to_give(manager)):
        raise NotAllowed(_("Your role does not let you make this change."))
    was = found.role
    if was == role:
        return found
    found.role = role
    found.save(update_fields=["role"])
    line = activity.note(
        Activity.Kind.ROLE_CHANGED,
        account=found.account,
        by=by,
        about=found.user,
        was=was,
        role=role,
    )
    tell(
        kind=News.ROLE_CHANGED,
        account=found.account,
        people=[found.user],
        key=f"{found.account.public_id}:{line.pk}",
        page="account",
        facts={"role": role},
        at=at,
    )
    return found


@transaction.atomic
def remove(*, member: Membership, by: User, reason: str, at: datetime) -> int:
    """Ends a membership, and says how many live keys the person had made.

    Keys are the account's and go on: whoever removes decides which to rotate. Raises
    `NotAllowed`, `ReasonMissing`.
    """
    if not reason.strip():
        raise ReasonMissing(_("Say why this person is removed."))
    manager, found = _both(member, by)
    if not may_manage(manager, found):
        raise NotAllowed(_("Your role does not let you remove this member."))
    account, person = found.account, found.user
    found.delete()
    line = activity.note(
        Activity.Kind.REMOVED,
        account=account,
        by=by,
        about=person,
        role=found.role,
        reason=reason.strip(),
    )
    tell(
        kind=News.REMOVED,
        account=account,
        people=[person],
        key=f"{account.public_id}:{line.pk}",
        page="",
        at=at,
    )
    return keys_of(account=account, person=person, at=at).count()


@transaction.atomic
def leave(*, member: Membership, at: datetime) -> None:
    """Ends one's own membership. Raises `LastOwner`, and `NotPossibleNow` for the holder of a
    personal account."""
    account = _locked(member.account_id)
    found: Membership | None = (
        account.memberships.select_related("user").filter(pk=member.pk).first()
    )
    if found is None:
        raise NotAllowed(_("You do not belong to this account any more."))
    if account.kind == Account.Kind.PERSONAL and account.holder_id == found.user_id:
        raise NotPossibleNow(_("Your own account is not left; it can be closed."))
    others = account.memberships.filter(role=Role.OWNER).exclude(pk=found.pk)
    if found.role == Role.OWNER and not others.exists():
        raise LastOwner(
            _("You are the last owner. Hand over ownership first; we have to agree to that.")
        )
    found.delete()
    line = activity.note(
        Activity.Kind.LEFT, account=account, by=found.user, about=found.user, role=found.role
    )
    tell(
        kind=News.LEFT,
        account=account,
        people=managers_of(account, but=found.user),
        key=f"{account.public_id}:{line.pk}",
        page="members",
        facts={"person": str(found.user)},
        at=at,
    )


def keys_of(*, account: Account, person: User, at: datetime) -> ApiKeyQuerySet:
    """The live keys of an account that `person` made and has therefore seen."""
    found: ApiKeyQuerySet = ApiKey.objects.usable(at).filter(account=account, created_by=person)
    return found


def made_by_former_members(account: Account, *, at: datetime) -> ApiKeyQuerySet:
    """Live keys that somebody has seen who does not belong to the account any more."""
    found: ApiKeyQuerySet = (
        ApiKey.objects.usable(at)
        .filter(account=account)
        .exclude(created_by__in=account.memberships.values("user"))
    )
    return found


def _locked(account_id: int) -> Account:
    """Of those who change an account's members at the same moment one goes after the other."""
    account: Account = Account.objects.select_for_update().get(pk=account_id)
    return account


def _both(member: Membership, by: User) -> tuple[Membership, Membership]:
    """The manager's and the member's places as they are now. Raises `NotAllowed`."""
    account = _locked(member.account_id)
    places = {one.user_id: one for one in account.memberships.select_related("user", "account")}
    manager, found = places.get(by.pk), places.get(member.user_id)
    if manager is None or found is None:
        raise NotAllowed(_("One of you does not belong to this account any more."))
    return manager, found
