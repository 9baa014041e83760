"""News that accounts sends up to the apps above."""

from django.dispatch import Signal

staff_offboarded = Signal()
"""A member of staff is losing everything, in the transaction that takes it.

Arguments: `user`, who leaves; `offboarded_by`; `at`. A receiver takes what its app gave
the person (claims on cases, proposals not yet approved) and returns a dict of what it
took, `{"claims": ["SC-…"]}`, as plain JSON: it becomes part of the evidence.
"""
