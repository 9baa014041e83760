"""Which of staff's rules about providers there are any of, asked in one statement.

Whoever claims deliveries asks before each batch, so that what staff do holds from the next one
on. Most houses have few of these rules; what there is none of is not asked for.
"""

from dataclasses import dataclass

from common import prepared

_ANY = """
SELECT EXISTS (SELECT FROM notices_providerorder),
    EXISTS (SELECT FROM notices_providerlimit),
    EXISTS (SELECT FROM notices_quiethours WHERE in_force),
    EXISTS (
        SELECT FROM notices_killswitch switch WHERE NOT EXISTS (
            SELECT FROM notices_killswitchlifting WHERE switch_id = switch.id))
"""


@dataclass(frozen=True)
class HouseRules:
    """Whether there are any orders, limits, quiet hours in force, and switches that are off."""

    orders: bool
    limits: bool
    quiet_hours: bool
    switches: bool

    @classmethod
    def now(cls) -> "HouseRules":
        [found] = prepared.rows(_ANY)
        return cls(*found)
