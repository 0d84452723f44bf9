import logging

import pytest

from engine.backends import select
from engine.backends.select import ON_CPU, ON_GPU, ONLY_IF_NAMED, backend_report, open_backend
from engine.errors import BackendError


@pytest.fixture
def gpu_with_nothing_compiled(monkeypatch):
    """TensorRT and a GPU are there, but opening says that nothing is compiled."""
    opened = []
    really = select._open

    def opening(name, *rest, may_build):
        opened.append((name, may_build))
        if name == "tensorrt":
            raise BackendError("the TensorRT plan of score is not compiled yet: run attntrack build")
        return really(name, *rest, may_build=may_build)

    monkeypatch.setattr(select, "_missing", lambda name, _: "" if name in ("tensorrt", "onnxruntime") else "not there")
    monkeypatch.setattr(select, "_open", opening)
    return opened


def test_every_backend_is_reported_once_and_one_is_used():
    report = dict(backend_report())
    assert set(report) == {*ON_GPU, *ON_CPU, *ONLY_IF_NAMED}
    assert list(report.values()).count("used") == 1
    assert all("\n" not in reason for reason in report.values())
    with open_backend("auto") as backend:
        assert report[backend.info.name] == "used"


def test_an_unused_gpu_is_said_and_nothing_is_compiled(gpu_with_nothing_compiled, caplog):
    with caplog.at_level(logging.WARNING), open_backend("auto") as backend:
        assert backend.info.name == "onnxruntime"
    assert "tensorrt is not used: the TensorRT plan of score is not compiled yet: run attntrack build" in caplog.text
    assert gpu_with_nothing_compiled == [("tensorrt", False), ("onnxruntime", False)]


def test_a_machine_without_a_gpu_is_not_lectured(monkeypatch, caplog):
    monkeypatch.setattr(select, "_missing", lambda name, _: "" if name == "onnxruntime" else "not there")
    with caplog.at_level(logging.INFO), open_backend("auto"):
        assert not caplog.text
    assert backend_report() == [
        ("tensorrt", "not there"),
        ("onnxruntime-cuda", "not there"),
        ("onnxruntime", "used"),
        ("onnxruntime-mixed", "not there"),
        ("openvino", "not there"),
        ("onnxruntime-int8", "not there"),
        ("onnxruntime-tensorrt", "not there"),
    ]


def test_a_backend_that_is_asked_for_may_compile(gpu_with_nothing_compiled):
    with pytest.raises(BackendError, match="not compiled yet"):
        open_backend("tensorrt")
    assert gpu_with_nothing_compiled == [("tensorrt", True)]


def test_a_provider_that_onnxruntime_lacks_is_an_error_not_the_cpu(monkeypatch):
    monkeypatch.setattr("engine.backends.onnxruntime.available_providers", lambda: ("CPUExecutionProvider",))
    for name in ("onnxruntime-cuda", "onnxruntime-tensorrt"):
        with pytest.raises(BackendError, match=r"has no .*install onnxruntime-gpu"):
            open_backend(name)


def test_a_provider_that_does_not_work_here_is_an_error_not_the_cpu(monkeypatch):
    # onnxruntime-gpu without a GPU: it lists the provider, then runs on the CPU with no more than a warning
    monkeypatch.setattr(
        "engine.backends.onnxruntime.available_providers", lambda: ("CUDAExecutionProvider", "CPUExecutionProvider")
    )
    with pytest.warns(UserWarning), pytest.raises(BackendError, match="cannot use CUDAExecutionProvider here"):
        open_backend("onnxruntime-cuda")
