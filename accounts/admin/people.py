"""People: customers and staff."""

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accounts.admin.declarations import CapacitiesInline, GuardianConsentsInline
from accounts.admin.inlines import AcceptancesInline, AccountsInline
from accounts.admin.names import names_are_screened
from accounts.admin.people_acts import AssignGroups, ChangeEmail, Offboard, ResetSecondFactor
from accounts.finding import people_found, phone_in
from accounts.models import User
from accounts.staff_groups import label_of
from common.admin import EditableAdmin, Headline, mono, pill
from common.languages import listed


class StaffFilter(admin.SimpleListFilter):
    title = _("staff")
    parameter_name = "staff"

    def lookups(self, request, model_admin):
        return [
            ("no", _("customers")),
            ("yes", _("staff")),
            ("without_factor", _("staff without second factor")),
        ]

    def queryset(self, request, queryset):
        staff = queryset.filter(is_staff=True)
        match self.value():
            case "no":
                return queryset.filter(is_staff=False)
            case "yes":
                return staff
            case "without_factor":
                return staff.filter(is_active=True).exclude(authenticator__type="totp")
        return queryset


@admin.register(User)
class PersonAdmin(EditableAdmin):
    list_display = ["called", "reached_at", "masked_address", "language", "standing", "date_joined"]
    list_filter = [StaffFilter, "is_active", "language"]
    search_fields = ["name", "contact_email", "phone", "public_id"]
    search_help_text = _("A phone number in full is shown in full.")
    ordering = ["-pk"]
    fieldsets = [
        (
            _("Person"),
            {"fields": ["name", "phone", "contact_email", "language", "time_zone"]},
        ),
        (
            _("Standing"),
            {
                "fields": [
                    "identifier",
                    "is_active",
                    "date_joined",
                    "closed_at",
                    "phone_verified_at",
                    "contact_email_verified_at",
                    "last_login",
                    "in_groups",
                ]
            },
        ),
    ]
    readonly_fields = [
        "identifier",
        "phone",
        # Changed by a link sent to the new address, so that a slip costs nobody a notice.
        "contact_email",
        "is_active",
        "date_joined",
        "closed_at",
        "phone_verified_at",
        "contact_email_verified_at",
        "last_login",
        "in_groups",
    ]
    inlines = [
        AccountsInline,
        AcceptancesInline,
        CapacitiesInline,
        GuardianConsentsInline,
    ]
    severe_acts = [ChangeEmail(), AssignGroups(), ResetSecondFactor(), Offboard()]

    def has_add_permission(self, request):
        return False  # people sign up; staff are invited

    def has_change_permission(self, request, obj=None):
        if obj is not None and obj.closed_at:
            return False  # nothing of them is there, and the database keeps it so
        return super().has_change_permission(request, obj)

    def save_model(self, request, obj, form, change):
        with names_are_screened(request, form, person=obj):
            super().save_model(request, obj, form, change)

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        found = people_found(queryset, search_term)
        if phone := phone_in(search_term):
            typed = ExpressionWrapper(Q(phone=phone), output_field=BooleanField())
            found = found.annotate(phone_was_typed=typed)
        return found, False

    @admin.display(description=pgettext_lazy("of a person", "name"), ordering="name")
    def called(self, person):
        return str(person)

    @admin.display(description=_("phone"))
    def reached_at(self, person):
        typed = getattr(person, "phone_was_typed", False) and not person.closed_at
        return person.phone if typed else person.masked_phone

    @admin.display(description=_("contact e-mail"))
    def masked_address(self, person):
        return person.masked_email

    @admin.display(description=_("standing"))
    def standing(self, person):
        if person.closed_at:
            return pill(pgettext("of an account", "closed"), "quiet")
        if not person.is_active:
            return pill(_("cannot sign in"), "bad")
        return pill(_("staff"), "violet") if person.is_staff else pill(_("customer"), "info")

    @admin.display(description=_("identifier"))
    def identifier(self, person):
        return mono(person.public_id)

    @admin.display(description=_("groups"))
    def in_groups(self, person):
        return listed(map(label_of, person.groups.values_list("name", flat=True)))

    def headline(self, person):
        pills = [(_("staff"), "violet") if person.is_staff else (_("customer"), "info")]
        if person.is_superuser:
            pills.append((_("superuser"), "warn"))
        if person.closed_at:
            pills = [(pgettext_lazy("of an account", "closed"), "quiet")]
        elif not person.is_active:
            pills.append((_("cannot sign in"), "bad"))
        return Headline(pills=pills, facts=[mono(person.public_id), person.masked_phone])
