"""Bring each app's .po files in step with its sources, without gettext installed."""

from pathlib import Path
from typing import Any

import polib
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand

from apiqik_backoffice.translation_sources import messages_of, new_catalogue, update

LANGUAGES = ["zh_Hans"]  # the sources are in English


def own_apps() -> list[Path]:
    """The folders of the project's own apps."""
    folders = {Path(config.path) for config in apps.get_app_configs()}
    return sorted(folder for folder in folders if folder.parent == settings.BASE_DIR)


class Command(BaseCommand):
    help = (
        "Adds new strings to the .po files and takes out those no source says any more. "
        "Prints what is still to be translated. Needs no gettext."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for app in own_apps():
            messages = messages_of(app)
            for language in LANGUAGES if messages else []:
                path = app / "locale" / language / "LC_MESSAGES" / "django.po"
                old = polib.pofile(str(path)) if path.exists() else new_catalogue(language)
                fresh = update(old, messages)
                path.parent.mkdir(parents=True, exist_ok=True)
                fresh.save(str(path))
                for entry in fresh.untranslated_entries():
                    self.stdout.write(f"{path.relative_to(settings.BASE_DIR)}: {entry.msgid}")
