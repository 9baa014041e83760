"""Whether the file of anchors keeps up with the chain."""

from datetime import timedelta

from common import clock
from common.models.seals import SealBlock
from common.seals import anchors

# Between a block and its anchor there is a moment.
GRACE = timedelta(seconds=60)


def is_anchored() -> bool:
    """Whether the file ends with the last block, or with one before that has just been made.

    False too when the file ends after it: then blocks are missing from the database.
    """
    newest = SealBlock.objects.order_by("-number").values_list("number", "hash", "recorded_at")[:1]
    anchored = anchors.last()
    if not newest:
        return anchored is None
    [(number, its_hash, made_at)] = newest
    if anchored is not None and anchored.number == number:
        return anchored.hash == its_hash
    behind = number - (anchored.number if anchored else 0)
    return behind == 1 and clock.now() - made_at < GRACE
