"""Turn each app's .po files into .mo files, without gettext installed."""

from pathlib import Path
from typing import Any

import polib
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


def catalogues() -> list[Path]:
    """Return the .po files of the project's own apps."""
    folders = [Path(config.path) for config in apps.get_app_configs()]
    own = [folder for folder in folders if folder.is_relative_to(settings.BASE_DIR)]
    return sorted(
        file
        for folder in own
        if ".venv" not in folder.parts
        for file in folder.glob("locale/*/LC_MESSAGES/*.po")
    )


def is_stale(catalogue: Path) -> bool:
    """Whether the compiled file is missing or older than the text."""
    compiled = catalogue.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < catalogue.stat().st_mtime


class Command(BaseCommand):
    help = "Compiles the translations that changed. Needs no gettext."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for catalogue in filter(is_stale, catalogues()):
            try:
                messages = polib.pofile(str(catalogue), check_for_duplicates=True)
                unfinished = catalogue.with_suffix(".mo.unfinished")
                messages.save_as_mofile(str(unfinished))
                unfinished.replace(catalogue.with_suffix(".mo"))
            except (OSError, ValueError) as error:
                raise CommandError(f"{catalogue} cannot be compiled: {error}") from None
            self.stdout.write(f"{catalogue.relative_to(settings.BASE_DIR)}")
