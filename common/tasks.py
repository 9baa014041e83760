"""The jobs of common. Each calls one verb."""

from celery import shared_task

from common.seals import sealing
from common.turns import BACKGROUND, in_turn


@shared_task(name="common.seal")
@in_turn("common.seal", lane=BACKGROUND)
def seal() -> int:
    """Seals evidence that was written since the last block."""
    return sealing.seal()
