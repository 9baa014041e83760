from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import conditions, consent, receivers  # noqa: F401 -- connects itself
        from accounts.service_changes import Suspension
        from common.changes import kinds_of_change

        kinds_of_change.register(Suspension())
        conditions.sources.register(consent.CONSENT_DUE)
