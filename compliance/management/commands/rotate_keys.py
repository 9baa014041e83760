"""`manage.py rotate_keys`: what is encrypted moves to the key that encrypts now."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from common import encryption
from compliance import key_rotation


class Command(BaseCommand):
    help = (
        "Re-encrypts evidence, answers of customers, second factors and tokens of connected "
        "logins under the first of "
        "FIELD_ENCRYPTION_KEYS. Put the new key first and leave the old one behind it, restart "
        "every process, then run this. Take the old key away only when it says that nothing "
        "needs it. It may be stopped and started again at any time, while people read and add."
    )

    def add_arguments(self, parser):
        parser.add_argument("--batch", type=int, default=50, help="records looked up at a time")

    def handle(self, *args, **options):
        done, problems = 0, 0
        for turned in key_rotation.rotate(batch=max(1, options["batch"])):
            if turned.problem:
                problems += 1
                self.stderr.write(f"{turned.name}: {turned.problem}")
            else:
                done += 1
        done += key_rotation.turn_second_factors()
        self.stdout.write(
            _("%(done)d records re-encrypted with the key “%(key)s”, %(left)d left.")
            % {"done": done, "key": encryption.current_key_id(), "left": key_rotation.left()}
        )
        self._say_what_needs_old_keys()
        if problems:
            raise CommandError(_("%(count)d records could not be read.") % {"count": problems})

    def _say_what_needs_old_keys(self):
        needing = key_rotation.still_need()
        for label, number in needing:
            self.stdout.write(
                _("%(what)s: %(number)d stay under an older key. Leave it in the list.")
                % {"number": number, "what": label}
            )
        if not needing and not key_rotation.left():
            self.stdout.write(_("Nothing needs an older key any more."))
