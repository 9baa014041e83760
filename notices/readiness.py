"""What keeps a draft from being proposed, each in a sentence."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import agreements
from accounts.models import Account, AgreementVersion
from accounts.models.users import Language
from common.changes import AtOnce, KindOfChange, Scope, kinds_of_change
from common.languages import listed
from notices import gate, provider_templates
from notices.audiences import concerned_accounts
from notices.models import Channel, Phase, ServiceChange, Template

Audience = ServiceChange.Audience

SCOPES = {
    Scope.SERVICE: gettext_lazy("service"),
    Scope.MODEL: gettext_lazy("model"),
    Scope.REGION: gettext_lazy("region"),
    Scope.API_KEYS: gettext_lazy("API keys"),
}


def earliest_for_all(change: ServiceChange, *, at: datetime) -> datetime | None:
    """From when every account may feel the change if all are told at `at`; `at` itself
    for one at once; None without a lead policy or accounts."""
    policy = gate.current_policy(change.kind)
    if policy is None:
        return None
    if change.at_once:
        return at
    everybody = change.audience == Audience.EVERYONE
    accounts = Account.objects.all() if everybody else concerned_accounts(change)
    zones = accounts.order_by().values_list("time_zone", flat=True).distinct()
    opening = [
        gate.opens_if_told(told_at=at, lead_days=policy.lead_days, zone=zone) for zone in zones
    ]
    return max(opening, default=None)


def too_early(change: ServiceChange, *, at: datetime) -> str:
    """A sentence if people told at `at` could not feel the change when planned, or `""`.

    What they are told is the planned moment, so it has to be one that can be kept.
    """
    earliest = earliest_for_all(change, at=at)
    if earliest is None or change.at_once or change.effective_at >= earliest:
        return ""
    return _(
        "It is planned for %(planned)s, but people told now may feel it from %(earliest)s on. "
        "Choose that moment or a later one."
    ) % {
        "planned": date_format(localtime(change.effective_at), "DATETIME_FORMAT"),
        "earliest": date_format(localtime(earliest), "DATETIME_FORMAT"),
    }


def missing(change: ServiceChange, *, at: datetime) -> list[str]:
    """Sentences on what keeps a draft from being proposed; empty when nothing does."""
    if change.kind not in kinds_of_change:
        return [_("No kind of change is called “%s” any more.") % change.kind]
    kind = kinds_of_change.get(change.kind)
    early = too_early(change, at=at)
    return [
        *([early] if early else []),
        *_of_the_audience(change, kind),
        *_of_the_kind(change, kind),
        *_of_the_correction(change),
        *_of_the_rules(change, kind),
    ]


def _of_the_audience(change: ServiceChange, kind: KindOfChange) -> Iterator[str]:
    if change.audience == Audience.CHOSEN and not change.concerned.exists():
        yield _("Choose at least one account.")
    if change.audience == Audience.RULE and not concerned_accounts(change).exists():
        yield _("The rule fits no account.")
    if kind.platform_wide and change.audience == Audience.CHOSEN:
        yield _("It is felt by everybody, so everybody has to be told: choose every account.")
    keys = change.concerned_keys.select_related("api_key")
    strangers = keys.exclude(api_key__account__in=change.concerned.values("account"))
    if strangers.exists():
        yield _("These API keys are of accounts that were not chosen: %s.") % listed(
            str(named.api_key) for named in strangers[:5]
        )


def _of_the_kind(change: ServiceChange, kind: KindOfChange) -> Iterator[str]:
    narrowed = {
        Scope.SERVICE: change.service_id is not None,
        Scope.MODEL: change.model_id is not None,
        Scope.REGION: change.region_id is not None,
        Scope.API_KEYS: change.concerned_keys.exists(),
    }
    for scope, given in narrowed.items():
        if given and scope not in kind.scopes:
            yield _("This kind of change cannot be narrowed to: %s.") % SCOPES[scope]
    if change.model and change.service and change.model.service_id != change.service_id:
        yield _("The model belongs to another service.")
    if kind.metrics and not change.limits:
        yield _("Set at least one limit.")
    if set(change.limits) - set(kind.metrics):
        yield _("This kind of change has no such limits: %s.") % listed(
            sorted(set(change.limits) - set(kind.metrics))
        )
    if kind.amends and change.agreement_version is None:
        yield _("Choose the version that comes into force.")
    if change.agreement_version is not None:
        yield from _of_the_version(change.agreement_version, kind)
    if change.at_once and kind.at_once is AtOnce.NEVER:
        yield _("This kind of change is always announced beforehand.")
    if not change.at_once and kind.at_once is AtOnce.ALWAYS:
        yield _("This kind of change always acts at once.")
    if change.ends_at and not kind.may_end:
        yield _("This kind of change has no end; leave “until” empty.")


def _of_the_version(version: AgreementVersion, kind: KindOfChange) -> Iterator[str]:
    if not kind.amends:
        yield _("This kind of change brings no version into force.")
    written = set(version.texts.values_list("language", flat=True))
    for language in Language:
        if language.value not in written:
            yield _("The version has no text in %s yet.") % language.label
    newest = AgreementVersion.objects.current(version.document.slug)
    if newest is not None and newest.number > version.number:
        yield _("A newer version of this document is published already.")


def _of_the_correction(change: ServiceChange) -> Iterator[str]:
    State = ServiceChange.State
    if change.corrects and change.corrects.state not in (
        State.APPROVED,
        State.ANNOUNCING,
        State.ANNOUNCED,
    ):
        yield _("What it corrects is “%s” now and cannot be replaced any more.") % (
            change.corrects.get_state_display()
        )


def _of_the_rules(change: ServiceChange, kind: KindOfChange) -> Iterator[str]:
    if not agreements.citable(change.clause.version).filter(pk=change.clause_id).exists():
        yield _("Clause %(number)s is severed.") % {"number": change.clause.number}
    if gate.current_policy(change.kind) is None:
        yield _("There is no lead time for this kind of change.")
    written = {
        (template.phase, template.channel, template.language)
        for template in Template.objects.current(change.kind)
    }
    for phase in map(Phase, kind.phases):
        for channel in Channel:
            for language in Language:
                if (phase.value, channel.value, language.value) not in written:
                    yield _("No text: %(phase)s, %(channel)s, %(language)s.") % {
                        "phase": phase.label,
                        "channel": channel.label,
                        "language": language.label,
                    }
    yield from provider_templates.problems(provider_templates.texts_for(change))
