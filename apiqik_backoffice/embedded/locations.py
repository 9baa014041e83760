"""Where an embedded server keeps its files, and as whom it runs.

PostgreSQL refuses to run as root. Started by root it therefore runs as an
unprivileged user, and everything it touches (data, socket, a copy of its
programs) lives in a folder which that user can reach. Opening the checkout's
parent folders to everyone would also work, and would be wrong.
"""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apiqik_backoffice.embedded.exceptions import UnusableFolderError
from apiqik_backoffice.embedded.usage import Lock

# The kernel's limit on a socket's path is 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 103
ROOTS_FOLDER = Path("/var/lib/apiqik-backoffice")


@dataclass(frozen=True)
class Account:
    """The user a server runs as when the one who starts it is root."""

    uid: int
    gid: int

    def as_subprocess_arguments(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Place:
    """The files of one server.

    `records` always lies under var/ and belongs to whoever runs the product;
    `folder` holds what the server itself must reach, and `sockets` is open to
    the server's user alone (and root).
    """

    records: Path
    folder: Path
    sockets: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def pointer(self) -> Path:
        return self.records / "folder"

    def private_folder(self, path: Path) -> None:
        """Create a folder for the server's user alone; refuse one that is not theirs."""
        uid = self.account.uid if self.account else os.geteuid()
        gid = self.account.gid if self.account else os.getegid()
        try:
            path.mkdir(mode=0o700, parents=False)
            if self.account:
                os.chown(path, uid, gid)
        except FileExistsError:
            pass
        except OSError as error:
            raise UnusableFolderError(
                f"The folder {path} cannot be created: {error.strerror}."
            ) from None
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
            raise UnusableFolderError(
                f"The folder {path} must belong to the user with number {uid} and be closed to "
                "everyone else; remove it and start again."
            )


def place_for(var_dir: Path, name: str, *, longest_socket_name: str) -> Place:
    """Say where a server lives that shares this machine's user.

    Creates nothing. `longest_socket_name` is the longest file name the server
    will put into its socket folder.
    """
    records = var_dir.resolve() / name
    return Place(
        records=records,
        folder=records,
        sockets=_socket_folder(records, longest_socket_name),
        account=None,
    )


def place_for_unprivileged(var_dir: Path, name: str, *, longest_socket_name: str) -> Place:
    """Say where a server lives that must not run as root. Creates nothing."""
    place = place_for(var_dir, name, longest_socket_name=longest_socket_name)
    if os.geteuid() != 0:
        return place
    if place.data.is_dir():
        owner = place.data.stat().st_uid
        raise UnusableFolderError(
            f"The database in {place.data} was made by the user {user_name(owner)}; "
            "start as that user, not as root."
        )
    nobody = pwd.getpwnam("nobody")
    folder = ROOTS_FOLDER / f"{name}-{_fingerprint(place.records)}"
    return Place(
        records=place.records,
        folder=folder,
        sockets=folder / "socket",
        account=Account(uid=nobody.pw_uid, gid=nobody.pw_gid),
    )


def prepare(place: Place) -> None:
    """Create the folders of a place.

    Raises UnusableFolderError when one cannot be created or is not private.
    """
    try:
        place.records.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableFolderError(
            f"The folder {place.records} cannot be created: {error.strerror}."
        ) from None
    # Of several at once the second finds it done, and does not move the first one's aside.
    with Lock(place.records / "place.lock"):
        if place.account:
            _prepare_roots_folder(place)
        place.private_folder(place.folder)
        place.private_folder(place.sockets)


def _prepare_roots_folder(place: Place) -> None:
    try:
        ROOTS_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        ROOTS_FOLDER.chmod(0o755)
    except OSError as error:
        raise UnusableFolderError(
            f"Started by root, the database needs the folder {ROOTS_FOLDER}: {error.strerror}. "
            "Start as an ordinary user, or set DATABASE_URL."
        ) from None
    before = Path(place.pointer.read_text().strip()) if place.pointer.exists() else None
    if before != place.folder:
        if place.folder.exists():
            # var/ was deleted, which asks for a fresh start; nothing is thrown away.
            aside = f"{place.folder.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
            place.folder.rename(place.folder.with_name(aside))
        if before is not None and before.is_dir() and _has_moved(before):
            before.rename(place.folder)
    place.private_folder(place.folder)
    (place.folder / "records").write_text(f"{place.records}\n")
    place.pointer.write_text(f"{place.folder}\n")


def _has_moved(folder: Path) -> bool:
    """Whether the checkout a data folder belongs to is gone (moved, and not copied)."""
    try:
        return not Path((folder / "records").read_text().strip()).exists()
    except OSError:
        return False


def _socket_folder(records: Path, longest_socket_name: str) -> Path:
    folder = records / "socket"
    if len(os.fsencode(folder / longest_socket_name)) <= LONGEST_SOCKET_PATH:
        return folder
    # Private all the same: it is refused unless it belongs to us alone.
    return Path("/tmp") / f"apiqik-{os.geteuid()}-{_fingerprint(records)}"  # noqa: S108


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def user_name(uid: int) -> str:
    """Return a user's name, or the number when the machine does not know it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def copy_programs(source: Path, target: Path) -> None:
    """Copy a tree of programs so that an unprivileged user can read it.

    Done once per version: a copy interrupted half-way is thrown away.
    """
    if target.is_dir():
        return
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    ignored = shutil.ignore_patterns("include", "*.a", "doc", "__pycache__", "*.py")
    shutil.copytree(source, unfinished, symlinks=True, ignore=ignored)
    unfinished.chmod(0o755)
    unfinished.rename(target)
