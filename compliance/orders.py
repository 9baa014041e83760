from datetime import datetime
from compliance.models import ContentOrder, Decision
def send(*, decision: Decision, what: str, target: str, instruction: str, due_at: datetime) -> ContentOrder:
    return ContentOrder.record(case=decision.case, decision=decision, what=what, target=target, instruction=instruction, due_at=due_at)
