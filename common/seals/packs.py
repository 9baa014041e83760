"""Packs: everything somebody needs to check seals without our database or our programs.

A folder with `blocks.jsonl` (the header, hash and signature of each block, JSON a line),
`rows/NUMBER.jsonl` (the canonical rows of a block, one a line, in order), `keys.json`
(public keys by id) and `anchors.log`. `docs/check_seal_pack.py` checks one. What a row says
of people is not in it, only what was committed to.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import rfc8785

from common.models.seals import SealBlock
from common.seals import anchors, keys, rows
from common.seals.blocks import header
from common.seals.canonical import Writing


class Pack:
    """A folder that blocks are written into, in order of their numbers."""

    def __init__(self, folder: Path, *, anchors_file: Path | None = None) -> None:
        (folder / "rows").mkdir(parents=True, exist_ok=False)
        self._folder = folder
        public = {name: key.hex() for name, key in keys.public_keys().items()}
        (folder / "keys.json").write_text(json.dumps(public, indent=1) + "\n")
        file = anchors_file or anchors.path()
        if file.exists():
            shutil.copyfile(file, folder / "anchors.log")

    def add(self, block: SealBlock) -> None:
        """Writes a block with its rows as they are now. Raises `CannotBeCanonical`."""
        signed: Any = {"header": header(block), "hash": block.hash, "signature": block.signature}
        with (self._folder / "blocks.jsonl").open("ab") as blocks:
            blocks.write(rfc8785.dumps(signed) + b"\n")
        found = rows.read(
            Writing.of(block.table, block.form),
            after=(block.after_transaction, block.after_id),
            upto=(block.upto_transaction, block.upto_id),
            limit=block.rows,
        )
        with (self._folder / "rows" / f"{block.number}.jsonl").open("wb") as file:
            # Canonical JSON has no line breaks of its own.
            file.writelines(canonical + b"\n" for _id, _transaction, canonical, _marks in found)
