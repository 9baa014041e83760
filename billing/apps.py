from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from accounts import conditions
        from accounts.pages.panels import AccountPanel, panels
        from billing import application_queue, messages
        from billing.conditions import BALANCE_SPENT
        from billing.pages import account_panels
        from billing.pages.messages import shelf
        from notices.shelves import Shelf, shelves

        application_queue.register()
        conditions.sources.register(BALANCE_SPENT)
        panels.register(AccountPanel("money", "customer/panels/money.html", account_panels.balance))
        shelves.register(
            Shelf(
                "money",
                "customer/money_messages.html",
                shelf,
                messages.unread,
                messages.read_all,
            )
        )
