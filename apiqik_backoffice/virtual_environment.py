"""Make or repair .venv. Run by the Makefile with the system's Python, before any package exists.

    python3 apiqik_backoffice/virtual_environment.py requirements.txt

Uses the standard library only. Does nothing when the requirements have not changed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
# Written last: an environment without it is half-finished and is made anew.
STAMP = ENVIRONMENT / "installed"
PYTHON = ENVIRONMENT / "bin" / "python"
OLDEST = (3, 11)


def fingerprint() -> str:
    """Return what must stay the same for an environment to be used again, but its requirements."""
    return f"{sys.version_info[0]}.{sys.version_info[1]} {ROOT}"


def wanted(requirements: Path) -> str:
    """Return a line that changes with a requirements file and all it includes."""
    digest = hashlib.sha256()
    for file in sorted({requirements, *ROOT.glob("requirements.txt"), ROOT / "constraints.txt"}):
        digest.update(file.read_bytes())
    return f"{requirements.name} {digest.hexdigest()}"


def installed() -> list[str]:
    try:
        return STAMP.read_text().splitlines()
    except OSError:
        return []


def run(step: str, command: list[str]) -> None:
    """Run quietly; end the process with the step's name and the last words when it fails."""
    result = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        lines = [line for line in result.stdout.splitlines() if line.strip()][-8:]
        sys.exit("\n".join([f"{step} failed:", *lines]))


def make(requirements: Path) -> None:
    done = installed()
    if not done or done[0] != fingerprint() or not PYTHON.exists():
        print("Making a virtual environment in .venv", flush=True)
        if ENVIRONMENT.is_symlink():
            sys.exit(f"{ENVIRONMENT} is a link: remove it and start again.")
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        run(
            "Making the virtual environment (on Debian and Ubuntu it needs python3-venv)",
            # The base one: ours may be the very .venv that was just removed, if it is active.
            [getattr(sys, "_base_executable", sys.executable), "-m", "venv", str(ENVIRONMENT)],
        )
        done = [fingerprint()]
    elif wanted(requirements) in done:
        return
    print(f"Installing {requirements.name} (a minute or two the first time)", flush=True)
    STAMP.unlink(missing_ok=True)
    pip = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    run(f"Installing {requirements.name}", [*pip, "--requirement", str(requirements)])
    # Only what has just been installed is known to be there as it is now.
    base = ROOT / "requirements.txt"
    lines = [fingerprint(), wanted(base), wanted(requirements)]
    STAMP.write_text("\n".join(dict.fromkeys(lines)) + "\n")


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, and this is "
            f"{sys.version_info[0]}.{sys.version_info[1]}; name another: make PYTHON=python3.12 run"
        )
    requirements = ROOT / sys.argv[1]
    try:
        descriptor = os.open(ROOT / ".venv.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        sys.exit(
            f"The folder {ROOT} cannot be written ({error.strerror}): the virtual environment "
            "and the database live there."
        )
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # two starts at once would spoil each other's work
    try:
        make(requirements)
    except OSError as error:
        sys.exit(f"The virtual environment cannot be made: {error}.")


if __name__ == "__main__":
    main()
