"""Show who may sign in to the demo world."""

from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from accounts.staff_groups import label_of
from apiqik_backoffice.demo.signins import SignIn, SignIns
from common.exceptions import BackOfficeError


class Command(BaseCommand):
    help = "Shows phone, password and current second-factor code of the demo world's people."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            signins = SignIns.read()
        except BackOfficeError as error:
            raise CommandError(str(error)) from None
        output = cast(TextIO, self.stdout)
        console = Console(file=output, width=None if output.isatty() else 120, highlight=False)
        console.print(table_of(_("Staff"), signins.staff))
        console.print(table_of(_("Customers"), signins.customers))
        site = settings.SITE_URL.rstrip("/") or f"http://localhost:{settings.PORT}"
        console.print(
            _("Ask as the gateway does: %(command)s")
            % {
                "command": f"curl -H 'Authorization: Bearer {signins.gateway_token}' "
                f"'{site}/api/v1/access?account=acc_…&service=image-generation'"
            },
            markup=False,
            soft_wrap=True,
        )


def table_of(title: str, people: list[SignIn]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in (_("name"), _("who"), _("phone"), _("password")):
        table.add_column(heading)
    with_codes = any(person.secret for person in people)
    if with_codes:
        table.add_column(_("code now"))
    for person in people:
        cells = [person.name, _about(person), person.phone, person.password]
        table.add_row(*cells, *([person.code()] if with_codes else []))
    return table


def _about(person: SignIn) -> str:
    """A group's name as people call it, or what the demo world says of a customer."""
    return _(label_of(person.about))
