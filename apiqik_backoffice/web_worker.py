"""gunicorn's threads, none of which waits without end for a request that hardly arrives.

Eight threads serve the site. A client that sends a byte now and then would hold one of them
for as long as it likes, in the head of a request or in its body, and eight such clients all of
them. So a request has to arrive within a grace of fifteen seconds, and longer bodies at
eight kilobytes a second, and none takes more than three minutes.
"""

import errno
import socket
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class InTimeSocket(socket.socket):
    """Reads until the time of the request is over, then as if the other side had gone."""

    grace = 15.0  # seconds
    slowest = 8 * 1024  # bytes a second
    longest = 180.0  # seconds

    def begin(self) -> None:
        """From now on the next request arrives."""
        self._began, self._received = time.monotonic(), 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        before = self.gettimeout()
        if before == 0:  # not waiting at all
            return super().recv(size, flags)
        allowed = min(self.grace + self._received / self.slowest, self.longest)
        left = self._began + allowed - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self.settimeout(left if before is None else min(before, left))
            found = super().recv(size, flags)
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "It did not arrive in time.") from None
        finally:
            self.settimeout(before)
        self._received += len(found)
        return found


class InTimeWorker(ThreadWorker):
    """Threads whose sockets have an end."""

    socket_class = InTimeSocket

    def handle(self, conn: Any) -> Any:
        # Waiting for a free thread does not count.
        if not isinstance(conn.sock, InTimeSocket):
            conn.sock = self.socket_class(fileno=conn.sock.detach())
        conn.sock.begin()
        return super().handle(conn)
