"""What was sealed of sending is changed by a superuser, in full: see docs/faults.md."""

import os

import pytest

from tests.faults import sealed

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

CHANGES = int(os.environ.get("FAULTS_CHANGES", "20"))


@pytest.fixture
def superuser(test_database, settings, tmp_path):
    """Somebody for whom no trigger and no foreign key counts."""
    settings.SEAL_ANCHORS = str(tmp_path / "seals" / "anchors.log")
    with test_database.connect("postgres") as opened:
        opened.execute("SET session_replication_role = replica")
        yield opened


def test_a_superuser_changes_what_was_sealed(figures, superuser):
    sealed.changed_rows(figures, superuser, people=1000, times=CHANGES)
