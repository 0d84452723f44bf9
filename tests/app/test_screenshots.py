import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from app import screenshots
from app.screenshots import Director, play
from engine.testing import moving_box
from tests.app.conftest import SIZE


@pytest.mark.slow
def test_the_tour_takes_every_picture_of_the_size_it_should_have(program, clip, tmp_path, monkeypatch):
    monkeypatch.setattr(screenshots, "SIZES", (QSize(900, 640), QSize(1000, 720)))
    play(Director(program, tmp_path), str(clip), moving_box(0, *SIZE), (4, 8, 12))
    pictures = {path.stem: QImage(str(path)) for path in tmp_path.glob("*.png")}
    for name in ("start-dark", "start-light", "opened", "drawing", "window-dark", "window-light"):
        assert pictures[name].size() == screenshots.SIZES[0]
    for name in ("window-dark-1920", "window-light-1920"):
        assert pictures[name].size() == screenshots.SIZES[1]
    assert {"dialog-export-track", "dialog-shortcuts", "dialog-about", "dialog-open-camera"} <= set(pictures)
    assert pictures["window-dark"] != pictures["window-light"]
