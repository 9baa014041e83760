"""Checks a pack of seals offline: python check_seal_pack.py FOLDER [--keys FILE] [--anchors FILE]

Needs Python and the package `cryptography`, nothing of the back office. The keys of the pack
itself prove little: pass those that you were given before, and your own copy of the anchors.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def canonical(value):
    # RFC 8785 for what headers hold: strings, small whole numbers, lists and objects.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def merkle_root(rows):
    level = [hashlib.sha256(b"\x00" + row).digest() for row in rows]
    while len(level) > 1:
        pairs = range(0, len(level) - 1, 2)
        above = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in pairs]
        level = above + level[-1:] * (len(level) % 2)
    return level[0].hex() if level else ""


def is_signed(block, keys):
    key = keys.get(block["header"]["key"])
    if key is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(block["signature"]), bytes.fromhex(block["hash"])
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def problems(folder, keys, anchors):
    """One sentence for each thing that is wrong."""
    previous = None
    for line in (folder / "blocks.jsonl").open("rb"):
        block = json.loads(line)
        header = block["header"]
        number = int(header["number"])
        if hashlib.sha256(canonical(header)).hexdigest() != block["hash"]:
            yield f"block {number}: the header is not what its hash was taken of"
        if not is_signed(block, keys):
            yield f"block {number}: not signed with a key you trust"
        if previous and number != previous[0] + 1:
            yield f"block {number}: blocks before it are missing or out of order"
        if previous and header["previous"] != previous[1]:
            yield f"block {number}: does not name the hash of the block before it"
        previous = number, block["hash"]
        rows_file = folder / "rows" / f"{number}.jsonl"
        rows = rows_file.read_bytes().split(b"\n")[:-1] if rows_file.exists() else []
        if len(rows) != header["rows"]:
            yield f"block {number}: has {len(rows)} rows, sealed were {header['rows']}"
        if merkle_root(rows) != header["root"]:
            yield f"block {number}: its rows are not those that were sealed"
        if anchors.get(number) != block["hash"]:
            yield f"block {number}: the anchors have another hash, or none"


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path)
    ask.add_argument("--keys", type=Path, help="public keys you were given before")
    ask.add_argument("--anchors", type=Path, help="your own copy of the file of anchors")
    given = ask.parse_args()
    keys = json.loads((given.keys or given.folder / "keys.json").read_text())
    lines = (given.anchors or given.folder / "anchors.log").read_text().splitlines()
    anchors = {int(number): digest for number, digest, *_rest in map(str.split, lines)}
    found = 0
    for problem in problems(given.folder, keys, anchors):
        print(problem)
        found += 1
    print(f"{found} problems" if found else "Everything is as it was sealed.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
