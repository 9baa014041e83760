"""From a change to one message per person, in batches.

An expansion is opened with one row that says who is to be told of what. Batches then
write the messages for the people whose numbers come next: the text of each, a notice per
person (their inbox message) about all of their accounts, a delivery per address. Each
batch is one transaction and one statement in the database, whatever the number of people;
a worker that dies leaves its batch undone, and the next takes up where the last one
ended. Sending comes later, from these rows alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Sum
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from accounts.models import User
from accounts.models.users import Language
from notices.exceptions import BatchRaced
from notices.models import (
    Announcement,
    Channel,
    Expansion,
    ExpansionBatch,
    ExpansionCompletion,
    ServiceChange,
    Template,
)
from notices.pairs import pairs_of, parameters
from notices.placeholders import NAMED_ACCOUNTS, and_more, common_values
from notices.publishing import publish
from notices.rendering import LONGEST_SUBJECT, form_of, keep, render, values

# People looked at in one transaction: a second or two of work.
PEOPLE = 10_000
# Up to this many accounts, all of their people go into one batch.
FEW_ACCOUNTS = 5_000
LAST_PERSON = 2**63 - 1

Texts = dict[tuple[str, str], Template]
Whom = Expansion.Whom


def texts_of(change: ServiceChange, phase: str) -> Texts:
    """The pinned templates of a phase, by channel and language."""
    pinned = change.templates.filter(phase=phase)
    return {(template.channel, template.language): template for template in pinned}


def addresses(user: User) -> dict[str, str]:
    """Where a person can be written to: verified e-mail, and the phone they sign in with."""
    found = {Channel.EMAIL.value: user.reachable_email, Channel.SMS.value: user.phone}
    return {channel: address for channel, address in found.items() if address}


def open_expansion(
    change: ServiceChange,
    phase: str,
    whom: str,
    *,
    after_id: int = 0,
    upto_id: int = 0,
    postponement: Any = None,
) -> Expansion:
    """Says who is to be told of what; the next round of its phase.

    In the caller's transaction, which holds the lock on the change. The first round of a
    phase posts its announcement at once.
    """
    expansion = Expansion.record(
        change=change,
        phase=phase,
        whom=whom,
        after_id=after_id,
        upto_id=upto_id,
        postponement=postponement,
        round=(change.expansions.filter(phase=phase).aggregate(n=Max("round"))["n"] or 0) + 1,
    )
    if expansion.round == 1 and whom not in (Whom.EXEMPTED, Whom.SPARED):
        _post_announcement(expansion)
    return expansion


def _moments(expansion: Expansion) -> dict[str, Any]:
    """The planned moment and the one before, where the round is about a postponement."""
    if expansion.postponement is None:
        return {}
    return {"effective": expansion.postponement.until, "was": expansion.postponement.was}


def _post_announcement(expansion: Expansion) -> None:
    """The public page. It speaks of no account and no person's own reason."""
    change = expansion.change
    texts = texts_of(change, expansion.phase)
    rendered = {
        language.value: render(
            texts[Channel.ANNOUNCEMENT, language],
            values(change, language=language, zone="Asia/Shanghai", **_moments(expansion)),
        )
        for language in Language
    }
    keep(rendered.values())
    announcement = Announcement.record(
        expansion=expansion,
        body_zh_hans_id=rendered[Language.CHINESE].sha256,
        body_en_id=rendered[Language.ENGLISH].sha256,
    )
    publish(announcement)


@dataclass(frozen=True)
class Written:
    """What one batch came to: people looked at up to a number, messages written."""

    upto_person: int
    accounts: int
    people: int
    last: bool


def write_some(expansion: Expansion, *, at: datetime) -> Written:
    """Writes the messages of the next people of an open expansion, due at `at`.

    In the caller's transaction, which holds the lock on the change, so that one worker at
    a time writes them. The last batch closes the expansion. Raises `TemplateIsBroken`,
    and `BatchRaced` when a person's language or zone changed under it; nothing is written
    then, and trying again helps.
    """
    done = expansion.batches.aggregate(
        upto=Max("upto_person"), number=Max("number"), people=Sum("people")
    )
    after = done["upto"] or 0
    upto = _next_person(expansion, after)
    written = _write(expansion, after=after, upto=upto, at=at)
    ExpansionBatch.record(
        expansion=expansion,
        number=(done["number"] or 0) + 1,
        upto_person=written.upto_person,
        accounts=written.accounts,
        people=written.people,
    )
    if written.last:
        ExpansionCompletion.record(
            expansion=expansion, people=(done["people"] or 0) + written.people
        )
    return written


