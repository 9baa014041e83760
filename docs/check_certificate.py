"""Checks a certificate of notice offline: python check_certificate.py FILE [--keys FILE]

FILE is the PDF, or the JSON that is attached to it. Needs Python and the package
`cryptography`, nothing of the back office. The public keys in the file itself prove little: pass
those that you were given before (keys.json of a pack of seals), and compare the hash of the last
block with your own copy of the anchors.
"""

import argparse
import json
import re
import sys
import zlib
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "apiqik certificate of notice, 1"
MOST_BYTES = 64 * 1024 * 1024


class Refused(Exception):
    """What is wrong, in a sentence."""


def attached(content):
    """The JSON attached to a PDF: its only embedded file."""
    if not content.startswith(b"%PDF-"):
        return content
    found = re.findall(
        rb"<<(?=[^\r\n]*/EmbeddedFile\b)([^\r\n]*)>>\s*stream\r?\n(.*?)\r?\nendstream",
        content,
        re.DOTALL,
    )
    if len(found) != 1:
        raise Refused("the PDF has not exactly one file attached.")
    dictionary, data = found[0]
    if b"/FlateDecode" not in dictionary:
        return data
    try:
        return zlib.decompressobj().decompress(data, MOST_BYTES)
    except zlib.error:
        raise Refused("the file attached to the PDF is damaged.") from None


def canonical(value):
    # RFC 8785 for what is hashed here: strings, small whole numbers, lists and objects.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_number(facts):
    without = {name: value for name, value in facts.items() if name != "number"}
    digest = sha256(canonical(without)).hexdigest()[:20]
    if facts["number"] != "CN-" + "-".join(digest[at : at + 5] for at in range(0, 20, 5)):
        raise Refused("its number does not belong to what it says: something was changed.")


def check_texts(facts):
    for text in facts["texts"]:
        said = sha256(f"{text['subject']}\n{text['body']}".encode()).hexdigest()
        if said != text["sha256"]:
            raise Refused(f"the text {text['sha256'][:16]}… is not the text that was hashed.")


def check_block(number, block, keys):
    header = block["header"]
    if sha256(canonical(header)).hexdigest() != block["hash"] or header["number"] != number:
        raise Refused(f"the header of block {number} is not what its hash was taken of.")
    key = keys.get(header["key"])
    if key is None:
        raise Refused(f"block {number} is signed with the key {header['key']}, which you lack.")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(block["signature"]), bytes.fromhex(block["hash"])
        )
    except (InvalidSignature, ValueError):
        raise Refused(f"the signature of block {number} is not good.") from None


def check_row(sealed, blocks):
    """That the row is in its block, and that personal fields are what was committed to."""
    name = f"row {sealed['number']} of {sealed['table']}"
    digest = sha256(b"\x00" + sealed["row"].encode()).digest()
    for side, other in sealed["path"]:
        pair = bytes.fromhex(other) + digest if side == "left" else digest + bytes.fromhex(other)
        digest = sha256(b"\x01" + pair).digest()
    header = blocks[sealed["block"]]["header"]
    if digest.hex() != header["root"] or header["table"] != sealed["table"]:
        raise Refused(f"{name} is not in block {sealed['block']} as it stands here.")
    row = json.loads(sealed["row"])
    if str(row[header["form"].get("key", "id")]) != sealed["number"]:
        raise Refused(f"{name} has another number.")
    for column, (salt, value) in sealed["salted"].items():
        salted = f"{salt}:{column}" + ("" if value is None else f"={value}")
        if salt is not None and sha256(salted.encode()).hexdigest() != row[column]:
            raise Refused(f"{column} of {name} is not what was sealed.")
    return row


def check_step(step, sealed, row):
    """That a step says what its sealed row says."""
    said = dict(step["said"])
    if step["what"] == "attempt":
        [delivery] = row["delivery"]
        told = [said.pop(each) for each in ("delivery", "channel", "template", "text")]
        same = told == [delivery[each] for each in ("id", "channel", "template_id", "body_id")]
        same &= said.pop("address") == sealed["salted"]["delivery.address"][1]
    else:
        raw = [name for name in ("answer", "detail") if name in said]
        same = all(said.pop(name) == sealed["salted"][name][1] for name in raw)
    same &= all(row[name] == value for name, value in said.items())
    if not same or step["at"] != row["recorded_at"]:
        raise Refused(f"the step “{step['what']}” of {step['at']} is not what was sealed.")


def check_links(facts, rows):
    """That all of it is about this one notice, and its texts are those that were sent."""
    [notice] = [row for table, row in rows if table == "notices.notice"]
    if (notice["public_id"], notice["body_id"]) != (facts["notice"], facts["text"]):
        raise Refused("the notice is another one, or its text is.")
    texts = {text["sha256"] for text in facts["texts"]}
    attempts = {row["id"]: row["delivery"][0] for table, row in rows if table == "notices.attempt"}
    if any(one["notice_id"] != notice["id"] for one in attempts.values()):
        raise Refused("an attempt was made for another notice.")
    if not {notice["body_id"], *(one["body_id"] for one in attempts.values())} <= texts:
        raise Refused("a text that was sent is missing.")
    before = {s["said"]["id"] for s in facts["steps"] if s["sealed"] is None and "id" in s["said"]}
    matched = {str(row["receipt_id"]) for table, row in rows if table == "notices.receiptmatch"}
    for table, row in rows:
        if "attempt_id" in row and row["attempt_id"] not in attempts.keys() | before:
            raise Refused(f"a row of {table} answers an attempt that is not here.")
        if table == "notices.receipt" and str(row["id"]) not in matched:
            raise Refused("a receipt is of another message.")
        if table == "notices.reading" and row["notice_id"] != notice["id"]:
            raise Refused("the reading is of another notice.")


def check(facts, keys):
    """Raises `Refused`; returns what was found, in sentences."""
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise Refused("this is no certificate of notice, or one of another form.")
    check_texts(facts)
    for number, block in facts["blocks"].items():
        check_block(number, block, keys)
    sealed = facts["sealed"]
    rows = [(one["table"], check_row(one, facts["blocks"])) for one in sealed]
    for step in facts["steps"]:
        if step["sealed"] is not None:
            check_step(step, sealed[step["sealed"]], rows[step["sealed"]][1])
    check_links(facts, rows)
    check_number(facts)
    before = sum(step["sealed"] is None for step in facts["steps"])
    last = facts["blocks"][max(facts["blocks"], key=int)]
    yield (
        f"Certificate {facts['number']} holds: {len(facts['texts'])} texts, {len(rows)} sealed "
        f"rows and {len(facts['blocks'])} signed blocks say what it says of {facts['notice']}."
    )
    if before:
        yield f"{before} steps are from before such records were sealed: nothing proves them."
    yield f"The last block is {last['header']['number']}, its hash {last['hash']}."


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("file", type=Path, help="the PDF, or the JSON attached to it")
    ask.add_argument("--keys", type=Path, help="public keys you were given before")
    given = ask.parse_args()
    try:
        facts = json.loads(attached(given.file.read_bytes()))
        keys = json.loads(given.keys.read_text()) if given.keys else facts["keys"]
        print("\n".join(check(facts, keys)))
    except Refused as refusal:
        print(f"Refused: {refusal}")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        print(f"Refused: this is no certificate of notice that can be read ({error}).")
    else:
        if not given.keys:
            print("The keys are the file's own: compare them with keys you were given before.")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
