"""`manage.py verify_seals`: is the evidence today what it was when it was sealed?"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from common.exceptions import BackOfficeError
from common.seals.packs import Pack
from common.seals.records import Tally
from common.seals.verifying import Checked, verify

BLOCKS_A_LINE = 100


class Command(BaseCommand):
    help = (
        "Checks sealed blocks, the file of anchors, and every sealed row. Names what was changed, "
        "deleted, written in or reordered. Exit status 0: everything is as it was sealed; "
        "1: something is not; 2: the check itself failed. Only reads, but for a record of itself."
    )

    def add_arguments(self, parser):
        parser.add_argument("--since", type=int, default=1, metavar="N", help="first block")
        parser.add_argument("--anchors", type=Path, help="another copy of the file of anchors")
        parser.add_argument(
            "--export", type=Path, metavar="DIR", help="write a pack that is checked offline"
        )

    def handle(self, *args, **options):
        if options["since"] < 1:
            raise CommandError(_("Blocks are numbered from 1."), returncode=2)
        if options["anchors"] and not options["anchors"].exists():
            raise CommandError(_("There is no such file of anchors."), returncode=2)
        tally = Tally(since=options["since"])
        try:
            pack = options["export"] and Pack(options["export"], anchors_file=options["anchors"])
            for each in verify(since=options["since"], anchors_file=options["anchors"]):
                for finding in tally.add(each):
                    self.stdout.write(str(finding))
                if isinstance(each, Checked):
                    self._go_on(tally)
                    if pack:
                        pack.add(each.block)
        except FileExistsError:
            raise CommandError(
                _("The folder for the pack is there already."), returncode=2
            ) from None
        except (BackOfficeError, DatabaseError, OSError) as error:
            raise CommandError(str(error), returncode=2) from None
        tally.keep()
        self._end(tally)

    def _go_on(self, tally):
        if tally.blocks % BLOCKS_A_LINE == 0:
            self.stderr.write(
                _("block %(block)s, %(rows)s rows") % {"block": tally.upto, "rows": tally.rows}
            )

    def _end(self, tally):
        of = {"blocks": tally.blocks, "rows": tally.rows, "count": tally.count}
        if tally.count:
            raise CommandError(
                _("%(count)s findings in %(blocks)s blocks of %(rows)s rows.") % of, returncode=1
            )
        self.stdout.write(
            _("Everything is as it was sealed: %(blocks)s blocks of %(rows)s rows.") % of
        )
