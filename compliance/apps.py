from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Compliance")

    def ready(self) -> None:
        from compliance import (
            evidence_parts,
            evidence_queues,
            sealed_tables,
            search,
            work_queues,
        )

        evidence_parts.register()
        evidence_queues.register()
        sealed_tables.register()
        search.register()
        work_queues.register()
