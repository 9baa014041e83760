"""How often a service client may ask: so many requests in each minute of the clock.

The minute's budget is a row of the database, so that any number of processes on any number of
machines keep to it together. They take shares of it, a sixteenth of what is left at a time, and
spend them in memory: a budget of 60,000 is given out in some 150 statements and not in 60,000,
and the last requests of it are given out one by one. Never more than the budget is
spent; a process that ends, or is not asked again, leaves its share of that minute unused.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from common import prepared

A_MINUTE = 60
SHARES = 16

# A process whose minute is over already spends of the one that has begun.
_TAKE = f"""
INSERT INTO accounts_requestbudget AS budget (client_id, minute, given_out, granted)
VALUES (%(client)s, %(minute)s, greatest(1, %(most)s::int / {SHARES}),
        greatest(1, %(most)s::int / {SHARES}))
ON CONFLICT (client_id) DO UPDATE SET
    minute = greatest(budget.minute, excluded.minute),
    given_out = CASE WHEN budget.minute < excluded.minute THEN excluded.given_out
        ELSE budget.given_out + greatest(1, (%(most)s::int - budget.given_out) / {SHARES}) END,
    granted = CASE WHEN budget.minute < excluded.minute THEN excluded.granted
        ELSE greatest(1, (%(most)s::int - budget.given_out) / {SHARES}) END
WHERE budget.minute < excluded.minute OR budget.given_out < %(most)s::int
RETURNING minute, granted
"""


@dataclass(slots=True)
class _Share:
    """What a process may still spend of a minute's budget of `most`; below 0 once nothing is
    left for anybody."""

    minute: int
    most: int
    left: int


class Budgets:
    """The shares of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shares: dict[int, _Share] = {}

    def take(self, *, client: int, most: int, at: datetime) -> int:
        """Spends one request of the client with that primary key; 0, or after how many
        seconds it may ask again."""
        seconds = int(at.timestamp())
        minute = seconds // A_MINUTE
        with self._lock:
            share = self._shares.get(client)
            if share is not None and share.minute >= minute and share.most == most:
                if share.left > 0:
                    share.left -= 1
                    return 0
                if share.left < 0:
                    return (share.minute + 1) * A_MINUTE - seconds
        return self._take_more(client, most, minute, seconds)

    def _take_more(self, client: int, most: int, minute: int, seconds: int) -> int:
        """Outside the lock, so that nobody waits who still has a share of another client."""
        begins = datetime.fromtimestamp(minute * A_MINUTE, UTC)
        rows = prepared.rows(_TAKE, {"client": client, "minute": begins, "most": most})
        left = 0
        for of_minute, granted in rows:
            minute, left = int(of_minute.timestamp()) // A_MINUTE, granted
        with self._lock:
            share = self._shares.get(client)
            if share is not None and (share.minute, share.most) == (minute, most):
                # Another thread took a share meanwhile.
                left += max(share.left, 0)
            self._shares[client] = _Share(minute, most, left - 1)
        return 0 if left else (minute + 1) * A_MINUTE - seconds


budgets = Budgets()
