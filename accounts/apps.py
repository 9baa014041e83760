from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import (
            amendments,
            conditions,
            consent,
            guardians,
            leaving,
            leaving_checks,
            record_links,
            sealed_tables,
            search,
            work_queues,
        )
        from accounts import checks as checks  # registers itself
        from accounts import receivers as receivers  # connects itself
        from accounts.pages import banners
        from accounts.service_changes import KINDS
        from common.changes import kinds_of_change

        for kind in KINDS:
            kinds_of_change.register(kind)
        conditions.sources.register(consent.CONSENT_DUE)
        conditions.sources.register(amendments.OBJECTED)
        conditions.sources.register(guardians.GUARDIAN_DUE)
        conditions.sources.register(leaving.CLOSED)
        leaving_checks.register()
        banners.register()
        work_queues.register()
        record_links.register()
        search.register()
        sealed_tables.register()
        post_migrate.connect(_sync_staff_groups, sender=self)
        post_migrate.connect(_refold_name_terms, sender=self)


def _sync_staff_groups(using: str, **_signal: Any) -> None:
    from accounts import staff_groups

    staff_groups.sync(using=using)


def _refold_name_terms(using: str, apps: Any, **_signal: Any) -> None:
    """Terms stay comparable with names when the way of comparing changes."""
    from accounts.models import NameTerm

    # Migrating back to before there were any also ends with this signal.
    if "nameterm" in apps.all_models["accounts"]:
        NameTerm.objects.using(using).refold()
