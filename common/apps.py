from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = _("Shared records")

    def ready(self) -> None:
        from common import calendar_days, sealed_tables
        from common.messaging import checks as message_checks  # noqa: F401 -- registers itself
        from common.seals import checks as checks  # registers itself

        calendar_days.register()
        sealed_tables.register()
