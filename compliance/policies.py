from datetime import datetime
from accounts.models import Account, Clause
from compliance.models import Policy
def clause_for(policy: Policy, *, account: Account, at: datetime) -> Clause | None:
    binding = policy.bindings.filter(recorded_at__lte=at).order_by("-clause__version__number").first()
    return binding.clause if binding else None
def latest_clause(policy: Policy) -> Clause | None:
    binding = policy.bindings.order_by("-clause__version__number").first()
    return binding.clause if binding else None
