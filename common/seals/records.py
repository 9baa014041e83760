"""Keeping what checks of the seals found, and what that says of a block."""

from dataclasses import dataclass, field

from django.db import DatabaseError, transaction

from common.models.seals import SealBlock, SealVerification
from common.seals.findings import Finding
from common.seals.verifying import Checked

# The rest is counted.
MOST_SENTENCES = 200


@dataclass
class Tally:
    """What a check has found so far."""

    since: int
    upto: int = 0
    blocks: int = 0
    rows: int = 0
    count: int = 0
    damaged: set[int] = field(default_factory=set)
    sentences: list[str] = field(default_factory=list)

    def add(self, each: Checked | Finding) -> list[Finding]:
        """Counts what `verify` gave and returns what was found in it."""
        found = [each] if isinstance(each, Finding) else each.findings
        if isinstance(each, Checked):
            self.blocks += 1
            self.rows += each.block.rows
            self.upto = each.block.number
        for finding in found:
            self.count += 1
            if finding.block:
                self.damaged.add(finding.block)
            if len(self.sentences) < MOST_SENTENCES:
                self.sentences.append(str(finding))
        return found

    def keep(self) -> SealVerification | None:
        """Records the check; None where the role may only look."""
        try:
            with transaction.atomic():
                return SealVerification.record(
                    since=self.since,
                    upto=max(self.upto, self.since - 1),
                    rows=self.rows,
                    damaged=sorted(self.damaged)[:MOST_SENTENCES],
                    findings=self.sentences,
                )
        except DatabaseError:
            return None


def last_verification() -> SealVerification | None:
    found: SealVerification | None = SealVerification.objects.order_by("-pk").first()
    return found


def is_sound(block: SealBlock, last: SealVerification | None) -> bool | None:
    """What the last check said of a block; None when it was not asked about it."""
    if last is None or not last.since <= block.number <= last.upto:
        return None
    return block.number not in last.damaged
