"""`manage.py seal`: seals now what the timetable would seal within the minute."""

import base64

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from common.exceptions import BackOfficeError
from common.seals import counter, keys, sealing


class Command(BaseCommand):
    help = "Seals evidence that was written since the last block; blocks are anchored as well."

    def add_arguments(self, parser):
        parser.add_argument(
            "--write-missing-anchors",
            action="store_true",
            help="append to the file of anchors what it lacks of blocks, after it was lost",
        )
        parser.add_argument(
            "--show-keys",
            action="store_true",
            help="print the public keys known here, as SEAL_PUBLIC_KEYS takes them",
        )

        parser.add_argument(
            "--show-epoch",
            action="store_true",
            help="after a dump was restored: how to put the server's counter past its rows",
        )

    def handle(self, *args, **options):
        try:
            if options["show_keys"]:
                for name, key in keys.public_keys().items():
                    self.stdout.write(f"{name}:{base64.b64encode(key).decode()}")
            elif options["show_epoch"]:
                self.stdout.write(self._epoch())
            elif options["write_missing_anchors"]:
                written = sealing.write_missing_anchors()
                self.stdout.write(_("%(count)s anchors written.") % {"count": written})
            else:
                sealed = sealing.seal(at_most_seconds=float("inf"))
                self.stdout.write(_("%(count)s rows sealed.") % {"count": sealed})
        except BackOfficeError as error:
            raise CommandError(str(error)) from None

    def _epoch(self):
        epoch = counter.epoch_to_set()
        if epoch is None:
            return _("Nothing to do: the server has got past all transactions that rows name.")
        return _(
            "Before anybody writes: stop the server, run “pg_resetwal --epoch=%(epoch)s” on its "
            "data directory, start it again."
        ) % {"epoch": epoch}
