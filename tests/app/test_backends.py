"""Choosing what runs the networks while the program runs, and compiling plans beside it."""

import json
import subprocess
import sys

import pytest

from app import gui
from app.backend_probe import Probe, probe
from app.backends import BackendChoice, choices, remember, remembered
from app.build_job import BuildJob
from app.dialogs.backend import BackendDialog
from app.settings import Settings
from engine.backends.cache import PlanCache
from engine.errors import BackendError
from engine.testing import FakeTracker, moving_box
from tests.app.conftest import SIZE, drag_box, error_dialog, open_clip, truth

NO_GPU = "no CUDA GPU can be used here"
FOUND = Probe(
    {
        ("auto", "fp16"): "",
        ("onnxruntime", "fp16"): "",
        ("tensorrt", "fp16"): "",
        ("tensorrt", "fp32"): "the TensorRT plan of features is missing: run attntrack build",
        ("onnxruntime-cuda", "fp16"): NO_GPU,
    },
    ("sm86", "sm89"),
)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return PlanCache(tmp_path / "cache" / "attntrack" / "plans")


class Rig:
    """A program with its backend dialog open, over what a probe has found."""

    def __init__(self, program, qtbot):
        qtbot.waitUntil(lambda: program.controller.backend is not None, timeout=60000)
        self.program, self.made = program, []
        self.controller, self.window, self.backends = program.controller, program.window, program.backends
        self.backends._ask = lambda: FOUND
        self.backends._make = lambda choice: lambda: self.make(choice)
        self.window.actions_["backend"].trigger()
        self.dialog = self.window.findChild(BackendDialog)
        qtbot.waitUntil(lambda: bool(self.dialog._why), timeout=60000)

    def make(self, choice):
        self.made.append(choice)
        if choice.precision == "fp32":
            raise BackendError("the plans are gone; compile them again")
        return FakeTracker(truth)

    def pick(self, *choice):
        self.dialog._radios[BackendChoice(*choice)].click()


@pytest.fixture
def switching(program, qtbot):
    rig = Rig(program, qtbot)
    yield rig
    for dialog in rig.window.findChildren(BackendDialog):
        dialog.close()


def test_every_choice_says_how_it_stands(switching):
    dialog = switching.dialog
    assert set(dialog._radios) == set(choices()) >= {BackendChoice(), BackendChoice("tensorrt", "fp32")}
    assert dialog.picked == BackendChoice() and dialog._use.text() == "In use" and not dialog._use.isEnabled()
    switching.pick("onnxruntime-cuda")
    assert dialog._hints[dialog.picked].text() == "not available" and not dialog._use.isEnabled()
    assert dialog._reason.text() == NO_GPU[:1].upper() + NO_GPU[1:] and dialog._reason.isVisible()
    assert dialog._frame.isHidden()
    switching.pick("tensorrt", "fp32")
    assert not dialog._use.isEnabled() and dialog._frame.isVisible()
    switching.pick("tensorrt", "fp16")
    assert dialog._hints[dialog.picked].text() == "ready" and dialog._reason.isHidden() and dialog._use.isEnabled()


def test_a_switch_keeps_tracking_and_is_remembered(switching, clip, qtbot):
    c = switching.controller
    open_clip(qtbot, switching, clip)
    drag_box(switching, moving_box(0, *SIZE))
    qtbot.waitUntil(lambda: c.active == [1], timeout=60000)
    switching.pick("tensorrt", "fp16")
    switching.dialog._use.click()
    qtbot.waitUntil(lambda: switching.dialog._use.text() == "In use", timeout=60000)
    assert switching.made == [BackendChoice("tensorrt", "fp16")]
    assert "goes on from its last box" in switching.window.banner.text
    assert remembered(Settings()) == BackendChoice("tensorrt", "fp16")
    c.step(3)
    qtbot.waitUntil(lambda: c.frame == 3 and len(c.tracks.rows(1)) == 4, timeout=60000)


def test_a_switch_that_fails_says_why_and_leaves_what_was_in_use(switching, qtbot):
    c = switching.controller
    before = c.backend
    switching.dialog._why[BackendChoice("tensorrt", "fp32")] = ""  # it was there when it was looked for
    switching.pick("tensorrt", "fp32")
    switching.dialog._use.click()
    error = error_dialog(qtbot, switching)
    assert "compile them again" in error.message
    error.close()
    assert c.backend is before and switching.backends.choice == BackendChoice()
    assert switching.dialog.picked == BackendChoice()
    assert "tracking is not ready" not in switching.window.status.backend.text()
    assert remembered(Settings()) == BackendChoice()


