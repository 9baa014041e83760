"""The project as an app (templates, static files, commands) and the admin's own site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class BackOfficeConfig(AppConfig):
    name = "apiqik_backoffice"
    verbose_name = _("Back office")

    def ready(self) -> None:
        from apiqik_backoffice.desk import work_queues

        work_queues.register()


class StaffAdminConfig(AdminConfig):
    """Makes Django's default admin site ours, so no app has to import this package."""

    default_site = "apiqik_backoffice.admin_site.StaffSite"