def _next_person(expansion: Expansion, after: int) -> int | None:
    """The last person of the next batch; None when it holds everybody who is left.

    People are looked at in order of their numbers, concerned or not, which costs the same
    for each batch; unless the accounts are so few that finding their people is cheaper.
    """
    if _is_small(expansion):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM accounts_user WHERE id > %s ORDER BY id OFFSET %s LIMIT 1",
            [after, PEOPLE - 1],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _is_small(expansion: Expansion) -> bool:
    """Whether few accounts can be in it, by what its row says."""
    change, whom = expansion.change, expansion.whom
    if change.concerned_count <= FEW_ACCOUNTS or whom in (Whom.UNSEEN, Whom.POSTPONED):
        return True
    if whom in (Whom.BEGUN, Whom.LIFTED, Whom.EXEMPTED):
        return expansion.upto_id - expansion.after_id <= FEW_ACCOUNTS
    if whom == Whom.JOINED and expansion.after_id > 1:
        joined = change.selections.filter(round=expansion.after_id).aggregate(n=Sum("accounts"))
        return (joined["n"] or 0) <= FEW_ACCOUNTS
    return False


# The people of the batch with their accounts, in order of name.
_PEOPLE = """
people AS MATERIALIZED (
    SELECT person.id, person.language, person.time_zone, person.name, person.phone,
           CASE WHEN person.contact_email_verified_at IS NOT NULL
                THEN person.contact_email ELSE '' END AS email,
           count(*) AS number,
           array_agg(pair.account_id ORDER BY account.name, account.id) AS account_ids,
           array_agg('- ' || coalesce(nullif(account.name, ''), account.public_id)
                     || ' (' || account.public_id || ')'
                     ORDER BY account.name, account.id) AS lines
    FROM ({pairs}) pair
    JOIN accounts_user person ON person.id = pair.user_id AND person.is_active
    JOIN accounts_account account ON account.id = pair.account_id
    GROUP BY person.id
)
"""

_KINDS_OF_PEOPLE = """
WITH {people} SELECT DISTINCT language, time_zone FROM people
"""

# Forms are filled by format(), which reads its format once and its arguments never. A
# notice gets its number first, so nothing is joined to what was just written: a planner
# that expects one person where there are thousands would do that row by row.
_WRITE = f"""
WITH {{people}}, forms AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(forms)s) AS form
        (language text, zone text, more text,
         inbox bigint, inbox_subject text, inbox_body text,
         email bigint, email_subject text, email_body text,
         sms bigint, sms_subject text, sms_body text)
), texts AS MATERIALIZED (
    SELECT nextval('notices_notice_id_seq') AS notice, people.id AS person, people.language,
           people.account_ids, people.email, people.phone,
           form.inbox AS inbox_template, form.email AS email_template, form.sms AS sms_template,
           left(format(form.inbox_subject, own.name, own.lines, own.number), {LONGEST_SUBJECT})
               AS inbox_subject,
           format(form.inbox_body, own.name, own.lines, own.number) AS inbox_body,
           left(format(form.email_subject, own.name, own.lines, own.number), {LONGEST_SUBJECT})
               AS email_subject,
           format(form.email_body, own.name, own.lines, own.number) AS email_body,
           left(format(form.sms_subject, own.name, own.lines, own.number), {LONGEST_SUBJECT})
               AS sms_subject,
           format(form.sms_body, own.name, own.lines, own.number) AS sms_body
    FROM people
    JOIN forms form ON form.language = people.language AND form.zone = people.time_zone
    CROSS JOIN LATERAL (
        SELECT people.name, people.number,
               array_to_string(people.lines[1:{NAMED_ACCOUNTS}], E'\\n')
               || CASE WHEN people.number > {NAMED_ACCOUNTS}
                  THEN E'\\n' || format(form.more, people.number - {NAMED_ACCOUNTS})
                  ELSE '' END AS lines
    ) own
), hashed AS MATERIALIZED (
    SELECT texts.*,
           encode(sha256(convert_to(inbox_subject || E'\\n' || inbox_body, 'UTF8')), 'hex')
               AS inbox_sha256,
           encode(sha256(convert_to(email_subject || E'\\n' || email_body, 'UTF8')), 'hex')
               AS email_sha256,
           encode(sha256(convert_to(sms_subject || E'\\n' || sms_body, 'UTF8')), 'hex')
               AS sms_sha256
    FROM texts
), bodies AS (
    INSERT INTO notices_renderedbody (sha256, subject, body)
    SELECT DISTINCT ON (sha256) sha256, subject, body
    FROM (
        SELECT inbox_sha256, inbox_subject, inbox_body FROM hashed
        UNION ALL
        SELECT email_sha256, email_subject, email_body FROM hashed
        WHERE email <> '' AND email_sha256 <> inbox_sha256
        UNION ALL
        SELECT sms_sha256, sms_subject, sms_body FROM hashed WHERE phone <> ''
    ) written (sha256, subject, body)
    ORDER BY sha256
    ON CONFLICT (sha256) DO NOTHING
), told AS (
    INSERT INTO notices_notice
        (id, public_id, expansion_id, recipient_id, language, template_id, body_id)
    SELECT notice, notices_new_public_id('ntc'), %(expansion)s, person, language,
           inbox_template, inbox_sha256
    FROM hashed
    RETURNING id
), about AS (
    INSERT INTO notices_noticeaccount (notice_id, account_id, change_id, phase, time_zone)
    SELECT notice, unnest(account_ids), %(change)s, %(phase)s, ''
    FROM hashed
    -- The notice has to be there when the row asks it for its change.
    WHERE (SELECT count(*) FROM told) > 0
    RETURNING 1
), sent AS (
    INSERT INTO notices_delivery
        (notice_id, expansion_id, channel, address, template_id, body_id, state, tries,
         not_before, fence)
    SELECT notice, %(expansion)s, way.channel, way.address, way.template, way.sha256,
           'pending', 0, %(at)s, 0
    FROM hashed
    CROSS JOIN LATERAL (VALUES
        ('email', email, email_template, email_sha256),
        ('sms', phone, sms_template, sms_sha256)) way (channel, address, template, sha256)
    WHERE way.address <> ''
    RETURNING 1
)
SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM told),
       (SELECT count(*) FROM about), (SELECT coalesce(max(id), 0) FROM people)
"""


