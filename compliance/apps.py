from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Compliance")

    def ready(self) -> None:
        from compliance import sealed_tables, search, work_queues

        sealed_tables.register()
        search.register()
        work_queues.register()

        from common.changes import kinds_of_change
        from compliance import service_changes

        for kind in service_changes.KINDS:
            kinds_of_change.register(kind)
