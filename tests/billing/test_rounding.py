"""Parts of a micro-yuan: the same total however lines are sent, and never half a unit off."""

from decimal import Decimal, localcontext
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import charging
from billing.charging import Verdict
from billing.models import Wallet
from tests.billing.making import line, make_account, paid_in

pytestmark = pytest.mark.django_db

# Up to a hundred yuan, in micro-yuan with twelve decimals; many of them tiny.
amounts = st.lists(
    st.one_of(
        st.integers(0, 10**12), st.integers(0, 10**20), st.sampled_from([5 * 10**11, 10**12 - 1])
    ).map(lambda units: Decimal(units).scaleb(-12)),
    min_size=1,
    max_size=12,
)


@st.composite
def batches(draw):
    """Amounts, and two ways to cut them into calls."""
    exact = draw(amounts)
    cuts = st.sets(st.integers(1, len(exact)))
    return exact, draw(cuts), draw(cuts)


def spent_in_parts(exact, cuts):
    """What the ledger took after each call, in micro-yuan."""
    account = make_account()
    paid_in(account, 10_000)
    sent, after = [line(account, one / 1_000_000) for one in exact], []
    for first, last in pairwise(sorted({0, len(sent), *cuts})):
        outcomes = charging.charge(sent[first:last])
        assert {one.verdict for one in outcomes} == {Verdict.ACCEPTED}
        taken = 10_000 * 1_000_000 - Wallet.objects.get(pk=account.pk).balance
        after.append((last, taken))
    return after


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches())
def test_rounding_is_of_the_sum_in_any_chunking(batch):
    exact, one_way, another = batch
    with localcontext() as context:
        context.prec = 60
        first, second = spent_in_parts(exact, one_way), spent_in_parts(exact, another)
        for upto, taken in first + second:
            assert abs(taken - sum(exact[:upto])) <= Decimal("0.5")
    assert first[-1] == second[-1]
