"""Sources of access conditions: why access may be withheld without notice.

A `Condition` row carries only its source's name. What that name means to the customer
(the clause it rests on, the sentence shown) is registered here, by the app that writes
and clears such rows, in its `AppConfig.ready`:

    conditions.sources.register(
        ConditionSource(
            name="consent_due",
            label=_("terms not agreed to"),
            clause_number="1.2.1",
            reason_zh_hans="…",
            reason_en="…",
        )
    )
"""

from dataclasses import dataclass

from django.utils.functional import Promise

from common.languages import pick
from common.registries import Registry


@dataclass(frozen=True)
class ConditionSource:
    """One reason for which access may be withheld.

    `label` is what staff call it. `clause_number` is that of the terms in force, such
    as `1.2.1`. The reasons are shown to customers and returned to the gateway: they say
    what to do about it.
    """

    name: str
    label: str | Promise
    clause_number: str
    reason_zh_hans: str
    reason_en: str

    def reason_in(self, language: str | None) -> str:
        """The reason in `language` (None: the page's)."""
        return pick(language, zh_hans=self.reason_zh_hans, en=self.reason_en)


sources: Registry[ConditionSource] = Registry("source of access conditions")


def label_of(name: str) -> str:
    """What staff call the source of that name; the name itself for one not registered."""
    return str(sources.get(name).label) if name in sources else name
