"""Seals of a test have a file of anchors of their own."""

import pytest

from common.seals.registry import sealed_tables


@pytest.fixture(autouse=True)
def anchors_file(settings, tmp_path):
    file = tmp_path / "seals" / "anchors.log"
    settings.SEAL_ANCHORS = str(file)
    return file


@pytest.fixture
def few_tables(monkeypatch):
    """The registry without the tables that migrations fill: blocks are counted from 1."""
    few = ("accounts.acceptance", "accounts.permit", "billing.journal")
    members = {name: sealed_tables.get(name) for name in few}
    monkeypatch.setattr(sealed_tables, "_members", members)
