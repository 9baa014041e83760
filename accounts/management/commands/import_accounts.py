"""Import people, accounts and memberships from a CSV file."""

from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, Progress, TimeRemainingColumn
from rich.table import Table

from accounts.import_files import GB18030, UTF8, ImportFile, RejectedFile
from accounts.import_rows import ImportRow
from accounts.imports import Outcome, Refusal, store
from common.exceptions import BackOfficeError

BATCH = 1_000  # rows a transaction
SHOWN = 20  # refusals printed; the file beside the import has them all


class Command(BaseCommand):
    help = (
        "Imports people, their accounts and memberships from FILE.csv. Columns: phone, name "
        "(required), email, language, time_zone, kind (personal or organization), "
        "account_ref, account_name, role, accepted_document_version (terms:3), accepted_at, "
        "email_verified_at, phone_verified_at, region, services_used; common other headings "
        "are understood. "
        "A person may be in several rows. Adds and never overwrites: safe to run twice. "
        "Refused rows are listed by line in FILE.rejected.csv, the others are kept; "
        "interrupted, whole batches of 1,000 rows are kept. An account for which nobody "
        "accepted the terms stays closed until an owner does."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument("--encoding", choices=[UTF8, GB18030], default=UTF8)
        parser.add_argument("--dry-run", action="store_true", help="check all, store nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        output = cast(TextIO, self.stdout)
        console = Console(file=output, width=None if output.isatty() else 100, highlight=False)
        try:
            file = ImportFile(options["file"], options["encoding"])
        except BackOfficeError as error:
            raise CommandError(str(error)) from None
        for heading in file.columns.ignored:
            console.print(
                _("Mind: the column “%(heading)s” is not known and left out.")
                % {"heading": heading},
                style="yellow",
                markup=False,
            )
        run = Run(file, console)
        if options["dry_run"]:
            # One transaction around all batches: later rows may build on earlier ones.
            with transaction.atomic():
                run.import_all()
                transaction.set_rollback(True)
        else:
            run.import_all()
        run.report(dry_run=options["dry_run"])
        if run.interrupted:
            raise CommandError(
                _("Interrupted before line %(line)s. Run it again to go on.")
                % {"line": run.next_line},
                returncode=130,
            )


class Run:
    """One pass over the file."""

    def __init__(self, file: ImportFile, console: Console) -> None:
        self.file = file
        self.console = console
        self.rejected = RejectedFile(file)
        self.outcome = Outcome()
        self.next_line = 1
        self.interrupted = False

    def import_all(self) -> None:
        columns = ("{task.description}", BarColumn(), "{task.completed}/{task.total}")
        with Progress(*columns, TimeRemainingColumn(), console=self.console) as progress:
            bar = progress.add_task(_("lines"), total=self.file.lines)
            try:
                for batch in self._batches():
                    self._import(batch)
                    progress.update(bar, completed=self.next_line - 1)
                progress.update(bar, completed=self.file.lines)
            except KeyboardInterrupt:
                self.interrupted = True
            finally:
                self.rejected.close()

    def _batches(self) -> Iterator[list[ImportRow | Refusal]]:
        rows = self.file.rows()
        while batch := list(islice(rows, BATCH)):
            yield batch

    def _import(self, batch: list[ImportRow | Refusal]) -> None:
        outcome = store(rows=[row for row in batch if isinstance(row, ImportRow)])
        outcome.refusals += [row for row in batch if isinstance(row, Refusal)]
        outcome.refusals.sort(key=lambda refusal: refusal.line)
        self.rejected.write(outcome.refusals)
        self.file.raw.clear()
        self.outcome += outcome
        self.next_line = batch[-1].line + 1

    def report(self, *, dry_run: bool) -> None:
        outcome, console = self.outcome, self.console
        for refusal in outcome.refusals[:SHOWN]:
            console.print(
                _("Line %(line)s: %(reason)s") % {"line": refusal.line, "reason": refusal.reason},
                style="red",
                markup=False,
                soft_wrap=True,
            )
        if len(outcome.refusals) > SHOWN:
            console.print(_("… and %(more)s more.") % {"more": len(outcome.refusals) - SHOWN})
        for doubted in outcome.doubted[:SHOWN]:
            console.print(
                _("Line %(line)s: taken, but look at the name “%(name)s” (%(reason)s)")
                % {"line": doubted.line, "name": doubted.name, "reason": doubted.reason},
                style="yellow",
                markup=False,
                soft_wrap=True,
            )
        if len(outcome.doubted) > SHOWN:
            console.print(_("… and %(more)s more.") % {"more": len(outcome.doubted) - SHOWN})
        table = Table(
            title=_("Dry run: nothing was stored") if dry_run else None, show_header=False
        )
        for label, number in (
            (_("new people"), outcome.people),
            (_("new accounts"), outcome.accounts),
            (_("new memberships"), outcome.memberships),
            (_("new acceptances"), outcome.acceptances),
            (_("rows that were there already"), outcome.unchanged),
            (_("rows refused"), len(outcome.refusals)),
            (_("names to look at"), len(outcome.doubted)),
        ):
            table.add_row(label, f"{number:,}")
        console.print(table)
        if outcome.refusals:
            path, error = self.rejected.path, self.rejected.error
            sentence = _("Refused rows, with reasons: %(path)s") % {"path": path}
            if error:
                sentence = _("%(path)s cannot be written: %(why)s.") % {"path": path, "why": error}
            console.print(sentence, markup=False, soft_wrap=True)
