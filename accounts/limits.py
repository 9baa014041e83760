"""What can be limited, and limits in words."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.languages import listed

# By name: kept in records and answered to gateways, never renamed.
METRICS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "requests_per_minute": gettext_lazy("requests per minute"),
        "tokens_per_minute": gettext_lazy("tokens per minute"),
        "tokens_per_day": gettext_lazy("tokens per day"),
        "concurrent_requests": gettext_lazy("requests at the same time"),
    }
)


def in_words(limits: Mapping[str, int]) -> str:
    """`at most 60 requests per minute, at most …` in the language of the page; a metric
    nobody knows any more by its name."""
    return listed(
        _("at most %(number)s %(metric)s")
        % {"number": f"{limits[name]:,}", "metric": METRICS.get(name, name)}
        for name in sorted(limits, key=[*METRICS, *limits].index)
    )
