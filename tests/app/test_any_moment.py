"""Opening, closing, seeking and stopping at any moment, with the real worker, tracker and clips."""

import pytest

from app.demo import demo_boxes, demo_video
from app.gui import tracker_maker
from app.storm import OPERATIONS, Storm
from engine.errors import AttnTrackError
from engine.testing import FakeTracker, moving_box
from tests.app.conftest import SIZE, truth

TIMES = 200


@pytest.mark.slow
def test_everything_at_any_moment(make_program, clip, qtbot):
    program = make_program(tracker_maker("onnxruntime"))
    c = program.controller
    sources = [(str(clip), moving_box(0, *SIZE)), (str(demo_video()), demo_boxes()[0])]
    took = Storm(program, sources, seed=4).run(TIMES)
    assert sum(len(times) for times in took.values()) == TIMES
    assert all(took[operation] for operation in OPERATIONS)
    # it still does what it is for
    c.open(*((str(clip), (moving_box(0, *SIZE),), True)))
    qtbot.waitUntil(lambda: c.frame > 3 and 1 in c.tracks.targets, timeout=60000)
    c.pause()
    qtbot.waitUntil(lambda: not c.playing, timeout=60000)
    frames = c.tracks.rows(1)["frame"].tolist()
    assert frames == list(range(len(frames)))
    c.close_source()
    assert program.window.stage.currentWidget() is program.window.welcome
    # that no thread and no error dialog is left is seen to by the fixtures


def test_the_window_may_close_in_the_midst_of_it(make_program, clip, qtbot):
    for seed in range(3):
        program = make_program(tracker_maker("onnxruntime") if seed == 0 else None)
        storm = Storm(program, [(str(clip), moving_box(0, *SIZE))], seed=seed)
        storm.run(4)
        program.controller.open(str(clip), (moving_box(0, *SIZE),), play=True)
        make_program.dispose(program)  # asserts that the worker ends


def test_what_hangs_is_said(make_program, clip, monkeypatch):
    program = make_program(lambda: FakeTracker(truth))
    storm = Storm(program, [(str(clip), moving_box(0, *SIZE))], patience_s=0.2)
    monkeypatch.setattr(program.controller, "open", lambda *args, **more: None)
    with pytest.raises(AttnTrackError, match="open has not ended"):
        storm.run(1)
