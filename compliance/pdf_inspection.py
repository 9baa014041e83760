"""Looks into one PDF, as a program of its own with little memory and time.

    python -I pdf_inspection.py < file.pdf

Prints `ok`, or one word that says why the file is refused (`compliance.pdf_files` has a
sentence for each). A PDF made to crash or starve its reader ends this program and nothing
else. It imports nothing of the project.
"""

import base64
import re
import resource
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

MEMORY = 1024**3
SECONDS = 15
MOST_OBJECTS = 200_000
MOST_DEPTH = 40
# Unpacked: of one stream, of all of them. A scanned page of A4 has 26 MB.
MOST_OF_A_STREAM = 200 * 1024**2
MOST_OF_ALL = 1024**3
MOST_PIXELS = 100_000_000
STEP = 1024**2
# Packed: what follows a stream is not copied with it.
PIECE = 64 * 1024
STREAM = re.compile(rb"(?<!end)stream\r?\n")

ACTS = {
    "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition",
    "/Movie", "/Sound", "/RichMediaExecute", "/Trans3D",
}  # fmt: skip
ACTIVE_KEYS = {"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/3DD"}
EMBEDDED_KEYS = {"/EmbeddedFiles", "/EF"}
# What packs at most 1 to 1, or a picture that its own reader bounds by its size.
HARMLESS = {"/ASCIIHexDecode", "/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"}


class Refused(Exception):
    """Its argument is the word to print."""


def verdict_on(content: bytes) -> str:
    """`ok` or the word for what is wrong."""
    try:
        _refuse_bombs(content)
        with pikepdf.open(BytesIO(content), attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                return "locked"
            if len(pdf.objects) > MOST_OBJECTS:
                return "large"
            if len(pdf.pages) == 0:
                return "damaged"
            left = MOST_OF_ALL
            for found in pdf.objects:
                for part in _parts(found, 0):
                    _refuse_active(part)
                if isinstance(found, pikepdf.Stream):
                    left -= _unpacked(found, left)
    except Refused as refusal:
        return str(refusal)
    except pikepdf.PasswordError:
        return "locked"
    except MemoryError:
        return "large"
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, zlib.error):
        return "damaged"
    return "ok"


def _refuse_bombs(content: bytes) -> None:
    """Opening a file unpacks its streams of objects before anything of it can be counted. So
    whatever could be one is unpacked here first, bounded and thrown away."""
    whole = memoryview(content)
    for begun in STREAM.finditer(content):
        try:
            size = _inflated(whole[begun.end() :], MOST_OF_A_STREAM)
        except zlib.error:
            continue  # packed in another way, or not at all
        if size > MOST_OF_A_STREAM:
            raise Refused("large")


def _parts(found: Any, depth: int) -> Iterator[Any]:
    """An object's dictionary and those written inside it, not those it refers to."""
    if depth > MOST_DEPTH:
        raise Refused("damaged")
    if isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
        yield found
        for _key, value in found.items():
            if not getattr(value, "is_indirect", False):
                yield from _parts(value, depth + 1)
    elif isinstance(found, pikepdf.Array):
        for value in found:
            if not getattr(value, "is_indirect", False):
                yield from _parts(value, depth + 1)


def _refuse_active(part: Any) -> None:
    keys = set(part.keys())
    if keys & ACTIVE_KEYS or str(part.get("/S", "")) in ACTS:
        raise Refused("active")
    if keys & EMBEDDED_KEYS or str(part.get("/Type", "")) == "/EmbeddedFile":
        raise Refused("carries")
    if str(part.get("/Subtype", "")) == "/Image":
        width, height = int(part.get("/Width", 0)), int(part.get("/Height", 0))
        if width * height > MOST_PIXELS:
            raise Refused("large")


def _unpacked(stream: Any, left: int) -> int:
    """How many bytes a stream unpacks to, counted and thrown away."""
    filters = _filters(stream)
    data = stream.read_raw_bytes()
    if filters[:1] == ["/ASCII85Decode"]:
        data = base64.a85decode(data.strip().removesuffix(b"~>"))
        filters = filters[1:]
    most = min(MOST_OF_A_STREAM, left)
    if filters[:1] == ["/FlateDecode"]:
        filters = filters[1:]
        size = _inflated(data, most)
    elif filters[:1] == ["/RunLengthDecode"]:
        filters = filters[1:]
        size = len(data) * 64
    else:
        size = len(data)
    if size > most:
        raise Refused("large")
    if not HARMLESS.issuperset(filters):
        # Packed twice, or in a way nobody packs today (LZW): the size cannot be bounded.
        raise Refused("packed")
    return size


def _filters(stream: Any) -> list[str]:
    named = stream.get("/Filter")
    if named is None:
        return []
    return [str(one) for one in named] if isinstance(named, pikepdf.Array) else [str(named)]


def _inflated(data: bytes | memoryview, most: int) -> int:
    """The length of what `data` inflates to, no further than just past `most`."""
    inflating, size = zlib.decompressobj(), 0
    for at in range(0, len(data), PIECE):
        piece = data[at : at + PIECE]
        while piece and not inflating.eof and size <= most:
            size += len(inflating.decompress(piece, STEP))
            piece = inflating.unconsumed_tail
        if inflating.eof or size > most:
            break
    return size


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(verdict_on(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
