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
    assert done.returncode == 0 and "libegl1" in done.stdout
