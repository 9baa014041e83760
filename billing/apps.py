from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing import home, record_links, search, work_queues

        work_queues.register()
        home.register()
        search.register()
        record_links.register()
