"""System checks: what would keep evidence from being sealed, or from being proved."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from common.models import SealBlock
from common.seals import counter, health
from common.seals.keys import public_keys


@register()
def keys_are_there(**_context: Any) -> list[CheckMessage]:
    """A key that signs, or at least one to check with."""
    if public_keys():
        return []
    return [
        Error(
            "Evidence cannot be sealed or checked: there is no key.",
            hint="Set SEAL_KEYS, or SEAL_PUBLIC_KEYS where blocks are only checked.",
            id="common.E001",
        )
    ]


@register(Tags.security, deploy=True)
def anchors_are_nobodys_to_fetch(**_context: Any) -> list[CheckMessage]:
    """The file of anchors is not among what is served or uploaded."""
    file = Path(settings.SEAL_ANCHORS).absolute()
    served = [Path(folder).absolute() for folder in (settings.MEDIA_ROOT, settings.STATIC_ROOT)]
    if not any(file.is_relative_to(folder) for folder in served):
        return []
    return [
        Warning(
            "The file of anchors lies among files that are served or uploaded.",
            hint="Set SEAL_ANCHORS to a place of its own.",
            id="common.W001",
        )
    ]


@register(Tags.database)
def anchors_keep_up(databases: Any = None, **_context: Any) -> list[CheckMessage]:
    """The file of anchors ends with the last block: `manage.py check --database default`.

    A warning, because `migrate` asks too and must not be held up by a file; nor by the
    table's not being there before it ran.
    """
    if not databases or not _has_blocks() or health.is_anchored():
        return []
    return [
        Warning(
            "The file of anchors does not end with the last sealed block.",
            hint="Run manage.py verify_seals; docs/seals.md says what to do.",
            id="common.W002",
        )
    ]


@register(Tags.database)
def counter_is_past_blocks(databases: Any = None, **_context: Any) -> list[CheckMessage]:
    """No dump was restored without its last step; a warning for the same reasons."""
    if not databases or not _has_blocks() or counter.is_past_blocks():
        return []
    return [
        Warning(
            "The server has not reached the transactions of sealed rows: was a dump restored?",
            hint="Write nothing; manage.py seal --show-epoch says what to do.",
            id="common.W003",
        )
    ]


def _has_blocks() -> bool:
    return SealBlock._meta.db_table in connection.introspection.table_names()
