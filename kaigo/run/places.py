"""Where the embedded servers live, and as whom PostgreSQL runs there."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kaigo.common.refusal import Refusal

SOCKET_PATH_LIMIT = 100  # bytes; the kernel's limit is 107 with the terminating zero
LONGEST_SOCKET_NAME = "/pg/.s.PGSQL.5432"
SHARED_ROOT = Path("/var/lib/kaigo")


@dataclass(frozen=True)
class Account:
    """The unprivileged user that PostgreSQL runs as; only root needs one, PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    def popen(self) -> dict[str, Any]:
        """Arguments for subprocess that drop to this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may(self, test: str, path: Path) -> bool:
        """Whether this account passes `test` (-r, -w, -x …) on the path, asked of the kernel as that account."""
        return subprocess.run(["/usr/bin/test", test, str(path)], cwd="/", check=False, **self.popen()).returncode == 0

    def runs(self, program: Path) -> bool:
        """Whether this account can start the program, with the libraries that it loads."""
        try:
            done = subprocess.run([program, "--version"], cwd="/", capture_output=True, check=False, **self.popen())
        except PermissionError:
            return False
        return done.returncode == 0


@dataclass(frozen=True)
class Places:
    """Folders of one installation; `account` is None when the servers run as the caller."""

    var: Path
    data: Path
    binaries: Path
    run: Path
    account: Account | None
    moved: bool = False  # root's project is out of the account's reach: the data is under SHARED_ROOT

    @property
    def postgres_sockets(self) -> Path:
        return self.run / "pg"

    @property
    def valkey_socket(self) -> Path:
        return self.run / "valkey.sock"

    @property
    def valkey_data(self) -> Path:
        return self.var / "valkey"

    @property
    def log(self) -> Path:
        return self.var / "log"


def digest_of(var: Path) -> str:
    return hashlib.sha256(str(var).encode()).hexdigest()[:12]


def places(var: Path, pginstall: Path) -> Places:
    """The folders for `var`, made where they are missing. Raises Refusal when they belong to somebody else."""
    var = var.resolve()
    root = os.geteuid() == 0
    prepare_var(var)
    _own_folder(var / "valkey", 0o700)
    account = _account(var / "postgres") if root else None
    shared = _shared_folder(var)
    moved = account is not None and (not _reachable(account, var, pginstall) or (var / "postgres").is_symlink())
    if moved:
        data, binaries, run = _shared_places(var, shared, pginstall)
    else:
        data, binaries, run = var / "postgres", pginstall / "bin", _run_folder(var)
    _own_folder(run, 0o711 if root else 0o700)
    found = Places(var, data, binaries, run, account, moved)
    _give(found.postgres_sockets, account)
    return found


def prepare_var(var: Path) -> None:
    """The installation's folder, which root's PostgreSQL account must be able to pass through, and its logs."""
    _own_folder(var, 0o711 if os.geteuid() == 0 else 0o700)
    _own_folder(var / "log", 0o700)


def _own_folder(path: Path, mode: int) -> None:
    """Make the folder, or take it as it is when it is ours; never one that somebody else has put there."""
    try:
        path.mkdir(parents=True)
        path.chmod(mode)  # only a folder that is ours from the start: KAIGO_VAR may name any existing one
    except FileExistsError:
        pass
    except PermissionError as error:
        raise _foreign(path) from error
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        raise _foreign(path)


def _foreign(path: Path) -> Refusal:
    me = pwd.getpwuid(os.geteuid()).pw_name
    return Refusal(
        "foreign-folder",
        f"{path} は別の利用者のものなので、利用者 {me} では使えません（前に sudo や root で起動しませんでしたか）。",
        ways=(
            "前と同じ利用者で起動する（例: sudo bin/run）。",
            f"データを捨ててよければ sudo rm -rf {path} のあとで、もう一度起動する。",
            "自分のホームフォルダーに git clone し直して起動する。",
        ),
    )


def _account(data: Path) -> Account:
    """The owner of existing data, else `postgres`, else `nobody`."""
    if data.is_dir() and data.stat().st_uid != 0:
        owner = pwd.getpwuid(data.stat().st_uid)
        return Account(owner.pw_name, owner.pw_uid, owner.pw_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise Refusal(
        "no-account",
        "PostgreSQL を動かす一般利用者が見つかりません（root では動きません）。",
        ways=("useradd --system postgres で利用者を作る。", "一般利用者で bin/run を起動する。"),
    )


def _shared_folder(var: Path) -> Path:
    """This installation's folder outside the project; still the same one after the project has been moved."""
    link = var / "postgres"
    return link.resolve().parent if link.is_symlink() else SHARED_ROOT / digest_of(var)


@cache  # asks two other processes; who can walk where does not change during a run
def _reachable(account: Account, var: Path, pginstall: Path) -> bool:
    """Whether the account can walk to both the data and the programs of the virtual environment."""
    return account.may("-x", var) and account.runs(pginstall / "bin" / "initdb")


def _shared_places(var: Path, shared: Path, pginstall: Path) -> tuple[Path, Path, Path]:
    """Data and a copy of PostgreSQL's programs outside a project that only root can enter."""
    for folder in (SHARED_ROOT, shared):
        _own_folder(folder, 0o711)
    programs = _copy_of_programs(shared, pginstall)
    data = shared / "postgres"
    link = var / "postgres"
    if not link.is_symlink() and not link.exists():
        link.symlink_to(data)
    return data, programs / "bin", shared / "run"


def _copy_of_programs(shared: Path, pginstall: Path) -> Path:
    """PostgreSQL's programs and the libraries that lie beside them in the wheel, renewed when the wheel changes."""
    package, copy, stamp = pginstall.parent, shared / "programs", shared / "programs.from"
    state = (pginstall / "bin" / "postgres").stat()
    wanted = f"{pginstall} {state.st_size} {state.st_mtime_ns}"
    if not copy.is_dir() or not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(pginstall, copy / package.name / pginstall.name)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)  # whatever umask the wheel was unpacked with
        stamp.write_text(wanted)
    return copy / package.name / pginstall.name


def _run_folder(var: Path) -> Path:
    """A folder for sockets whose paths the kernel accepts: `var/run`, or one under /tmp when that is too long."""
    here = var / "run"
    if len(os.fsencode(here)) + len(LONGEST_SOCKET_NAME) <= SOCKET_PATH_LIMIT:
        return here
    # Not TMPDIR: two starters with different environments must find the same socket.
    base = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108 (ownership is checked)
    return base / f"kaigo-{os.geteuid()}-{digest_of(var)}"


def _give(folder: Path, account: Account | None) -> None:
    """A folder that belongs to PostgreSQL's account alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account and folder.stat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    if not account and folder.stat().st_uid != os.geteuid():
        raise _foreign(folder)
