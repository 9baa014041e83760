from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Compliance")

    def ready(self) -> None:
        from compliance import receivers as receivers  # connects itself
        from compliance import sealed_tables, search, work_queues

        sealed_tables.register()
        search.register()
        work_queues.register()
