"""Short ways to a recovery of a lost phone, step by step."""

from accounts import recoveries
from accounts.models import PhoneRecovery, RecoveryCheck
from common.clock import now
from common.public_ids import new_public_id
from tests.accounts.making import make_person
from tests.desk.signing_in import staff

NEW_PHONE = "+8613911112222"


def make_holder(**fields):
    """A customer whose phone and e-mail are confirmed."""
    verified = {"phone_verified_at": now(), "contact_email_verified_at": now()}
    return make_person(**{**verified, "contact_email": "li@example.com", **fields})


def asked(person, **fields):
    """The person's request, as it stands once the new phone was confirmed."""
    return PhoneRecovery.record(
        **{
            "public_id": new_public_id("rec"),
            "user": person,
            "old_phone": person.phone,
            "new_phone": NEW_PHONE,
            "drops_factor": False,
            "reason": "My phone fell into the sea.",
            **fields,
        }
    )


def support():
    return staff("support")[0]


def supervisor():
    return staff("supervisor")[0]


def checked(recovery, *, by=None, passed=True):
    recoveries.check(
        recovery=recovery,
        kind=RecoveryCheck.Kind.CALL,
        passed=passed,
        seen="Called the number of the office; she knew the last payment.",
        case_reference="",
        by=by or support(),
    )
    return recovery


def proposed(recovery, *, by=None, drops_factor=False):
    by = by or support()
    checked(recovery, by=by)
    recoveries.propose(recovery=recovery, drops_factor=drops_factor, reason="It is her.", by=by)
    return recovery


def approved(recovery, **how):
    proposed(recovery, **how)
    recoveries.decide(
        recovery=recovery, approved=True, reason="Convincing.", by=supervisor(), at=now()
    )
    return recovery
