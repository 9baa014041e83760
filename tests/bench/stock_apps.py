"""allauth's tables, which our models refer to, without its middleware."""

from allauth.account.apps import AccountConfig


class TablesOnly(AccountConfig):
    def ready(self) -> None:
        """Nobody signs in here, so nothing of it has to be installed."""
