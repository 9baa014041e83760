"""Arrays written in one go say what was put into them."""

from decimal import Decimal

import pytest
from django.db import connection

from common.arrays import array

pytestmark = pytest.mark.django_db

STRANGE = ["", "NULL", "null", 'a"b', "a\\b", '\\"', "{x}", "a,b", " a ", "行\n二\t", "'; --", "%s"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (STRANGE, "text"),
        ([*STRANGE, None], "text"),
        ([1, None, -(2**63)], "bigint"),
        ([Decimal("0.000000333333"), Decimal("1E+3")], "numeric"),
        ([None, None], "bigint"),
    ],
)
def test_an_array_says_what_was_put_into_it(values, kind):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [array(values)])
        [(seen,)] = cursor.fetchall()
    assert seen == (values if any(value is not None for value in values) else None)