def _write(expansion: Expansion, *, after: int, upto: int | None, at: datetime) -> Written:
    change = expansion.change
    people = _PEOPLE.format(pairs=pairs_of(expansion.whom, many=not _is_small(expansion)))
    given = parameters(
        expansion, after_person=after, upto_person=LAST_PERSON if upto is None else upto
    )
    with connection.cursor() as cursor:
        cursor.execute(_KINDS_OF_PEOPLE.format(people=people), given)
        forms = _forms(expansion, cursor.fetchall())
        writing: dict[str, Any] = {
            **given,
            "forms": Jsonb(forms),
            "expansion": expansion.pk,
            "change": change.pk,
            "phase": expansion.phase,
            "at": at,
        }
        cursor.execute(_WRITE.format(people=people), writing)
        row = cursor.fetchone()
    assert row is not None  # counts always give one row
    found, told, accounts, newest = row
    if found != told:
        raise BatchRaced(_("Somebody’s language or time zone changed; it is tried again."))
    return Written(
        upto_person=max(upto or newest, after + 1),
        accounts=accounts,
        people=told,
        last=upto is None,
    )


def _forms(expansion: Expansion, kinds: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """The forms of every channel for each language and time zone among the people."""
    texts = texts_of(expansion.change, expansion.phase)
    forms = []
    for language, zone in kinds:
        given = common_values(expansion.change, language=language, zone=zone, **_moments(expansion))
        row: dict[str, Any] = {"language": language, "zone": zone, "more": and_more(language)}
        for channel in (Channel.INBOX.value, Channel.EMAIL.value, Channel.SMS.value):
            template = texts[channel, language]
            form = form_of(template, given)
            row |= {
                channel: template.pk,
                f"{channel}_subject": form.subject,
                f"{channel}_body": form.body,
            }
        forms.append(row)
    return forms


# --- addresses that changed ---------------------------------------------------------------

_READDRESS = """
INSERT INTO notices_delivery
    (notice_id, expansion_id, channel, address, template_id, body_id, state, tries,
     not_before, fence)
SELECT DISTINCT ON (notice.id, now.channel)
       notice.id, notice.expansion_id, now.channel, now.address,
       coalesce(before.template_id, pinned.id), coalesce(before.body_id, notice.body_id),
       'pending', 0, %(at)s, 0
FROM notices_notice notice
JOIN notices_expansion expansion ON expansion.id = notice.expansion_id
JOIN accounts_user person ON person.id = notice.recipient_id AND person.is_active
CROSS JOIN LATERAL (VALUES
    ('email', CASE WHEN person.contact_email_verified_at > notice.recorded_at
                   THEN person.contact_email ELSE '' END),
    ('sms', CASE WHEN person.phone_verified_at > notice.recorded_at
                 THEN person.phone ELSE '' END)) now (channel, address)
LEFT JOIN notices_delivery before
    ON before.notice_id = notice.id AND before.channel = now.channel
LEFT JOIN LATERAL (
    SELECT template.id FROM notices_servicechange_templates chosen
    JOIN notices_template template ON template.id = chosen.template_id
    WHERE chosen.servicechange_id = expansion.change_id AND template.phase = expansion.phase
      AND template.channel = now.channel AND template.language = notice.language
) pinned ON true
WHERE expansion.change_id = %(change)s AND expansion.phase = 'announced'
  AND now.address <> ''
  -- A text message is never made of an inbox letter; e-mail may carry the same words.
  AND (before.id IS NOT NULL OR now.channel = 'email')
  AND NOT EXISTS (SELECT FROM notices_delivery there
      WHERE there.notice_id = notice.id AND there.channel = now.channel
        AND there.address = now.address)
ORDER BY notice.id, now.channel, before.id
ON CONFLICT (notice_id, channel, address) DO NOTHING
"""


def readdress(change: ServiceChange, *, at: datetime) -> int:
    """Sends the announcing notices again to addresses verified since they were written;
    the number of messages. In the caller's transaction, with the lock on the change."""
    with connection.cursor() as cursor:
        cursor.execute(_READDRESS, {"change": change.pk, "at": at})
        return int(cursor.rowcount)
