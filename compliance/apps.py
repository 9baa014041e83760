from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Compliance")

    def ready(self) -> None:
        from compliance import (
            appeal_letters,
            decision_part,
            decision_queues,
            evidence_parts,
            evidence_queues,
            label_part,
            leaving,
            name_part,
            report_desk,
            report_letters,
            sealed_tables,
            search,
            service_changes,
            signal_part,
            telling,
            work_queues,
        )
        from compliance import receivers as receivers  # connects itself

        evidence_parts.register()
        evidence_queues.register()
        sealed_tables.register()
        search.register()
        work_queues.register()
        report_letters.register()
        report_desk.register()
        telling.register()
        service_changes.register()
        appeal_letters.register()
        decision_queues.register()
        decision_part.register()
        name_part.register()
        label_part.register()
        signal_part.register()
        leaving.register()
        self._fill_customers_pages()

    def _fill_customers_pages(self) -> None:
        from accounts.pages.panels import AccountPanel, panels
        from compliance.pages import account_panels, banners, decision_panel, name_panel

        banners.register()

        name_panel.register()
        decision_panel.register()
        panels.register(
            AccountPanel("matters", "customer/panels/matters.html", account_panels.matters)
        )
