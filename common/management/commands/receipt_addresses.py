"""`manage.py receipt_addresses`: where providers of messages post what became of them."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.management.base import BaseCommand

from common.messaging import configured, keyed_addresses


class Command(BaseCommand):
    help = (
        "Shows the address of receipts of each message provider, to be entered there. The key in"
        " it is made of the provider's secret; with two secrets the first address is the new one."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for name in configured.written():
            provider = configured.get(name)
            base = f"{settings.SITE_URL.rstrip('/')}/receipts/{name}/"
            keys = keyed_addresses.keys(provider.config)
            for key in keys if provider.has_keyed_address else [""]:
                self.stdout.write(f"{name}  {base}{'?' + urlencode({'key': key}) if key else ''}")
