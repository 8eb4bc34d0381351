"""The machine's side of the set-up: system packages, the virtual environment, the pinned Python packages.

Run by bin/run and bin/test as a plain script with whatever Python was found, so it uses the standard library
only: `python kaigo/run/setup.py run|test`. Does nothing, quickly, when all is in place.
"""

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
NEEDS_USER, FAILED = 3, 1
STAMP = "kaigo-locks"

# WeasyPrint draws with pango; BIZ UD is the base font, IPAmj and Noto hold the rare characters of names.
PACKAGES = (
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "fonts-morisawa-bizud-gothic",
    "fonts-morisawa-bizud-mincho",
    "fonts-ipamj-mincho",
    "fonts-noto-cjk",
    "fontconfig",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Purpose:
    """What a command needs: its lock file, and whether a browser."""

    lock: str
    covers: tuple[str, ...]
    browser: bool


PURPOSES = {
    "run": Purpose("requirements.lock", ("requirements.lock",), browser=False),
    "test": Purpose("requirements-dev.lock", ("requirements.lock", "requirements-dev.lock"), browser=True),
}


class Stop(Exception):
    """The set-up cannot go on; `lines` say in Japanese and English why and what to type."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__(lines[0])
        self.code = code
        self.lines = lines


def say(text: str) -> None:
    print(text, flush=True)


def missing_packages(purpose: Purpose) -> list[str]:
    """Debian packages that are needed and not installed."""
    wanted = list(PACKAGES)
    if not _has_ensurepip() and not (PROJECT / ".venv" / "bin" / "python").exists():
        wanted.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    absent = [name for name in wanted if name not in _installed(wanted)]
    if purpose.browser and not any(shutil.which(name) for name in BROWSERS):
        absent.append("chromium")
    return absent


def _has_ensurepip() -> bool:
    """Debian ships Python without it; it is in the package pythonX.Y-venv."""
    from importlib.util import find_spec

    return find_spec("ensurepip") is not None


def _installed(names: list[str]) -> set[str]:
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *names]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Stop(
            NEEDS_USER,
            "Debian か Ubuntu ではないため、必要なライブラリーを確かめられません。",
            "This is not Debian or Ubuntu. Use docker-compose.yml, or install what these packages hold:",
            "  " + " ".join(names),
        ) from None
    pairs = [row.split(" ", 1) for row in done.stdout.splitlines() if " " in row]
    return {name for status, name in pairs if status == "installed"}


def install_packages(names: list[str]) -> None:
    """Through apt-get, as root or with passwordless sudo; otherwise stop with the exact line to type."""
    line = "apt-get install -y --no-install-recommends " + " ".join(names)
    prefix = _root_prefix()
    if prefix is None:
        raise Stop(
            NEEDS_USER,
            "システムのパッケージが足りません。次の行を入力してから、もう一度起動してください。",
            "System packages are missing. Type this line, then start again:",
            f"  sudo apt-get update && sudo {line}",
        )
    say("システムのパッケージを入れます: " + " ".join(names))
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*prefix, *environment, "apt-get", "update", "-qq"], check=False)
    done = subprocess.run([*prefix, *environment, *shlex.split(line), "-qq"], check=False, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Stop(
            FAILED,
            "システムのパッケージを入れられませんでした（上の apt-get の表示を見てください）。",
            "apt-get failed; its message is above. The line was:",
            f"  {line}",
        )


def _root_prefix() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        quiet = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if quiet.returncode == 0:
            return ["sudo", "-n"]
    return None


def check_owner() -> None:
    """Refuse in words when this tree was set up by another user."""
    me = os.geteuid()
    for name in (".venv", "var"):
        path = PROJECT / name
        if path.exists() and path.stat().st_uid != me and not (name == ".venv" and _usable(path)):
            raise _foreign(path)
    if not (PROJECT / ".venv").exists() and not os.access(PROJECT, os.W_OK):
        raise _foreign(PROJECT)


def _usable(venv: Path) -> bool:
    """Somebody else's virtual environment will do when it is complete and its Python can be run."""
    return os.access(venv / "bin" / "python", os.X_OK) and _runs(venv) and set(PURPOSES["run"].covers) <= _stamped(venv)


def _runs(venv: Path) -> bool:
    try:
        return subprocess.run([venv / "bin" / "python", "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _foreign(path: Path) -> Stop:
    owner, me = _name(path.stat().st_uid), _name(os.geteuid())
    ways = [f"  ・{owner} として起動する / start as {owner}: sudo -u {owner} bin/run"]
    if path != PROJECT:
        remains = f"sudo rm -rf {PROJECT}/.venv {PROJECT}/var"
        ways.append(f"  ・捨てて作り直す（データは消えます） / start anew, the data is lost: {remains}")
    return Stop(
        NEEDS_USER,
        f"{path} は利用者 {owner} のもので、利用者 {me} では使えません。次のどれかを行ってください。",
        f"{path} belongs to {owner}; you are {me}. Do one of these:",
        *ways,
        "  ・自分のフォルダーに git clone し直す / clone into a folder of your own",
    )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def digest(lock: str) -> str:
    return hashlib.sha256((PROJECT / lock).read_bytes()).hexdigest()


def _stamped(venv: Path) -> set[str]:
    """Lock files whose packages the virtual environment holds."""
    try:
        place, *rows = (venv / STAMP).read_text().splitlines()
    except (OSError, ValueError):
        return set()
    if place != str(venv):  # its scripts name the place where it was made
        return set()
    pairs = [row.split() for row in rows]
    return {pair[0] for pair in pairs if len(pair) == 2 and pair[1] == digest(pair[0])}


def _moved(venv: Path) -> bool:
    """Whether our environment was made elsewhere: the project has been moved or copied."""
    stamp = venv / STAMP
    return stamp.is_file() and stamp.read_text().split("\n", 1)[0] != str(venv)


def provide_environment(purpose: Purpose) -> None:
    """The virtual environment with exactly the packages of the lock file, each checked by its hash."""
    venv = PROJECT / ".venv"
    if purpose.lock in _stamped(venv) and _runs(venv):
        return
    if venv.exists() and venv.stat().st_uid != os.geteuid():
        raise _foreign(venv)
    if _moved(venv) or not _runs(venv):
        say(f"仮想環境 .venv を作ります（Python {sys.version.split()[0]}）")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
    say(f"Python のパッケージを入れます（{purpose.lock}）。初回は数分かかります")
    begun = time.monotonic()
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "-r", str(PROJECT / purpose.lock)]
    if subprocess.run(command, check=False).returncode != 0:
        raise Stop(
            FAILED,
            "Python のパッケージを入れられませんでした（上の pip の表示を見てください。通信できない場合が多いです）。",
            "pip could not install the packages; its message is above. Often the network is out of reach.",
        )
    held = _stamped(venv) | set(purpose.covers)
    (venv / STAMP).write_text("\n".join([str(venv), *(f"{lock} {digest(lock)}" for lock in sorted(held))]) + "\n")
    say(f"  {time.monotonic() - begun:.0f} 秒")


def main(arguments: list[str]) -> int:
    purpose = PURPOSES[arguments[0]]
    try:
        check_owner()
        absent = missing_packages(purpose)
        if absent:
            install_packages(absent)
        project = os.open(PROJECT, os.O_RDONLY)
        fcntl.flock(project, fcntl.LOCK_EX)  # two starters at once: one installs, the other waits
        provide_environment(purpose)
    except Stop as stop:
        print("\n".join(stop.lines), file=sys.stderr)
        return stop.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
