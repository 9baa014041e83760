"""The staff's admin site."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class StaffSite(AdminSite):
    site_header = _("apiqik back office")
    site_title = _("apiqik back office")
