"""The day on a paper is one of where the platform is, also while it is yesterday in Greenwich."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing import invoicing
from billing.exceptions import NotInvoiced, NotRefundable
from tests.billing.making import make_account, yuan
from tests.billing.test_refusals import _files, make_consent  # noqa: F401 -- a fixture
from tests.desk.signing_in import staff

pytestmark = pytest.mark.django_db

# A minute and eight hours past midnight in Shanghai.
TODAY = [
    (datetime(2027, 3, 10, 16, 1, tzinfo=UTC), date(2027, 3, 11)),
    (datetime(2027, 3, 10, 0, 1, tzinfo=UTC), date(2027, 3, 10)),
]
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(("at", "today"), TODAY)
def test_a_consent_is_signed_today_at_the_latest(at, today):
    account, until = make_account(), at + timedelta(days=30)
    make_consent(account, at=at, expires_at=until, signed_on=today)
    with pytest.raises(NotRefundable):
        make_consent(account, at=at, expires_at=until, signed_on=today + A_DAY)


@pytest.mark.parametrize(("at", "today"), TODAY)
def test_an_invoice_is_issued_today_at_the_latest(at, today):
    clerk, _browser = staff("billing")
    given = {"account": make_account(), "amount": yuan(1), "recorded_by": clerk}
    invoicing.record_invoice(number="1", issued_on=today, at=at, **given)
    with pytest.raises(NotInvoiced):
        invoicing.record_invoice(number="2", issued_on=today + A_DAY, at=at, **given)
