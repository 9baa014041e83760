"""Who gets through which door of the back office: every address, role and method, as a table.

`doors.csv` beside this file is that table. An address that is not in it, or answers somebody
otherwise, fails. Look at what changed, then write it anew:

    WRITE_DOORS=1 python -m pytest tests/desk/test_doors_by_role.py

The records asked for do not exist, so `open` means that the person was let in as far as
being told so; `shut` is a refusal, `method` that the method is not for that address.
"""

import csv
import os
from pathlib import Path

import pytest

from tests.desk.signing_in import staff
from tests.desk.test_no_door import ADDRESSES

TABLE = Path(__file__).with_name("doors.csv")
ROLES = ("nobody", "support", "billing", "compliance", "supervisor", "auditor", "superuser")
METHODS = ("get", "post")
WORDS = {403: "shut", 405: "method"}


def read():
    with TABLE.open(newline="") as file:
        return {row.pop("address"): row for row in csv.DictReader(file)}


def answers_of(role):
    """`{address: {method role: word}}` for one role."""
    groups = () if role in ("nobody", "superuser") else (role,)
    _person, browser = staff(*groups, is_superuser=role == "superuser")
    browser.raise_request_exception = False
    found = {}
    for address in ADDRESSES:
        for method in METHODS:
            answer = getattr(browser, method)(address)
            assert answer.status_code < 500, (role, method, address)
            word = WORDS.get(answer.status_code, "open")
            found.setdefault(address, {})[f"{method} {role}"] = word
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_door(role):
    found = answers_of(role)
    if os.environ.get("WRITE_DOORS"):
        write(found)
    table = read()
    wrong = [
        (address, column, word, table.get(address, {}).get(column, "not in the table"))
        for address, columns in found.items()
        for column, word in columns.items()
        if table.get(address, {}).get(column) != word
    ]
    assert wrong == []


def test_no_address_is_left_in_the_table():
    assert set(read()) - set(ADDRESSES) == set()


def write(found):
    """Puts one role's answers into the table and drops addresses that are gone."""
    table = read() if TABLE.exists() else {}
    columns = [f"{method} {role}" for role in ROLES for method in METHODS]
    with TABLE.open("w", newline="") as file:
        rows = csv.DictWriter(file, ["address", *columns], lineterminator="\n", restval="")
        rows.writeheader()
        for address in ADDRESSES:
            rows.writerow({"address": address, **table.get(address, {}), **found[address]})
