"""The services that are sold."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import Service
from common.admin import EditableAdmin, mono, pill


@admin.register(Service)
class ServiceAdmin(EditableAdmin):
    list_display = ["__str__", "code", "position", "state"]
    search_fields = ["slug", "name_zh_hans__matches", "name_en__matches"]
    fields = ["slug", "name_zh_hans", "name_en", "position", "retired_at"]

    def get_readonly_fields(self, request, obj=None):
        # Gateways ask by this code.
        return ["slug"] if obj else []

    @admin.display(description=_("code"), ordering="slug")
    def code(self, service):
        return mono(service.slug)

    @admin.display(description=_("state"))
    def state(self, service):
        return pill(_("retired")) if service.retired_at else pill(_("on sale"), "good")
