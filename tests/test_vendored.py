"""Code of others is what its README says it is."""

import hashlib
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "apiqik_backoffice/static/vendor"


def test_each_vendored_file_has_the_sum_that_is_written_down():
    written = dict(
        re.findall(r"`(\S+\.(?:css|js))` \| `([0-9a-f]{64})`", (FOLDER / "README.md").read_text())
    )
    found = {
        str(file.relative_to(FOLDER)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in FOLDER.rglob("*.min.*")
    }
    assert found == written
    assert len(found) == 2