def test_what_was_remembered_and_is_gone_is_said_and_the_fastest_that_is_ready_taken(qtbot, make_program, monkeypatch):
    def maker(name, precision="fp16"):
        def make():
            if name == "tensorrt":
                raise BackendError("no CUDA GPU can be used here; use --backend onnxruntime")
            return FakeTracker(truth)

        return make

    monkeypatch.setattr(gui, "tracker_maker", maker)
    remember(Settings(), BackendChoice("tensorrt", "fp32"))
    program = make_program(maker("tensorrt"))
    error = error_dialog(qtbot, program)
    assert "no CUDA GPU" in error.message
    error.close()
    qtbot.waitUntil(lambda: program.controller.backend is not None, timeout=60000)
    assert program.backends.choice == BackendChoice()
    assert remembered(Settings()) == BackendChoice("tensorrt", "fp32")  # the GPU may be back the next time


def test_a_choice_this_version_does_not_know_is_forgotten(program):
    remember(Settings(), BackendChoice("abacus", "fp4"))
    assert remembered(Settings()) == BackendChoice()


def test_what_this_computer_can_use_is_found_out_in_another_process():
    found = probe()
    assert found.why[("auto", "fp16")] == "" and found.why[("onnxruntime", "fp16")] == ""
    assert {("tensorrt", "fp16"), ("tensorrt", "fp32")} <= set(found.why)


def test_a_probe_that_breaks_is_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(BackendError, match="run attntrack doctor"):
        probe()


# compiling


def test_compiling_shows_progress_and_can_be_cancelled(switching, qtbot, cache):
    pytest.importorskip("tensorrt_rtx")
    dialog = switching.dialog
    switching.pick("tensorrt", "fp32")
    dialog._target.setCurrentIndex(dialog._target.findData("sm86"))
    dialog._build.click()
    assert dialog._build.text() == "Cancel" and dialog._progress.isVisible() and not dialog._target.isEnabled()
    qtbot.waitUntil(lambda: dialog._progress.value() > 0, timeout=120000)
    assert dialog._progress.toolTip()
    dialog._build.click()
    qtbot.waitUntil(lambda: dialog._build.text() == "Compile", timeout=60000)
    assert "Cancelled" in dialog._result.text() and dialog._progress.isHidden()
    graphs = len(json.loads((gui_models() / "manifest.json").read_text())["graphs"])
    plans = list(cache.folder.glob("*.plan")) if cache.folder.is_dir() else []
    assert len(plans) < graphs and list(cache.folder.parent.rglob("*.part")) == []


def gui_models():
    from engine.models import bundled_models

    return bundled_models()


def test_a_compilation_goes_on_without_its_dialog_and_ends_with_the_program(switching, qtbot):
    pytest.importorskip("tensorrt_rtx")
    switching.pick("tensorrt", "fp32")
    switching.dialog._target.setCurrentIndex(1)
    switching.dialog._build.click()
    job = switching.backends._job
    qtbot.waitUntil(lambda: job.running, timeout=60000)
    process = job._process.processId()
    switching.dialog.close()
    assert switching.backends._job is job and job.running
    switching.window.actions_["backend"].trigger()
    again = next(d for d in switching.window.findChildren(BackendDialog) if d.isVisible())
    assert again._build.text() == "Cancel" and again._job is job
    again.close()
    switching.window.close()
    assert not job.running
    assert subprocess.run(["ps", "-p", str(process)], capture_output=True, check=False).returncode == 1


def test_compiling_for_a_gpu_that_is_not_there_says_so(qtbot, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    job = BuildJob("fp16")
    said = []
    with qtbot.waitSignal(job.done, timeout=60000) as done:
        job.line.connect(said.append)
        job.start()
    assert "GPU" in done.args[0] and not job.cancelled and said == []


def test_a_compilation_that_can_not_be_started_is_a_sentence(qtbot, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    job = BuildJob("fp16")
    with qtbot.waitSignal(job.done, timeout=60000) as done:
        job.start()
    assert "run attntrack build" in done.args[0]
