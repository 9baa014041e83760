"""Questions to answer as banners, with their day."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Membership, User
from accounts.pages.banners import Banner, BannerSource, banner_sources
from compliance import matters
from compliance.letter_texts import clause_of


def register() -> None:
    """Called once, when the app is ready."""
    banner_sources.register(BannerSource("matters", deadlines))


def deadlines(accounts: Collection[Account], user: User, at: datetime) -> Iterable[Banner]:
    """Of the accounts this person answers for."""
    answering = Membership.objects.filter(user=user, role__in=Membership.NOTICED_ROLES)
    mine = set(answering.values_list("account_id", flat=True))
    for account in accounts:
        if account.pk in mine:
            yield from _questions(account, at)


def _questions(account: Account, at: datetime) -> Iterable[Banner]:
    for inquiry in matters.open_inquiries(account)[:10]:
        yield Banner(
            account=account,
            deadline=inquiry.answer_by,
            what=_("A question waits for your answer.")
            if inquiry.answer_by > at
            else _("A question waits for your answer; its day is past."),
            act=_("Read and answer"),
            url=reverse("matter_inquiry", args=[account.public_id, inquiry.public_id]),
            clause=clause_of(inquiry.case),
        )
