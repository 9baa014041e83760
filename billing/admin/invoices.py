"""Invoices (fapiao) issued elsewhere; a red letter is negative."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.finding import AccountField, FoundByAccount
from billing import invoicing
from billing.admin.columns import yuan
from billing.admin.form_fields import YuanField
from billing.models import Invoice
from common.admin import EvidenceAdmin, Headline, pill
from common.clock import now


class InvoiceForm(forms.ModelForm[Invoice]):
    """Number, account, amount in yuan, day."""

    account = AccountField(
        label=_("account"),
        max_length=120,
        help_text=_("Its identifier or name, or a member's phone or e-mail."),
    )
    yuan = YuanField(
        label=_("amount"),
        signed=True,
        help_text=_("In yuan, such as 1280.50. A red letter is negative: -1280.50."),
    )

    class Meta:
        model = Invoice
        fields = ["number", "issued_on"]

    field_order = ("number", "account", "yuan", "issued_on")


@admin.register(Invoice)
class InvoiceAdmin(FoundByAccount, EvidenceAdmin):
    form = InvoiceForm
    list_display = ("number", "account", "sum", "letter", "issued_on", "recorded_by")
    list_select_related = ("account", "recorded_by")
    search_fields = ("account", "number")
    search_help_text = _("Number, or the account's name or identifier")
    ordering = ("-pk",)
    add_fields = ("number", "account", "yuan", "issued_on")
    fields = ("number", "account", "sum", "issued_on", "recorded_by", "recorded_at")

    def has_add_permission(self, request):
        return request.user.has_perm("billing.add_invoice")

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        wanted = request.GET.get("account", "")
        if obj is None and wanted.startswith("acc_"):
            form.base_fields["account"].initial = wanted[:32]
        return form

    def get_fields(self, request, obj=None):
        return self.fields if obj else self.add_fields

    def get_readonly_fields(self, request, obj=None):
        return self.fields if obj else ()

    def save_form(self, request, form, change):
        """Calls the verb, which writes the record."""
        answers = form.cleaned_data
        return invoicing.record_invoice(
            account=answers["account"],
            number=answers["number"],
            amount=answers["yuan"],
            issued_on=answers["issued_on"],
            recorded_by=request.user,
            at=now(),
        )

    def save_model(self, request, obj, form, change):
        """Written already."""

    def save_related(self, request, form, formsets, change):
        """There is nothing below an invoice."""

    @admin.display(description=_("amount"))
    def sum(self, invoice):
        return yuan(invoice.amount)

    @admin.display(description=_("what"))
    def letter(self, invoice):
        return pill(*what(invoice))

    def headline(self, invoice):
        return Headline(pills=[what(invoice)], facts=[yuan(invoice.amount), str(invoice.account)])


def what(invoice):
    """An invoice or a red letter, as a word and a tone."""
    return (_("red letter"), "bad") if invoice.amount < 0 else (_("invoice"), "good")
