"""What an account is to be used for, and what the services are not for (clause 1.2.8(b))."""

from collections.abc import Collection
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import UseIsExcluded
from accounts.models import Account, AgreementVersion, UseDeclaration, User
from common.languages import listed

CLAUSE = "1.2.8(b)"
LIST_VERSION = 1
"""Number of the list of occasions: raise it with every change of the list."""


class Use(models.TextChoices):
    """What content is generated. Names are kept: never renamed."""

    TEXT = "text", _("text and conversation")
    CODE = "code", _("code")
    IMAGES = "images", _("images and video")
    SPEECH = "speech", _("speech and sound")
    SEARCH = "search", _("search and embedding")
    OTHER = "other", _("something else")


class Occasion(models.TextChoices):
    """Occasions that the services are not for, as clause 1.2.8(b) lists them."""

    AUTOMATIC_CONTROL = "automatic_control", _("automatic control of machines or plants")
    MEDICAL = "medical", _("medical information services")
    COUNSELLING = "counselling", _("psychological counselling")
    INFRASTRUCTURE = "infrastructure", _("critical information infrastructure")


def refuse_excluded(occasions: Collection[str]) -> None:
    """Raises `UseIsExcluded` if any of the excluded occasions is meant."""
    if meant := [Occasion(one).label for one in occasions]:
        raise UseIsExcluded(
            _("The services are not for %(occasions)s. No account can be opened for that.")
            % {"occasions": listed(meant)}
        )


def declare(
    *,
    user: User,
    account: Account,
    use: str,
    details: str,
    version: AgreementVersion,
    at: datetime,
) -> UseDeclaration:
    """Records the use, and that none of the excluded occasions is meant."""
    return UseDeclaration.record(
        user=user,
        account=account,
        use=Use(use),
        details=details,
        excluded=[*Occasion.values],
        list_version=LIST_VERSION,
        version=version,
        clause=CLAUSE,
        declared_at=at,
    )
