"""`manage.py rotate_evidence_keys`: evidence moves to the key that encrypts now."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from common import encryption
from compliance import key_rotation


class Command(BaseCommand):
    help = (
        "Re-encrypts evidence under the first of FIELD_ENCRYPTION_KEYS. Put the new key first and "
        "leave the old one behind it, restart every process, then run this; take the old key away "
        "when nothing is left. It may be stopped and started again at any time, while people "
        "read and add files."
    )

    def add_arguments(self, parser):
        parser.add_argument("--batch", type=int, default=50, help="files looked up at a time")

    def handle(self, *args, **options):
        done, problems = 0, 0
        for turned in key_rotation.rotate(batch=max(1, options["batch"])):
            if turned.problem:
                problems += 1
                self.stderr.write(f"{turned.uuid}: {turned.problem}")
            else:
                done += 1
        self.stdout.write(
            _("%(done)d files re-encrypted with the key “%(key)s”, %(left)d left.")
            % {"done": done, "key": encryption.current_key_id(), "left": key_rotation.left()}
        )
        if problems:
            raise CommandError(_("%(count)d files could not be read.") % {"count": problems})
