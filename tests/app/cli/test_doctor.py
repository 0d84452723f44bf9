import importlib.metadata
import subprocess

import pytest

import app.cli.doctor
import engine.backends.select
import engine.models
from app.cli import main
from engine.errors import BackendError, SourceError


def test_a_machine_that_can_track(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.endswith("Ready to track.\n") and "FAIL" not in out
    findings = {line[6:24].strip(): line[:4].strip() for line in out.splitlines() if line[:4].strip() in ("ok", "-")}
    for what in ("attntrack", "Python", "onnxruntime", "models", "backend", "tracking", "video decoding", "Qt"):
        assert findings[what] == "ok", what


@pytest.fixture
def quick(monkeypatch):
    """Leave out the checks that take long."""

    def only(*names):
        for name in ("_video", "_models", "_backends", "_tracking", "_cameras", "_window", "_packages"):
            if name not in names:
                monkeypatch.setattr(app.cli.doctor, name, lambda *rest: iter(()))

    return only


def test_damaged_models_are_named(quick, monkeypatch, capsys):
    def damaged(*rest):
        raise BackendError("model file score.onnx is damaged; reinstall attntrack")

    quick("_models", "_backends", "_tracking")
    monkeypatch.setattr(engine.models, "open_models", damaged)
    monkeypatch.setattr(engine.backends.select, "open_models", damaged)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert out.count("FAIL") == 3 and "score.onnx is damaged" in out and out.endswith("Tracking cannot work here.\n")


def test_a_backend_that_cannot_run(quick, monkeypatch, capsys):
    def absent(name, *rest):
        raise BackendError(f"{name} is not available here")

    quick("_tracking")
    monkeypatch.setattr(engine.backends.select, "open_backend", absent)
    assert main(["doctor", "--backend", "tensorrt"]) == 1
    assert "FAIL  tracking           tensorrt is not available here" in capsys.readouterr().out


def test_a_missing_demo_clip(quick, monkeypatch, capsys):
    def missing():
        raise SourceError("The demo clip is missing: reinstall attntrack.")

    quick("_video")
    monkeypatch.setattr(app.cli.doctor, "demo_clip", missing)
    assert main(["doctor"]) == 1
    assert "demo clip is missing" in capsys.readouterr().out


def test_packages_that_are_missing_or_in_each_others_way(quick, monkeypatch, capsys):
    def version(name):
        if name == "pyqtgraph":
            raise importlib.metadata.PackageNotFoundError
        return "1.0"

    quick("_packages")
    monkeypatch.setattr(importlib.metadata, "version", version)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "FAIL  pyqtgraph" in out and "overwrite each other" in out


def test_qt_that_does_not_start_is_no_failure(quick, monkeypatch, capsys):
    def broken(*rest, **options):
        return subprocess.CompletedProcess(rest, 1, "", "ImportError: libEGL.so.1: cannot open shared object file\n")

    quick("_window")
    monkeypatch.setattr(subprocess, "run", broken)
    assert main(["doctor"]) == 0
    assert "libEGL.so.1" in capsys.readouterr().out
