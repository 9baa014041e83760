"""Import one language of one version of an agreement."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table
from rich.text import Text

from accounts.agreement_text import LARGEST, PREAMBLE, AgreementOutline
from accounts.agreements import Imported, import_text
from accounts.models import Clause
from accounts.models.users import Language
from common.exceptions import BackOfficeError


def slug(value: str) -> str:
    try:
        validate_slug(value)
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from None
    return value


def version(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 10_000):
        raise ArgumentTypeError(_("A version is a whole number from 1."))
    return int(value)


class Command(BaseCommand):
    help = (
        "Imports the text of an agreement, split into articles, clauses and lettered items. "
        "Safe to run twice: the same text is left as it is, another text for the same "
        "version and language is refused. Nothing is stored of a text whose numbering is "
        "broken; the line is named. Exit status 0 when the text is in the database."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # --version is the agreement's here, not Django's.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the text, in UTF-8")
        parser.add_argument("--document", type=slug, default="terms", help="code, default: terms")
        parser.add_argument(
            "--version",
            dest="number",
            type=version,
            help="number from 1; default: the newest one if it lacks this language, else the next",
        )
        parser.add_argument(
            "--language", choices=Language.values, help="default: seen from the text"
        )
        parser.add_argument("--title", default="", help="instead of the text's first line")
        parser.add_argument(
            "--publish",
            action="store_true",
            help="newcomers are asked to accept this version from now on",
        )
        parser.add_argument("--dry-run", action="store_true", help="check and print, store nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                imported = import_text(
                    slug=options["document"],
                    number=options["number"],
                    language=options["language"],
                    source=read(options["file"]),
                    title=options["title"],
                    publish=options["publish"],
                )
                transaction.set_rollback(options["dry_run"])
        except BackOfficeError as error:
            raise CommandError(str(error)) from None
        console = Console(
            file=cast(TextIO, self.stdout), width=None if self.stdout.isatty() else 100
        )
        show(console, imported.outline)
        console.print(verdict(imported, dry_run=options["dry_run"]), markup=False, soft_wrap=True)


def read(path: Path) -> bytes:
    """The file's bytes, or just enough of them to know that there are too many."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise CommandError(
            _("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}
        ) from None


def show(console: Console, outline: AgreementOutline) -> None:
    """What was found, an article a row."""
    table = Table(title=Text(outline.title), caption=totals(outline))
    for heading in (_("article"), _("heading")):
        table.add_column(heading)
    for heading in (_("clauses"), _("items"), _("line")):
        table.add_column(heading, justify="right")
    for article in outline.parts:
        if article.level is Clause.Level.ARTICLE or article.number == PREAMBLE:
            below = [part for part in outline.parts if stands_under(article.number, part.number)]
            levels = [part.level for part in below]
            table.add_row(
                article.number,
                Text(_("preamble") if article.number == PREAMBLE else article.heading),
                str(levels.count(Clause.Level.CLAUSE)),
                str(levels.count(Clause.Level.ITEM)),
                str(article.line),
            )
    console.print(table)
    for warning in outline.warnings:
        console.print(_("Mind: %(warning)s") % {"warning": warning}, style="yellow", markup=False)


def stands_under(article: str, number: str) -> bool:
    return number.startswith((f"{article}.", f"{article}("))


def totals(outline: AgreementOutline) -> str:
    return _("%(articles)s articles, %(clauses)s clauses, %(items)s items") % {
        "articles": outline.count(Clause.Level.ARTICLE),
        "clauses": outline.count(Clause.Level.CLAUSE),
        "items": outline.count(Clause.Level.ITEM),
    }


def verdict(imported: Imported, *, dry_run: bool) -> str:
    if dry_run:
        return _("Dry run: all is well, nothing was stored.")
    sentence = (
        _("Imported %(text)s, SHA-256 %(sha256)s.")
        if imported.created
        else _("%(text)s is there already, SHA-256 %(sha256)s: left as it is.")
    ) % {"text": imported.text, "sha256": imported.text.sha256}
    return f"{sentence} {_('Published.')}" if imported.published else sentence
