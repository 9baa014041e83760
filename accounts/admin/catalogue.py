"""The services that are sold, the models behind them, the regions they run in."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import InferenceModel, Region, Service
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


@admin.register(InferenceModel)
class InferenceModelAdmin(EditableAdmin):
    list_display = ["__str__", "code", "service", "state"]
    list_filter = ["service"]
    list_select_related = ["service"]
    search_fields = ["slug", "name__matches"]
    fields = ["slug", "name", "service", "retired_at"]

    def get_readonly_fields(self, request, obj=None):
        return ["slug", "service"] if obj else []

    @admin.display(description=_("code"), ordering="slug")
    def code(self, model):
        return mono(model.slug)

    @admin.display(description=_("state"))
    def state(self, model):
        return pill(_("retired")) if model.retired_at else pill(_("on sale"), "good")


@admin.register(Region)
class RegionAdmin(EditableAdmin):
    list_display = ["__str__", "code"]
    search_fields = ["slug", "name_zh_hans__matches", "name_en__matches"]
    fields = ["slug", "name_zh_hans", "name_en"]

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj else []

    @admin.display(description=_("code"), ordering="slug")
    def code(self, region):
        return mono(region.slug)
