from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from accounts import conditions
        from billing.conditions import BALANCE_SPENT

        conditions.sources.register(BALANCE_SPENT)

        from billing import messages
        from billing.pages.messages import shelf
        from notices.shelves import Shelf, shelves

        shelves.register(
            Shelf(
                "money",
                "customer/money_messages.html",
                shelf,
                messages.unread,
                messages.read_all,
            )
        )
