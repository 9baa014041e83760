"""Thousands of customers in a few statements, for stories told at the platform's scale."""

from typing import Any

from django.db import connection

_PEOPLE = """
INSERT INTO accounts_user (public_id, password, is_superuser, phone, name, contact_email,
    contact_email_verified_at, language, time_zone, is_staff, is_active, edition)
SELECT notices_new_public_id('usr'), '!', false, '+86137' || lpad(number::text, 8, '0'),
       %(name)s || ' ' || number,
       CASE WHEN number < %(letters)s
            THEN lower(%(name)s) || '-' || number || '@example.com' ELSE '' END,
       CASE WHEN number < %(letters)s THEN common_now() END,
       CASE WHEN number %% 2 = 0 THEN 'en' ELSE 'zh-hans' END, 'Asia/Shanghai', false, true, 0
FROM generate_series(0, %(people)s - 1) number
"""
_ACCOUNTS = """
INSERT INTO accounts_account (public_id, kind, name, holder_id, time_zone, edition)
SELECT notices_new_public_id('acc'), 'personal', name, id, 'Asia/Shanghai', 0
FROM accounts_user WHERE name LIKE %(name)s || ' %%'
"""
_MEMBERSHIPS = """
INSERT INTO accounts_membership (user_id, account_id, role)
SELECT holder_id, id, 'owner' FROM accounts_account WHERE name LIKE %(name)s || ' %%'
"""


def make_thousands(people: int, *, letters: int, name: str = "Many") -> None:
    """So many people, named `Many 0` and on, each the owner of an account of their own; the
    first `letters` of them have a verified e-mail, `many-0@example.com` and on."""
    given: dict[str, Any] = {"people": people, "letters": letters, "name": name}
    with connection.cursor() as cursor:
        for statement in (_PEOPLE, _ACCOUNTS, _MEMBERSHIPS):
            cursor.execute(statement, given)
