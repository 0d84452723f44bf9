from __future__ import annotations

import shutil

import pytest

from engine.errors import BackendError, FormatError
from engine.models import bundled_models, open_models
from training.locate.train import LocateTraining
from training.origin import SHARE, begin_models, begins_with, paced
from training.schedule import ScheduleConfig, save_checkpoint
from training.stages import begin_trunk
from training.workspace import Workspace


def test_a_run_without_checkpoint_begins_with_what_was_asked_for(tmp_path):
    assert begins_with("", tmp_path) is None
    assert begins_with("bundled", tmp_path).folder == bundled_models()
    shutil.copy(bundled_models() / "manifest.json", tmp_path)
    assert begins_with(str(tmp_path), tmp_path / "run").folder == tmp_path
    with pytest.raises(BackendError, match="give another folder"):
        begins_with(str(tmp_path / "none"), tmp_path / "run")


@pytest.mark.parametrize(
    ("own", "asked", "told"),
    [("", "bundled", "without --start"), ("bundled", "", "with --start bundled"), ("bundled", "a", "with --start")],
)
def test_a_run_is_gone_on_with_as_it_has_begun(own, asked, told, tmp_path):
    save_checkpoint(tmp_path / "last.pt", LocateTraining(origin=own))
    assert begins_with(own, tmp_path) is None
    with pytest.raises(FormatError, match=f"begun {told}.*another work folder"):
        begins_with(asked, tmp_path)


def test_runs_of_earlier_versions_have_begun_with_random_weights(tmp_path):
    save_checkpoint(tmp_path / "last.pt", ScheduleConfig())
    assert begins_with("", tmp_path) is None
    with pytest.raises(FormatError, match="without --start"):
        begins_with("bundled", tmp_path)


def test_trained_weights_are_gone_on_from_at_a_share_of_the_rate():
    schedule = ScheduleConfig()
    assert paced(schedule, "") == schedule
    assert paced(schedule, "bundled").rate == pytest.approx(SHARE * schedule.rate)
    assert paced(schedule, "bundled", 0.5).rate == pytest.approx(0.5 * schedule.rate)


def test_a_model_folder_begins_as_a_whole_copy_and_is_then_left_alone(tmp_path):
    begin_models(tmp_path / "none", "")
    assert not (tmp_path / "none").exists()
    folder = tmp_path / "models"
    begin_models(folder, "bundled")
    copied, bundled = open_models(folder), open_models()
    assert copied.manifest == bundled.manifest
    for name in bundled.graphs:
        assert copied.path(name).read_bytes() == bundled.path(name).read_bytes()
        assert copied.half_path(name) is None or copied.half_path(name).is_file()
        assert copied.int8_path(name) is None or copied.int8_path(name).is_file()
    copied.head()
    (folder / "locate.onnx").write_bytes(b"own")
    begin_models(folder, "bundled")
    assert (folder / "locate.onnx").read_bytes() == b"own"


def test_another_trunk_is_not_slipped_under_networks_that_are_there(tmp_path):
    space = Workspace(tmp_path, tmp_path)
    save_checkpoint(tmp_path / "mdnet" / "domains" / "last.pt", LocateTraining())
    with pytest.raises(FormatError, match=r"mdnet.*without --start"):
        begin_trunk(space, "bundled")
    assert not space.tuned.exists()
