from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import SourceError
from engine.geometry import iou
from training import demo_clip
from training.demo_clip import CUP_WAY, DemoConfig, DemoScene, along, write_demo
from training.demo_scene import Camera

ASSETS = Path(demo_clip.__file__).parent.parent / "assets"
SMALL = DemoConfig(frames=4, width=320, height=240, exposures=1, oversize=1.0)


@pytest.fixture(scope="module")
def scene():
    return DemoScene(SMALL)


def without_cup(scene, index):
    """The same frame, the followed cup made of nothing; its shadow stays."""
    cup, other = scene.cups
    scene.cups = (type(cup)(cup.image * 0, cup.alpha * 0), other)
    scene._whole = lambda camera, place: 1.0
    try:
        return scene.frame(index)[0]
    finally:
        scene.cups = (cup, other)
        del scene._whole


@pytest.mark.parametrize("index", [0, 40, 150, 250])
def test_the_true_box_is_where_the_cup_is_drawn(scene, index):
    image, box = scene.frame(index)
    changed = np.abs(image.astype(int) - without_cup(scene, index)).max(axis=2) > 20
    changed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    drawn = np.array([columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]], dtype=float)
    assert iou(drawn, box) > 0.85


def test_the_cup_is_gone_behind_the_pillar_and_comes_back(scene):
    hidden = [bool(np.isnan(scene.frame(i)[1]).all()) for i in (160, 177, 195)]
    assert hidden == [False, True, False]


def test_frames_repeat(scene):
    assert np.array_equal(scene.frame(33)[0], DemoScene(SMALL).frame(33)[0])


def test_the_way_passes_its_points_smoothly():
    for t, x, y in CUP_WAY[:-1]:
        np.testing.assert_allclose(along(CUP_WAY, t), [x, y], atol=1e-9)
    steps = np.diff([along(CUP_WAY, t) for t in np.arange(0, 9.99, 0.01)], axis=0)
    assert np.hypot(*steps.T).max() < 0.03
    assert np.hypot(*np.diff(steps, axis=0).T).max() < 0.003


def test_ground_homography_agrees_with_the_projection():
    from training.demo_scene import TEXELS, YARD

    camera = Camera(0.2, -0.1, 2.0, 0.2, 0.8, 0.05, 600.0, 640, 480)
    point = np.array([[0.4, 2.5, 0.0]])
    pixels, _ = camera.project(point)
    texel = np.array([[(0.4 + YARD[0] / 2) * TEXELS, (YARD[1] - 1.0 - 2.5) * TEXELS]])
    mapped = cv2.perspectiveTransform(texel[None], camera.ground())[0]
    np.testing.assert_allclose(mapped, pixels, atol=0.2)


def test_without_ffmpeg_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(demo_clip.shutil, "which", lambda name: None)
    with pytest.raises(SourceError, match="ffmpeg"):
        write_demo(tmp_path, SMALL)


def test_the_bundled_clip_is_small_plays_and_has_a_row_a_frame():
    video = ASSETS / "demo.mp4"
    assert video.stat().st_size <= 3_000_000
    capture = cv2.VideoCapture(str(video))
    frames = 0
    while capture.grab():
        frames += 1
    size = (capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    capture.release()
    boxes = np.genfromtxt(ASSETS / "demo.txt", delimiter=",")
    assert (frames, size) == (300, (640, 480))
    assert boxes.shape == (300, 4)
    hidden = np.isnan(boxes).any(axis=1)
    assert 4 <= hidden.sum() <= 30
    seen = boxes[~hidden]
    assert (
        (seen[:, :2] >= 0).all() and (seen[:, 0] + seen[:, 2] <= 640).all() and (seen[:, 1] + seen[:, 3] <= 480).all()
    )
    assert seen[:, 2].max() > 1.5 * seen[:, 2].min()
