"""How orders about content and their receipts look in the API."""

import re

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from common.api.declared import Declared, shaped
from common.api.moments import MomentField
from compliance import orders
from compliance.api import fields
from compliance.models import ContentOrder, ContentOrderReceipt

# As `orders.page` writes it.
CURSOR = re.compile(r"(?:0|[1-9][0-9]{0,17})-(?:0|[1-9][0-9]{0,17})")


class OrdersAskedSerializer(Declared):
    """Which orders."""

    after = shaped(
        CURSOR,
        required=False,
        default="",
        allow_blank=True,
        help_text=_("The cursor of the answer before; without it, from the first order on."),
    )
    state = serializers.ChoiceField(
        choices=["all", "open"],
        required=False,
        default="all",
        help_text=_("open: only those neither done nor failed."),
    )

    def validate_after(self, value: str) -> str:
        try:
            return value and "-".join(map(str, orders.cursor_in(value)))
        except ValueError:
            raise serializers.ValidationError(
                _("Send the cursor of an answer as it was.")
            ) from None


class OrderSerializer(serializers.Serializer):
    """One order."""

    id = serializers.CharField(source="public_id", help_text=_("the order's identifier, ord_…"))
    case = serializers.CharField(source="case.public_id", help_text=_("the case, cas_…"))
    what = serializers.ChoiceField(
        choices=ContentOrder.What.values, help_text=_("what is to be done")
    )
    target = serializers.CharField(help_text=_("what it is about, in the platform's own terms"))
    instruction = serializers.CharField(help_text=_("more about it; may be empty"))
    clause = serializers.CharField(
        source="decision.clause.number", help_text=_("the clause that the decision stands on")
    )
    sent_at = serializers.DateTimeField(source="recorded_at", help_text=_("when it was sent"))
    due_at = serializers.DateTimeField(help_text=_("by when it is to be done"))
    outcome = serializers.ChoiceField(
        choices=[orders.WAITING, *ContentOrderReceipt.Outcome.values],
        help_text=_("what the latest receipt says; waiting: there is none"),
    )


class OrdersSerializer(serializers.Serializer):
    """A page of orders."""

    orders = OrderSerializer(many=True, help_text=_("in the order they were sent"))
    cursor = serializers.CharField(help_text=_("to ask for those after these, later too"))
    more = serializers.BooleanField(help_text=_("whether there are more already"))


class ReceiptGivenSerializer(fields.WithoutContent):
    """What the platform says of an order."""

    key = fields.client_key()
    outcome = serializers.ChoiceField(
        choices=ContentOrderReceipt.Outcome.choices,
        help_text=_("fetched, done, partly or failed"),
    )
    reference = fields.OwnWordsField(
        required=False, allow_blank=True, max_length=120, help_text=_("Yours.")
    )
    done_at = MomentField(
        required=False,
        default=None,
        allow_null=True,
        help_text=_("ISO 8601 with an offset, such as 2026-03-01T09:30:00+08:00."),
    )
    note = fields.OwnWordsField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text=_("Why not, or what is left; never content itself."),
    )


class ReceiptSerializer(serializers.Serializer):
    """The receipt as it was taken down."""

    order = serializers.CharField(source="order.public_id", help_text=_("the order, ord_…"))
    key = serializers.CharField(source="client_key", help_text=_("as sent"))
    outcome = serializers.ChoiceField(
        choices=ContentOrderReceipt.Outcome.values, help_text=_("as sent")
    )
    recorded_at = serializers.DateTimeField(help_text=_("when it was taken down"))
    known = serializers.SerializerMethodField(help_text=_("whether it had been sent before"))

    def get_known(self, _receipt: ContentOrderReceipt) -> bool:
        return not self.context["is_new"]
