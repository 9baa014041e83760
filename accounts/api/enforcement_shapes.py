"""What the feed of enforcement is asked, and the shape of its answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.access import Code
from accounts.api.serializers import ReasonSerializer
from accounts.models import Measure

RULES = (
    Code.RESTRICTED,
    Code.LIMITED,
    Code.OUTPUT_BLOCKED,
    Code.CONDITION,
    Code.SERVICE_RETIRED,
    Code.MODEL_RETIRED,
)
# Those of the other type, and all but these four where it is gone, are not there.
PERHAPS: dict[str, Any] = {"required": False, "allow_null": True}
LARGEST = 2**63 - 1


class FeedAskedSerializer(serializers.Serializer):
    """From where, how much at most, and how long to wait. Nothing else, nothing twice."""

    since = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST,
        default=0,
        help_text=_("The number through which entries are applied; 0 for none."),
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=10_000, default=1000, help_text=_("How many entries at most.")
    )
    wait = serializers.IntegerField(
        min_value=0,
        max_value=25,
        default=0,
        help_text=_("For how many seconds to wait when there is nothing after “since”."),
    )

    def to_internal_value(self, data: Any) -> Any:
        strange = {name: [_("This parameter is not known.")] for name in data.keys() - self.fields}
        twice = {
            name: [_("This parameter is there more than once.")]
            for name in data
            if name in self.fields and len(data.getlist(name)) > 1
        }
        if strange or twice:
            raise serializers.ValidationError({**strange, **twice})
        return super().to_internal_value(data)


class EntrySerializer(serializers.Serializer):
    """An entry, as it is documented; the database writes it."""

    sequence = serializers.IntegerField(help_text=_("the number; the next entry's is one more"))
    id = serializers.CharField(help_text=_("what it is about; the newest entry of an id holds"))
    type = serializers.ChoiceField(
        choices=["rule", "key", "exemption"],
        help_text=_(
            "rule: what takes access away; key: an API key and whose it is; exemption: no explicit "
            "label is required of what models make. Leave out what you do not know."
        ),
    )
    gone = serializers.BooleanField(
        help_text=_("true: nothing holds of this id any more, and no other field is there")
    )
    code = serializers.ChoiceField(
        choices=[code.value for code in RULES],
        required=False,
        help_text=_("of a rule: as in a decision; of what denies the strictest holds"),
    )
    account = serializers.CharField(
        **PERHAPS, help_text=_("whose it is; null for a rule: everybody's")
    )
    key_digest = serializers.CharField(
        **PERHAPS, help_text=_("of a rule: only for this key; null: for all keys, and so below")
    )
    service = serializers.CharField(
        **PERHAPS, help_text=_("of a rule or exemption: only for this service")
    )
    model = serializers.CharField(**PERHAPS, help_text=_("of a rule: only for this model"))
    region = serializers.CharField(**PERHAPS, help_text=_("of a rule: only in this region"))
    measure = serializers.ChoiceField(
        choices=Measure.values, **PERHAPS, help_text=_("what a restriction does")
    )
    limits = serializers.DictField(
        child=serializers.IntegerField(),
        **PERHAPS,
        help_text=_("the most allowed by metric, such as requests_per_minute"),
    )
    document = serializers.CharField(**PERHAPS, help_text=_("code of the agreement"))
    version = serializers.IntegerField(**PERHAPS, help_text=_("version of the agreement"))
    clause = serializers.CharField(**PERHAPS, help_text=_("number of the clause, e.g. 1.3"))
    reason = ReasonSerializer(**PERHAPS)
    since = serializers.DateTimeField(
        **PERHAPS, help_text=_("of a rule or exemption: from this moment on, which may be to come")
    )
    until = serializers.DateTimeField(
        **PERHAPS, help_text=_("of a rule or exemption: before this moment; null: until it is gone")
    )
    reference = serializers.CharField(**PERHAPS, help_text=_("to quote to support"))
    digest = serializers.CharField(
        required=False,
        help_text=_("of a key: SHA-256 of the whole key, as 64 hexadecimal digits"),
    )
    services = serializers.ListField(
        child=serializers.CharField(),
        **PERHAPS,
        help_text=_("of a key: the services it is for; null: all"),
    )
    expires_at = serializers.DateTimeField(
        **PERHAPS, help_text=_("of a key: denied from this moment on")
    )
    revoked_at = serializers.DateTimeField(
        **PERHAPS, help_text=_("of a key: denied from this moment on")
    )


class FeedSerializer(serializers.Serializer):
    """A page of the feed, as it is documented."""

    feed = serializers.CharField(
        help_text=_("which feed; another one after the database was restored")
    )
    since = serializers.IntegerField(help_text=_("as asked"))
    through = serializers.IntegerField(help_text=_("the last number in this page"))
    last = serializers.IntegerField(help_text=_("the last number given so far"))
    made_at = serializers.DateTimeField(help_text=_("the moment as of which “last” is complete"))
    max_staleness = serializers.IntegerField(
        help_text=_("for how many seconds one may go by a complete copy")
    )
    entries = EntrySerializer(many=True)
