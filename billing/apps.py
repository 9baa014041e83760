from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from accounts.pages.panels import AccountPanel, panels
        from billing import application_queue
        from billing.pages import account_panels

        application_queue.register()
        panels.register(AccountPanel("money", "customer/panels/money.html", account_panels.balance))
