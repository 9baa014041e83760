from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing import checks as checks  # registers itself

        self._fill_the_desk()
        self._fill_customers_pages()

        from accounts import conditions
        from billing import sealed_tables
        from billing.conditions import BALANCE_SPENT

        sealed_tables.register()
        conditions.sources.register(BALANCE_SPENT)

    def _fill_the_desk(self) -> None:
        from billing import (
            application_queue,
            home,
            payment_parts,
            record_links,
            search,
            work_queues,
        )
        from billing.payments import queues

        work_queues.register()
        queues.register()
        application_queue.register()
        home.register()
        search.register()
        record_links.register()
        payment_parts.register()

    def _fill_customers_pages(self) -> None:
        from accounts.pages.panels import AccountPanel, panels
        from billing import leaving, telling
        from billing.pages import account_panels

        panels.register(AccountPanel("money", "customer/panels/money.html", account_panels.balance))
        telling.register()
        leaving.register()
