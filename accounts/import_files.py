"""Files of people and accounts: CSV as spreadsheets write it."""

import csv
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import FileRefused, RowRefused
from accounts.import_rows import Columns, ImportRow, read_row
from accounts.imports import Refusal

UTF8, GB18030 = "utf-8", "gb18030"
_CHUNK = 1 << 20


class ImportFile:
    """A file opened for reading. `lines` is how many it has, for progress.

    Raises `FileRefused` for one that is no such file. `raw` has the cells as written of
    the lines read since they were last forgotten.
    """

    def __init__(self, path: Path, encoding: str = UTF8) -> None:
        self.path = path
        self.encoding = encoding
        self.lines = _count_lines(path, encoding)
        self.raw: dict[int, list[str]] = {}
        self.headings: list[str] = []
        self.columns = Columns.of(self._read_headings())

    def rows(self) -> Iterator[ImportRow | Refusal]:
        """Each line that says something, as a row or as the reason why it is none."""
        with self._open() as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            next(reader)
            while True:
                line = reader.line_num + 1
                try:
                    values = next(reader)
                    if any(value.strip() for value in values):
                        self.raw[line] = values
                        yield read_row(line, self.columns.cells(values))
                except StopIteration:
                    return
                except RowRefused as refusal:
                    yield Refusal(line, str(refusal))
                except csv.Error as error:
                    self.raw[line] = []
                    yield Refusal(line, str(_("Not readable: %(why)s.") % {"why": error}))

    def _read_headings(self) -> list[str]:
        with self._open() as file:
            first = file.readline()
        # Spreadsheets use the semicolon where the comma is a decimal point.
        self.delimiter = max(",;\t", key=first.count)
        self.headings = next(csv.reader([first], delimiter=self.delimiter), [])
        return self.headings

    def _open(self) -> TextIO:
        # utf-8-sig leaves out the mark that Excel puts first.
        encoding = "utf-8-sig" if self.encoding == UTF8 else self.encoding
        return self.path.open(encoding=encoding, newline="")


class RejectedFile:
    """The refused lines, beside the file they come from, to be mended and imported."""

    def __init__(self, of: ImportFile) -> None:
        self.path = of.path.with_suffix(".rejected.csv")
        self.of = of
        self.file: TextIO | None = None
        self.error = ""

    def write(self, refusals: Sequence[Refusal]) -> None:
        """Adds the refused lines with their reasons; the file is made when needed.

        Where it cannot be made, `error` says why.
        """
        if not refusals or self.error:
            return
        if self.file is None:
            try:
                self.file = self.path.open("w", encoding="utf-8-sig", newline="")
            except OSError as error:  # a folder we may not write to: no reason to stop
                self.error = error.strerror or type(error).__name__
                return
            self._write_row([*self.of.headings, "line", "reason"])
        width = len(self.of.headings)
        for refusal in refusals:
            cells = (self.of.raw.get(refusal.line, []) + [""] * width)[:width]
            self._write_row([*cells, str(refusal.line), refusal.reason])

    def close(self) -> None:
        """Ends the file; one left by an earlier run goes when nothing was refused."""
        if self.file is not None:
            self.file.close()
        elif not self.error:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _write_row(self, cells: Sequence[str]) -> None:
        assert self.file is not None  # made by `write`
        csv.writer(self.file).writerow([_harmless(cell) for cell in cells])


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _count_lines(path: Path, encoding: str) -> int:
    """How many lines the file has; on the way, whether it is in that encoding."""
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except OSError as error:
        raise FileRefused(
            _("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}
        ) from None
    if start in (BOM_UTF16_LE, BOM_UTF16_BE):
        raise FileRefused(_("The file is in UTF-16. Save it as “CSV UTF-8”."))
    if not start:
        raise FileRefused(_("The file is empty."))
    lines, broken = _decodable(path, encoding)
    if not broken:
        return lines
    if encoding == UTF8 and not _decodable(path, GB18030)[1]:
        raise FileRefused(
            _(
                "Line %(line)s is not in UTF-8; the file looks like GB18030 or GBK, Excel's "
                "usual CSV in Chinese. Save it as “CSV UTF-8”, or add --encoding gb18030."
            )
            % {"line": broken}
        )
    raise FileRefused(
        _("Line %(line)s is not in %(encoding)s. Save the file as “CSV UTF-8”.")
        % {"line": broken, "encoding": encoding.upper()}
    )


def _decodable(path: Path, encoding: str) -> tuple[int, int]:
    """The number of lines, and the first one that cannot be decoded (0: all can)."""
    decoder = getincrementaldecoder(encoding)()
    lines = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return lines, lines + chunk[: error.start].count(b"\n") + 1
            lines += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return lines, lines + 1
    return lines, 0
