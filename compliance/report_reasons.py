"""What people may report, in plain words: kinds of case, and the policies below "violation".

A form offers them in groups; the answer is a kind with the code of a policy or none, as
`violation:2-2-5-a` or `leak`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.models import CaseKind, Policy, PolicyVersion, Report

Channel = Report.Channel

# In the words of somebody who does not know the agreement.
IN_PLAIN_WORDS: dict[str, str | Promise] = {
    CaseKind.VIOLATION: _("something else that should not be allowed"),
    CaseKind.ACCOUNT_NAME: _("a name or picture that offends, or pretends to be somebody else"),
    CaseKind.SUSPECTED_TRANSFER: _("an account that is sold, rented or lent"),
    CaseKind.COMPROMISED_ACCOUNT: _("an account or key that a stranger uses"),
    CaseKind.USER_DISPUTE: _("a dispute between you and another customer"),
    CaseKind.PROOF_OF_SOURCE: _("data or works that are used without permission"),
    CaseKind.OUTPUT_RESTRICTION: _("output that is used for what is not allowed"),
    CaseKind.PLATFORM_IP: _("our name, mark, software or models that are misused"),
    CaseKind.LEAK: _("secrets or personal data that have leaked"),
    CaseKind.CONTENT_ORDER: _("content that has to be taken away"),
    CaseKind.THIRD_PARTY: _("a service that one of our customers runs and that did you harm"),
}
GROUPS: Sequence[tuple[str | Promise, Sequence[str]]] = (
    (_("What somebody does with the service"), (CaseKind.VIOLATION,)),
    (
        _("The account itself"),
        (CaseKind.ACCOUNT_NAME, CaseKind.SUSPECTED_TRANSFER, CaseKind.COMPROMISED_ACCOUNT),
    ),
    (
        _("Rights, data and secrets"),
        (
            CaseKind.PROOF_OF_SOURCE,
            CaseKind.OUTPUT_RESTRICTION,
            CaseKind.PLATFORM_IP,
            CaseKind.LEAK,
        ),
    ),
    (_("Services of our customers"), (CaseKind.THIRD_PARTY,)),
    (_("Between customers"), (CaseKind.USER_DISPUTE,)),
)
# A dispute has two sides that are customers (1.5); orders come from authorities, by staff;
# complaints of third parties come by an address of their own.
NOT_FOR = {
    Channel.PUBLIC: {CaseKind.USER_DISPUTE},
    Channel.CUSTOMER: set(),
    Channel.STAFF: set(),
    Channel.API: {CaseKind.USER_DISPUTE, CaseKind.THIRD_PARTY},
}
# What these clauses forbid is a violation when somebody reports it.
OF_VIOLATIONS = "2.2"


@dataclass(frozen=True)
class Reason:
    """One thing to report. `policy` is None for what no leaf was chosen for."""

    kind: str
    policy: Policy | None = None

    @property
    def value(self) -> str:
        return f"{self.kind}:{self.policy.code}" if self.policy else str(self.kind)


def offered(*, channel: str, language: str | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of what may be reported by that channel, each with values and labels."""
    groups = []
    for heading, kinds in GROUPS:
        choices = [
            choice
            for kind in kinds
            if kind not in NOT_FOR[Channel(channel)]
            for choice in _of_kind(kind, language)
        ]
        if choices:
            groups.append((str(heading), choices))
    return groups


def _of_kind(kind: str, language: str | None) -> list[tuple[str, str]]:
    own = (kind, str(IN_PLAIN_WORDS[kind]))
    if kind != CaseKind.VIOLATION:
        return [own]
    return [
        *((f"{kind}:{version.policy.code}", version.title_in(language)) for version in _leaves()),
        own,
    ]


def _leaves() -> list[PolicyVersion]:
    """The newest version of each policy that people may name, in the order of clauses.

    What only supervisors may cite (2.2.12) is theirs to find.
    """
    newest = PolicyVersion.objects.filter(
        policy__supervisors_only=False, policy__clause_number__startswith=OF_VIOLATIONS
    ).order_by("policy_id", "-number")
    found: list[PolicyVersion] = list(newest.distinct("policy_id").select_related("policy"))
    return sorted(found, key=lambda version: version.policy.position)


def chosen(value: str, *, channel: str) -> Reason | None:
    """What a form's or a caller's answer means; None for what is not offered there."""
    kind, _colon, code = value.partition(":")
    offered_kinds = {kind for _heading, kinds in GROUPS for kind in kinds}
    if kind not in offered_kinds - NOT_FOR[Channel(channel)]:
        return None
    if not code:
        return Reason(kind)
    policy = policy_called(code)
    return Reason(kind, policy) if policy and kind == CaseKind.VIOLATION else None


def policy_called(code: str) -> Policy | None:
    """A policy that a report may name."""
    if "\x00" in code:
        return None
    found: Policy | None = Policy.objects.filter(code=code, supervisors_only=False).first()
    return found
