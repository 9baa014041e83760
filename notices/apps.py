from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from notices import (
            account_letters,
            account_safety,
            closing_letters,
            home,
            sealed_tables,
            search,
            security_letters,
            selections,
            work_queues,
        )

        account_safety.register()
        account_letters.register()
        work_queues.register()
        home.register()
        search.register()
        selections.register()
        sealed_tables.register()
        security_letters.register()
        closing_letters.register()

        from accounts import upcoming
        from accounts.pages.panels import AccountPanel, panels
        from notices import planned
        from notices.pages import account_panels, planned_banners

        planned_banners.register()

        upcoming.sources.register(upcoming.UpcomingSource("service_changes", planned.upcoming))
        panels.register(
            AccountPanel("planned_changes", "customer/panels/planned.html", account_panels.planned)
        )
        panels.register(
            AccountPanel("unread", "customer/panels/unread.html", account_panels.unread)
        )
