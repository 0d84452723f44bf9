from PySide6.QtGui import QImage

from app.screenshots import SIZES, Director, play
from engine.testing import moving_box
from tests.app.conftest import SIZE


def test_the_tour_takes_every_picture_of_the_size_it_should_have(program, clip, tmp_path):
    play(Director(program, tmp_path), str(clip), moving_box(0, *SIZE), (4, 8, 12))
    pictures = {path.stem: QImage(str(path)) for path in tmp_path.glob("*.png")}
    for name in ("start-dark", "start-light", "opened", "drawing", "window-dark", "window-light"):
        assert pictures[name].size() == SIZES[0]
    for name in ("window-dark-1920", "window-light-1920"):
        assert pictures[name].size() == SIZES[1]
    assert {"dialog-export-track", "dialog-shortcuts", "dialog-about", "dialog-open-camera"} <= set(pictures)
    assert pictures["window-dark"] != pictures["window-light"]
