"""What the admins of all apps build on.

`DeskAdmin` is the base of every one: bounded lists, a headline, severe acts and a
timeline. `EvidenceAdmin` shows records nobody may change. `EditableAdmin` edits
records that several people may have open at once. A `SevereAct` is a step with a
preview and a reason before something that hurts.
"""

from common.admin.base import DeskAdmin, Headline
from common.admin.calendar import CalendarDayAdmin, CalendarYearAdmin
from common.admin.columns import clause, moment, money, mono, number, pill
from common.admin.editing import EditableAdmin
from common.admin.evidence import EvidenceAdmin, EvidenceInline
from common.admin.seals import SealBlockAdmin, SealVerificationAdmin
from common.admin.severe_acts import Detail, Outcome, ReasonForm, SevereAct

__all__ = [
    "CalendarDayAdmin",
    "CalendarYearAdmin",
    "DeskAdmin",
    "Detail",
    "EditableAdmin",
    "EvidenceAdmin",
    "EvidenceInline",
    "Headline",
    "Outcome",
    "ReasonForm",
    "SealBlockAdmin",
    "SealVerificationAdmin",
    "SevereAct",
    "clause",
    "moment",
    "money",
    "mono",
    "number",
    "pill",
]
