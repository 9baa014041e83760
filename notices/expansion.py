"""From a change to one message per person: expanding, rendering and queueing.

Everything a phase sends is written in one transaction: the announcement, a notice per
person (their inbox message), and a delivery per address. Sending comes later, from these
rows alone.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models.users import Language, User
from notices.audiences import Recipient, recipients
from notices.models import (
    Announcement,
    Channel,
    Delivery,
    Expansion,
    Notice,
    NoticeAccount,
    ServiceChange,
    Template,
)
from notices.rendering import Rendered, keep, render, values

Texts = dict[tuple[str, str], Template]


def texts_of(change: ServiceChange, phase: str) -> Texts:
    """The pinned templates of a phase, by channel and language."""
    pinned = change.templates.filter(phase=phase)
    return {(template.channel, template.language): template for template in pinned}


def addresses(user: User) -> dict[str, str]:
    """Where a person can be written to: verified e-mail, and the phone they sign in with."""
    found = {Channel.EMAIL.value: user.reachable_email, Channel.SMS.value: user.phone}
    return {channel: address for channel, address in found.items() if address}


@transaction.atomic
def expand(
    change: ServiceChange, phase: str, *, account_ids: Collection[int], at: datetime
) -> Expansion:
    """Writes everything that is to be sent about `change` in `phase` to those accounts.

    The caller holds the lock on the change. Each call for the same phase is its next
    round. Raises `TemplateIsBroken`, having written nothing.
    """
    texts = texts_of(change, phase)
    people = recipients(account_ids)
    expansion = Expansion.record(
        change=change,
        phase=phase,
        round=change.expansions.filter(phase=phase).count() + 1,
        accounts=len(account_ids),
        people=len(people),
    )
    if expansion.round == 1:
        _announce(expansion, change, texts)
    _write_notices(expansion, change, texts, people, at)
    return expansion


def _announce(expansion: Expansion, change: ServiceChange, texts: Texts) -> None:
    """The public page. It speaks of no account and no person's own reason."""
    rendered = {
        language.value: render(
            texts[Channel.ANNOUNCEMENT, language],
            values(change, language=language, zone="Asia/Shanghai"),
        )
        for language in Language
    }
    keep(rendered.values())
    Announcement.record(
        expansion=expansion,
        body_zh_hans_id=rendered[Language.CHINESE].sha256,
        body_en_id=rendered[Language.ENGLISH].sha256,
    )


def _render_for(
    change: ServiceChange, texts: Texts, recipient: Recipient
) -> dict[str, tuple[Template, Rendered]]:
    """Each channel's template and text in the recipient's language."""
    user = recipient.user
    given = values(
        change,
        language=user.language,
        zone=user.time_zone,
        name=user.name,
        accounts=recipient.accounts,
    )
    channels = [Channel.INBOX.value, *addresses(user)]
    return {
        channel: (template := texts[channel, user.language], render(template, given))
        for channel in channels
    }


def _write_notices(
    expansion: Expansion,
    change: ServiceChange,
    texts: Texts,
    people: list[Recipient],
    at: datetime,
) -> None:
    written = [(person, _render_for(change, texts, person)) for person in people]
    keep(text for _person, channels in written for _template, text in channels.values())
    notices = Notice.objects.bulk_create(
        [
            Notice(
                expansion=expansion,
                recipient=person.user,
                language=person.user.language,
                template=channels[Channel.INBOX][0],
                body_id=channels[Channel.INBOX][1].sha256,
            )
            for person, channels in written
        ],
        batch_size=1000,
    )
    NoticeAccount.objects.bulk_create(
        [
            NoticeAccount(notice=notice, account=account, time_zone=account.time_zone)
            for notice, (person, _channels) in zip(notices, written, strict=True)
            for account in person.accounts
        ],
        batch_size=1000,
    )
    Delivery.objects.bulk_create(
        [
            Delivery(
                notice=notice,
                channel=channel,
                address=address,
                template=channels[channel][0],
                body_id=channels[channel][1].sha256,
                not_before=at,
            )
            for notice, (person, channels) in zip(notices, written, strict=True)
            for channel, address in addresses(person.user).items()
        ],
        batch_size=1000,
    )
