"""A mail server that only counts: `python -m tests.plumbing.counting_sink PORT FILE`.

Speaks just enough SMTP for Django's backend, in a process of its own so that it takes no
time from what is measured. Each letter taken is a line of FILE: its Message-ID and its
recipient.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from apiqik_backoffice.embedded.processes import wait_until
from apiqik_backoffice.supervisor.children import dying_with_parent
from tests.plumbing.product import ROOT, environment, free_port


async def converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, descriptor: int
) -> None:
    recipient = ""
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        command = line[:4].upper()
        if command == b"DATA":
            writer.write(b"354 go on\r\n")
            letter = await reader.readuntil(b"\r\n.\r\n")
            head = letter.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").split(b"\r\n")
            [number] = [
                word[11:].strip() for word in head if word.lower().startswith(b"message-id")
            ]
            os.write(descriptor, number + b"\t" + recipient.encode() + b"\n")
            writer.write(b"250 taken\r\n")
        elif command == b"QUIT":
            writer.write(b"221 bye\r\n")
            break
        else:
            if command == b"RCPT":
                recipient = line.decode().partition(":")[2].strip().strip("<>")
            writer.write(b"250 ok\r\n")
    writer.close()


async def serve(port: int, file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    server = await asyncio.start_server(
        lambda reader, writer: converse(reader, writer, descriptor), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


class CountingSink:
    """The process and its file."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.file = folder / "letters.tsv"

    def letters(self) -> list[tuple[str, str]]:
        """Message-ID and recipient of every letter taken, oldest first."""
        if not self.file.exists():
            return []
        lines = self.file.read_text().splitlines()
        return [(number, recipient) for number, recipient in (x.split("\t") for x in lines)]


@contextlib.contextmanager
def counting_sink(folder: Path) -> Iterator[CountingSink]:
    """A running one."""
    sink = CountingSink(folder)
    process = subprocess.Popen(
        [sys.executable, "-m", __spec__.name, str(sink.port), str(sink.file)],
        cwd=ROOT,
        env=environment(),
        start_new_session=True,
        preexec_fn=dying_with_parent(signal.SIGKILL),  # should the tests be killed
    )
    try:
        assert wait_until(sink.file.exists, seconds=20)
        yield sink
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
