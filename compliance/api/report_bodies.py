"""Reports and complaints as they are sent."""

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.models.users import Language
from common.api.declared import AddressField, Declared, WordsField, shaped
from compliance import report_reasons
from compliance.api import fields
from compliance.models import Report
from compliance.reports import MOST_TEXT


class ReportSerializer(fields.WithoutContent):
    """A report by another system of the platform."""

    one_of = ("account", "about")

    key = fields.client_key()
    kind = serializers.ChoiceField(
        choices=[
            (kind, kind)
            for _heading, kinds in report_reasons.GROUPS
            for kind in kinds
            if kind not in report_reasons.NOT_FOR[Report.Channel.API]
        ],
        help_text=gettext_lazy("What it is about."),
    )
    policy = shaped(
        fields.POLICY,
        required=False,
        help_text=gettext_lazy("The code of a policy; with the kind violation only."),
    )
    account = fields.account()
    about = fields.about()
    statement = fields.statement()
    evidence = fields.EvidenceListField()


class ComplainantSerializer(Declared):
    """Who complains, as far as they want to be known."""

    name = WordsField(required=False, max_length=80, help_text=gettext_lazy("Their name."))
    email = AddressField(
        required=False, max_length=254, help_text=gettext_lazy("Where they are answered.")
    )
    language = serializers.ChoiceField(
        choices=Language.values,
        required=False,
        help_text=gettext_lazy("The language they are answered in."),
    )


class ComplaintSerializer(fields.WithoutContent):
    """What a third party says of a service that a customer runs on the platform (3.5)."""

    one_of = ("account", "about")

    key = fields.client_key()
    account = fields.account()
    about = fields.about()
    location = WordsField(
        required=False,
        max_length=2_000,
        help_text=gettext_lazy("Where the service can be seen, such as its address."),
    )
    statement = fields.OwnWordsField(
        max_length=MOST_TEXT,
        help_text=gettext_lazy("What they complain of, in their words: no content of requests."),
    )
    complainant = ComplainantSerializer(required=False)
    evidence = fields.EvidenceListField()
