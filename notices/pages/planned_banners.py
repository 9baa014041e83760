"""Announced changes as banners: when they begin, under which clause, and what to do."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import amendments
from accounts.models import Account, User
from accounts.pages.banners import Banner, BannerSource, banner_sources
from notices.models import Notice, ServiceChange
from notices.planned import planned_for


def register() -> None:
    """Called once, when the app is ready."""
    banner_sources.register(BannerSource("planned_changes", planned))


def planned(accounts: Collection[Account], user: User, at: datetime) -> Iterable[Banner]:
    """One for each change and account, until it begins."""
    by_pk = {one.pk: one for one in accounts}
    for one in planned_for(list(accounts), at=at):
        if one.begins_at <= at:
            continue
        account, change = by_pk[one.account_id], one.change
        act, url = _what_to_do(change, account, user)
        yield Banner(
            account=account,
            deadline=one.begins_at,
            what=str(change),
            act=act,
            url=url,
            clause=change.clause.number,
            document=change.clause.version.document.slug,
            version=change.clause.version.number,
        )


def _what_to_do(change: ServiceChange, account: Account, user: User) -> tuple[str, str]:
    version = change.agreement_version
    if version is not None:
        url = reverse(
            "answer_version", args=[account.public_id, version.document.slug, version.number]
        )
        if amendments.objection_of(account=account, version=version):
            return _("An owner objected: accept after all, or close the account"), url
        return _("Compare it with what binds now, then accept or object"), url
    notice = Notice.objects.of(user).filter(expansion__change=change).first()
    if notice is not None:
        return _("Read the notice: it says why, and what you can do"), reverse(
            "notice", args=[notice.public_id]
        )
    return _("Ask an owner: they have the notice"), reverse("account", args=[account.public_id])
