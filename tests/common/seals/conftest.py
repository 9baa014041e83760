"""Seals of a test have a file of anchors of their own."""

import pytest


@pytest.fixture(autouse=True)
def anchors_file(settings, tmp_path):
    file = tmp_path / "seals" / "anchors.log"
    settings.SEAL_ANCHORS = str(file)
    return file
