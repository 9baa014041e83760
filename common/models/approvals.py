"""Two people for one act: proposed by one, approved by another.

A proposal pins the SHA-256 of what is proposed; its approval repeats that hash. The
concrete tables add the person and what it is about, and their migration installs the
guard, as `notices_guard_approval` in `notices/migrations/0002_guards.py`.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.models.append_only import AppendOnly


class ProposalRecord(AppendOnly):
    """Somebody asks for an act, with these contents and no other."""

    digest = models.CharField(_("SHA-256 of what is proposed"), max_length=64)

    class Meta:
        abstract = True


class ApprovalRecord(AppendOnly):
    """Somebody else agrees to exactly that."""

    digest = models.CharField(_("SHA-256 of what is approved"), max_length=64)

    class Meta:
        abstract = True
