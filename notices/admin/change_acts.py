"""The steps of a change that need a preview: propose, approve, reject, edit, correct,
postpone, withdraw, lift."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.admin import Outcome, SevereAct
from common.admin.columns import moment
from common.changes import kinds_of_change
from common.clock import now
from common.languages import listed
from notices import announced, changes
from notices.admin.account_acts import UntilForm
from notices.audiences import Rule
from notices.dry_run import dry_run
from notices.exceptions import WrongState
from notices.models import Proposal, ServiceChange
from notices.readiness import missing
from notices.standings import tally_of

State = ServiceChange.State


def forecast(change: ServiceChange) -> str:
    """What would happen, in a few sentences."""
    run = dry_run(change, at=now())
    means = listed(f"{label} {count}" for label, count in run.by_channel.items())
    rule = Rule.of(change).in_words() if change.rule else []
    sentences = [
        *([f"{change.get_audience_display()}: {' · '.join(rule)}."] if rule else []),
        ngettext("%d account.", "%d accounts.", run.accounts) % run.accounts,
        _("Told: %(people)d (%(means)s).")
        % {"people": run.people, "means": means or _("inbox only")},
        _("API keys concerned: %(keys)d, members: %(members)d.")
        % {"keys": run.keys, "members": run.members},
    ]
    if change.at_once:
        sentences.append(_("Takes effect on approval. Grounds: %s") % change.grounds)
    else:
        sentences.append(_("Takes effect %s.") % moment(change.effective_at))
    if run.unreachable:
        unreachable = run.unreachable_count
        sentences.append(
            ngettext(
                "%d account has nobody to tell.", "%d accounts have nobody to tell.", unreachable
            )
            % unreachable
        )
    if run.running:
        sentences.append(
            _("Other changes under way for the same accounts: %s.")
            % listed(str(other) for other in run.running)
        )
    if change.generic_sms:
        sentences.append(_("The SMS only says: log in to read. The inbox has the full text."))
    if change.corrects:
        sentences.append(_("Takes the place of “%s”.") % change.corrects)
    if run.too_early and run.earliest:
        sentences.append(_("Too early: the earliest possible is %s.") % moment(run.earliest))
    return " ".join(sentences)


def proposal_of(change: ServiceChange) -> Proposal:
    """Its newest proposal. Raises `WrongState` when nobody has proposed it yet."""
    if change.proposal is None:
        raise WrongState(
            _("This change is “%(state)s” now, so you cannot decide on it. Reload the page.")
            % {"state": change.get_state_display()}
        )
    proposal: Proposal = change.proposal
    return proposal


class NoteForm(forms.Form):
    """Nothing to fill in: the preview is what counts."""


class ChangeAct(SevereAct):
    """An act offered in certain states."""

    states: tuple[str, ...] = ()
    dangerous = False
    on_selection = False

    def offered(self, record: ServiceChange) -> bool:
        return record.state in self.states

    def version(self, record: ServiceChange) -> str:
        # Nobody acts on words that were edited while they read others.
        return f"{record.state} {record.edition}"


class Propose(ChangeAct):
    name = "propose"
    label = gettext_lazy("Propose…")
    heading = gettext_lazy("Propose for approval")
    explanation = gettext_lazy("Texts, lead time and accounts are fixed from here on.")
    confirm = gettext_lazy("Propose")
    permission = "notices.propose_servicechange"
    form_class = NoteForm
    states = (State.DRAFT,)
    needs_fresh_proof = False
    on_selection = True

    def preview(self, record: ServiceChange) -> str:
        problems = missing(record, at=now())
        return " ".join([_("Not ready:"), *problems]) if problems else forecast(record)

    def perform(self, record: ServiceChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        changes.propose(change=record, proposed_by=actor, at=now())
        return Outcome(_("Proposed. Somebody else has to approve it now."))


class Approve(ChangeAct):
    name = "approve"
    label = gettext_lazy("Approve…")
    heading = gettext_lazy("Approve")
    explanation = gettext_lazy("People are told at once; the effect follows when its time comes.")
    confirm = gettext_lazy("Approve")
    permission = "notices.approve_servicechange"
    form_class = NoteForm
    states = (State.PROPOSED,)
    on_selection = True

    def preview(self, record: ServiceChange) -> str:
        proposal = record.proposal
        if record.state != State.PROPOSED or proposal is None:
            return _("Not waiting for approval.")
        by = _("Proposed by %s.") % proposal.proposed_by
        return f"{by} {forecast(record)}"

    def perform(self, record: ServiceChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        changes.approve(proposal=proposal_of(record), approved_by=actor, at=now())
        return Outcome(_("Approved. People are being told."))


class Reject(ChangeAct):
    name = "reject"
    label = gettext_lazy("Send back…")
    heading = gettext_lazy("Send back to its planner")
    confirm = gettext_lazy("Send back")
    permission = "notices.approve_servicechange"
    states = (State.PROPOSED,)
    needs_fresh_proof = False

    def preview(self, record: ServiceChange) -> str:
        return _("Becomes a draft again. Nobody is told.")

    def perform(self, record: ServiceChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        changes.reject(proposal=proposal_of(record), rejected_by=actor, reason=answers["reason"])
        return Outcome(_("Sent back."))


class Revise(ChangeAct):
    name = "revise"
    label = gettext_lazy("Edit…")
    heading = gettext_lazy("Edit")
    explanation = gettext_lazy("It becomes a draft; the proposal and any approval are void.")
    confirm = gettext_lazy("Make it a draft")
    permission = "notices.propose_servicechange"
    form_class = NoteForm
    states = (State.PROPOSED, State.APPROVED)
    needs_fresh_proof = False

    def offered(self, record: ServiceChange) -> bool:
        # What a correction replaced is called off with its approval.
        return super().offered(record) and not (
            record.corrects_id and record.state == State.APPROVED
        )

    def preview(self, record: ServiceChange) -> str:
        return _("Nobody has been told of it yet.")

    def perform(self, record: ServiceChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        changes.revise(change=record)
        return Outcome(_("It is a draft again."))


class Correct(ChangeAct):
    name = "correct"
    label = gettext_lazy("Correct…")
    heading = gettext_lazy("Correct")
    explanation = gettext_lazy(
        "Makes a draft with the same contents, to be edited, proposed and approved. Once "
        "approved it takes the place of this change: people are told anew, and the lead time "
        "begins anew. Until then this change goes on."
    )
    confirm = gettext_lazy("Make the draft")
    permission = "notices.propose_servicechange"
    form_class = NoteForm
    states = (State.APPROVED, State.ANNOUNCING, State.ANNOUNCED)
    needs_fresh_proof = False

    def preview(self, record: ServiceChange) -> str:
        drafts = record.corrections.filter(state__in=(State.DRAFT, State.PROPOSED)).count()
        if drafts:
            return ngettext(
                "Nobody is told yet. There is %d correction of it already.",
                "Nobody is told yet. There are %d corrections of it already.",
                drafts,
            ) % (drafts,)
        return _("Nobody is told yet.")

    def perform(self, record: ServiceChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        draft = changes.correct(change=record, planned_by=actor)
        page = reverse("admin:notices_servicechange_change", args=[draft.pk])
        return Outcome(_("This is the correction: edit it, then propose it."), url=page)


class PostponeAll(ChangeAct):
    name = "postpone"
    label = gettext_lazy("Postpone…")
    heading = gettext_lazy("Postpone for everybody")
    confirm = gettext_lazy("Postpone")
    permission = "notices.postpone_servicechange"
    form_class = UntilForm
    states = announced.MOVING

    def offered(self, record: ServiceChange) -> bool:
        return super().offered(record) and not record.at_once

    def preview(self, record: ServiceChange) -> str:
        return _(
            "Planned for %s. Everybody who was told is told the new moment; that they were told "
            "of an earlier one counts as notice."
        ) % moment(record.planned_for)

    def perform(self, record: ServiceChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        until = answers["until"]
        announced.postpone(change=record, until=until, postponed_by=actor, reason=answers["reason"])
        return Outcome(_("Postponed to %s. People are being told.") % moment(until))


class Withdraw(ChangeAct):
    name = "withdraw"
    label = gettext_lazy("Withdraw…")
    heading = gettext_lazy("Withdraw")
    confirm = gettext_lazy("Withdraw")
    permission = "notices.withdraw_servicechange"
    states = (State.DRAFT, State.PROPOSED, State.APPROVED, State.ANNOUNCING, State.ANNOUNCED)
    dangerous = True

    def preview(self, record: ServiceChange) -> str:
        if record.state in (State.ANNOUNCING, State.ANNOUNCED):
            return _("It will not take effect. Everybody who was told is told so.")
        return _("It will not take effect. Nobody has been told of it.")

    def perform(self, record: ServiceChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        announced.withdraw(change=record, withdrawn_by=actor, reason=answers["reason"], at=now())
        return Outcome(_("Withdrawn."))


class Lift(ChangeAct):
    name = "lift"
    label = gettext_lazy("Lift…")
    heading = gettext_lazy("Lift the effect")
    confirm = gettext_lazy("Lift")
    permission = "notices.lift_servicechange"
    states = (State.TAKING_EFFECT, State.COMPLETE)

    def offered(self, record: ServiceChange) -> bool:
        known = record.kind in kinds_of_change
        return super().offered(record) and known and kinds_of_change.get(record.kind).liftable

    def preview(self, record: ServiceChange) -> str:
        tally = tally_of(record, at=now())
        accounts = tally.passed if tally else record.concerned_count
        return ngettext(
            "%d account gets its access back at once, and its people are told.",
            "%d accounts get their access back at once, and their people are told.",
            accounts,
        ) % (accounts,)

    def perform(self, record: ServiceChange, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        announced.lift(change=record, lifted_by=actor, reason=answers["reason"], at=now())
        return Outcome(_("Lifted. People are being told."))


ACTS = (
    Propose(),
    Approve(),
    Reject(),
    Revise(),
    Correct(),
    PostponeAll(),
    Lift(),
    Withdraw(),
)
