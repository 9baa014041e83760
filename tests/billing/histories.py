"""Random histories of an account's money, with late events, for tests of reading."""

import contextlib
from datetime import timedelta

from billing import decisions, money_in
from billing.exceptions import NotEnough
from billing.models import Journal
from common.clock import now
from tests.billing.making import (
    granted,
    make_approver,
    make_requester,
    numbers,
    paid_in,
    spend,
    yuan,
)


class History:
    """Acts on one account, each at a moment of its own; `draw` is a `random.Random`."""

    def __init__(self, account, draw, clock, models=(None,)):
        self.account, self.draw, self.clock, self.models = account, draw, clock, models
        self.requester, self.approver = make_requester(), make_approver()

    def run(self, acts):
        for _turn in range(acts):
            self.clock.advance(hours=self.draw.randint(0, 40))
            self.draw.choice(
                [
                    self.top_up,
                    self.spend,
                    self.spend,
                    self.spend,
                    self.hold,
                    self.release,
                    self.grant,
                    self.correct,
                ]
            )()

    def late(self):
        return now() - timedelta(hours=self.draw.choice([0, 0, 1, 30, 300]))

    def top_up(self):
        paid_in(self.account, self.draw.randint(1, 50), effective_at=self.late())

    def spend(self):
        amount = f"{self.draw.randint(0, 9)}.{self.draw.randint(1, 10**9):09}"
        spend(self.account, amount, used_at=self.late(), model=self.draw.choice(self.models))

    def grant(self):
        granted(self.account, self.draw.randint(1, 5))

    def hold(self):
        with contextlib.suppress(NotEnough):
            money_in.hold(
                account=self.account,
                amount=yuan(self.draw.randint(1, 5)),
                key=f"hold:{next(numbers)}",
                at=now(),
                actor=None,
                memo="Case",
            )

    def release(self):
        held = Journal.objects.filter(
            account=self.account, kind="hold", reversed_by__isnull=True
        ).first()
        if held:
            money_in.release(held=held, actor=None, memo="")

    def correct(self):
        kinds = ["charge", "top_up", "grant"]
        wrong = (
            Journal.objects.filter(account=self.account, kind__in=kinds, reversed_by=None)
            .order_by("-pk")
            .first()
        )
        if wrong is None:
            return
        try:
            request = decisions.request_correction(
                journal=wrong, reason="x", case_reference="C", requested_by=self.requester
            )
            decisions.approve(request=request, approved_by=self.approver, at=self.late())
        except NotEnough:
            pass
