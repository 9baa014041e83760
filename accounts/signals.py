"""News that accounts sends up to the apps above."""

from django.dispatch import Signal

staff_offboarded = Signal()
"""A member of staff is losing everything, in the transaction that takes it.

Arguments: `user`, who leaves; `offboarded_by`; `at`. A receiver takes what its app gave
the person (claims on cases, proposals not yet approved) and returns a dict of what it
took, `{"claims": ["SC-…"]}`, as plain JSON: it becomes part of the evidence.
"""

agreement_imported = Signal()
"""A text of a version of an agreement was stored, in the transaction that stores it.

Arguments: `version`, whose clauses are all there; `imported_by`, None for a command. Sent
once for each language.
"""

agreement_published = Signal()
"""A version of an agreement was published, in the transaction that publishes it.

Arguments: `version`; `published_by`, None where an amendment came into force by its notice.
"""

name_is_chosen = Signal()
"""Somebody chose a name for `account`, or for the person who holds it; nothing is written yet
and nothing locked, in the transaction that will write it.

Arguments: `account`, None for a person without one of their own. A receiver locks what it
would have to change with the name, and may return `accounts.naming.Demands`.
"""

name_chosen = Signal()
"""A name that may stand was written, in the transaction that writes it.

Arguments: `account`; `person` if it is the person's name, else None; `by`, who wrote it; `at`.
"""

name_doubted = Signal()
"""A name was taken that somebody has to look at (1.2.5), in the transaction that writes it.

Arguments: as for `name_chosen`; `name`; `hits`, the `accounts.name_screening.Term`s it holds.
"""

password_was_reset = Signal()
"""Somebody chose a new password without the old one, in the transaction that writes it.

Arguments: `reset`, the `PasswordReset`; `at`.
"""

recovery_was_approved = Signal()
"""Staff approved a change of phone; the waiting period begins, in the transaction that
writes the decision. A receiver tells every address of the person, the phone until now included.

Arguments: `recovery`; `not_before`; `at`.
"""

recovery_was_stopped = Signal()
"""A change of phone will not happen, in the transaction that writes so.

Arguments: `recovery`; `stop`; `at`.
"""

phone_is_changing = Signal()
"""A recovery is being carried out; the person still has the old phone, in the transaction
that changes it. What is written now goes to the old number.

Arguments: `recovery`; `at`.
"""

phone_was_changed = Signal()
"""The person has the new phone, in the same transaction. What is written now goes there.

Arguments: `recovery`; `at`.
"""

login_was_connected = Signal()
"""A person connected a login elsewhere, in the transaction that writes it.

Arguments: `login`, the `ConnectedLogin`; `at`.
"""

login_was_disconnected = Signal()
"""A connected login is ending, in the transaction that deletes it.

Arguments: `login`, which is still there; `end`, the `ConnectionConsentEnd`; `at`.
"""

account_news = Signal()
"""Something happened in an account that persons have to be told of, in the transaction in which
it happens.

Arguments: `kind`, an `accounts.news.News`; `account`; `people`, who are told; `key`, unique for
the kind: nobody is told twice; `facts`, words by name for the text; `page`, where to go; `at`.
"""

api_key_goes_elsewhere = Signal()
"""A key is about to go to another account with the platform's consent; nothing is written yet.

Arguments: `api_key`. A receiver whose records would hang in the air raises `NotPossibleNow` with
what has to come first.
"""

closing_asked_for = Signal()
"""Somebody asked to close an account, or to leave, in the transaction that writes it.

Arguments: `closing`; `at`. So that people are told; the same goes for the next three.
"""

closing_taken_back = Signal()
"""A closing was taken back, in the transaction that writes it. Arguments: `closing`; `at`."""

closing_waits = Signal()
"""A closing that has cooled off is not carried out, as something is in the way. Sent again for
as long as it is. Arguments: `closing`; `obstacles`; `at`.
"""

closing_carried_out = Signal()
"""An account is being closed, in the transaction that does it, before anything is taken: names,
addresses and members are still there.

Arguments: `closing`; `accounts`, those that are closed; `person` who leaves, or None; `at`. A
receiver ends what its app gave the account and removes what it need not keep of the person; it
may return a dict of how much that was, `{"connections": 2}`, as plain JSON without anything
personal: it becomes part of the evidence.
"""
