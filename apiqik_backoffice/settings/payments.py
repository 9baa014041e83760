"""Payment providers: none unless configured; the loopback one where nothing is real."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from apiqik_backoffice.settings.environment import env

LOOPBACK = "billing.payments.loopback.Loopback"

# {"name": {"class": "dotted.path.Class", "secrets": ["new", "old"], "options": {}}}, the
# preferred one first; see docs/adding-a-payment-provider.md.
PAYMENT_PROVIDERS: dict[str, Any] = (
    env.json("PAYMENT_PROVIDERS") if env.str("PAYMENT_PROVIDERS", default="") else {}
)
# Whether providers that move no money may be used.
PAYMENT_TOYS_ALLOWED = False


def loopback(folder: Path, secret: str) -> dict[str, Any]:
    """The provider without money, which keeps its books in `folder`."""
    return {
        "loopback": {"class": LOOPBACK, "secrets": [secret], "options": {"folder": str(folder)}}
    }


def callback_paths(providers: Iterable[str]) -> list[str]:
    """Where they post what they have to say, for MACHINE_PATHS."""
    return [f"/payments/{name}/callback" for name in providers]
