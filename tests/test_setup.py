"""The scripts behind make say in one line what is missing and how to get it, and get it themselves as root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parent.parent / ".ci"
pytestmark = pytest.mark.skipif(sys.platform != "linux" or shutil.which("bash") is None, reason="for Linux with bash")


@pytest.fixture
def script(tmp_path):
    """Runs a script of .ci with these commands put before the system's."""

    def run(name, *arguments, **fakes):
        for command, body in fakes.items():
            path = tmp_path / command.replace("_", "-")
            path.write_text(f"#!/bin/bash\n{body}\n")
            path.chmod(0o755)
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        return subprocess.run(
            ["bash", str(CI / name), *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


USER, ROOT = "echo 1000", "echo 0"


def test_a_fitting_python_is_found(script):
    done = script("find-python", sys.executable)
    assert (done.returncode, done.stdout.strip()) == (0, sys.executable)


def test_an_old_python_is_refused(script):
    done = script("find-python", "oldpython", oldpython="exit 1")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "needs Python 3.11 or newer (tried: oldpython)" in done.stderr


NO_VENV = f'case "$2" in *ensurepip*) [ -f installed ];; *) exec {sys.executable} "$@";; esac'


def test_a_python_without_venv_names_the_package(script):
    done = script("find-python", "bare", bare=NO_VENV, id=USER)
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert done.returncode == 1
    assert done.stderr == f"bare has no venv module: run  sudo apt-get install -y {package}  and try again\n"


def test_as_root_the_venv_package_is_installed(script):
    done = script("find-python", "bare", bare=NO_VENV, id=ROOT, apt_get='[ "$1" != install ] || touch installed')
    assert (done.returncode, done.stdout) == (0, "bare\n")


OLD = dict.fromkeys(("python3", "python3.13", "python3.12", "python"), "exit 1")


def test_as_root_python_itself_is_installed(script):
    python = f'[ -f installed ] && exec {sys.executable} "$@"; exit 1'
    apt = 'case "$*" in *python3.11-venv*) touch installed;; *) exit 100;; esac'
    done = script("find-python", **{**OLD, "python3.11": python}, id=ROOT, apt_get=apt)
    assert (done.returncode, done.stdout) == (0, "python3.11\n")
    assert "Installing system packages: python3 python3-venv\n" in done.stderr


def test_without_a_python_the_command_and_the_reason_are_said(script):
    apt = 'echo "E: No network" >&2; echo "W: Some note" >&2; exit 100'
    pythons = {**OLD, "python3.11": "exit 1"}
    done = script("find-python", **pythons, id=ROOT, apt_get=apt)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("apt-get failed: E: No network\n") == 2 and "Some note" not in done.stderr
    done = script("find-python", **pythons, id=USER, apt_get="exit 9")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "run  sudo apt-get install -y python3.11 python3.11-venv  and try again" in done.stderr


MISSING = '[ -f installed ] || echo "	libEGL.so.1 => not found"'


def test_complete_libraries_pass_in_silence(script):
    done = script("check-qt", sys.executable, "libegl1", ldd="exit 0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_missing_libraries_are_named_with_the_command(script):
    done = script("check-qt", sys.executable, "libegl1", "libgl1", ldd=MISSING, id=USER, apt_get="exit 9")
    assert done.returncode == 1
    assert done.stderr == "Qt lacks libEGL.so.1: run  sudo apt-get install -y libegl1 libgl1  and try again\n"


def test_as_root_missing_libraries_are_installed(script):
    done = script(
        "check-qt", sys.executable, "libegl1", ldd=MISSING, id=ROOT, apt_get='[ "$1" != install ] || touch installed'
    )
    assert done.returncode == 0 and "libegl1" in done.stderr


def test_why_the_libraries_could_not_be_installed_is_said(script):
    apt = '[ "$1" != install ] || { echo "E: Unable to locate package libegl1" >&2; exit 100; }'
    done = script("check-qt", sys.executable, "libegl1", ldd=MISSING, id=ROOT, apt_get=apt)
    assert done.returncode == 1
    assert "apt-get failed: E: Unable to locate package libegl1\n" in done.stderr
    assert done.stderr.endswith("run  sudo apt-get install -y libegl1  and try again\n")


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_a_half_made_environment_is_made_anew(tmp_path):
    home = tmp_path / "venv"
    half, python = home / "bin" / "python", tmp_path / "python"
    half.parent.mkdir(parents=True)
    half.write_text("#!/bin/sh\nexit 1\n")
    python.write_text(
        f'#!/bin/sh\n[ "$2" != venv ] || {{ echo "$*" >{tmp_path}/made; exit; }}\nexec {sys.executable} "$@"\n'
    )
    for file in (half, python):
        file.chmod(0o755)
    command = ["make", "-C", str(CI.parent), f"VENV={home}", f"PYTHON={python}", f"{home}/.python"]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "made").read_text() == f"-m venv --clear {home}\n"
    (tmp_path / "made").unlink()
    (home / ".python").unlink()
    half.write_text("#!/bin/sh\nexit 0\n")
    subprocess.run(command, check=True, capture_output=True)
    assert not (tmp_path / "made").exists()
