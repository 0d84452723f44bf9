import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine.errors import SourceError
from engine.geometry import iou
from training.commands import main
from training.cutouts import Photos, read_photos, smeared, twin
from training.data.photos import read_stills
from training.data.scenes import CutOut
from training.data.stills import Still
from training.synthetic import Ground, Mover, SceneConfig, draw, pasted_scene, photo_scene, visible_box

SIZE = (320, 180)


@pytest.fixture(scope="module")
def photos(data_folder):
    return read_photos(data_folder / "images")


def disc(side=60):
    mask = np.zeros((side, side), np.uint8)
    cv2.circle(mask, (side // 2, side // 2), side // 2 - 4, 255, -1)
    points = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0][:, 0].astype(np.float64) + 0.5
    image = np.full((side, side, 3), (20, 40, 230), np.uint8)
    return CutOut(image, mask.astype(np.float32) / 255, points)


def mask_box(before, after):
    changed = np.abs(after.astype(int) - before).max(axis=2) > 60
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return np.array([columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]], dtype=float)


@pytest.mark.parametrize("when", [-2.0, 0.0, 1.5])
def test_the_true_box_is_that_of_the_pasted_pixels(when):
    ground = np.full((180, 320, 3), 128, np.uint8)
    linear = np.array([[0.9, -0.5], [0.4, 1.2]])
    mover = Mover(disc(), linear, np.array([150.0, 90.0]), np.array([9.0, -4.0]), zoom=0.05, turn=0.1)
    picture, (box,) = draw(ground, [mover], when)
    assert (ground == 128).all()
    found = mask_box(ground, picture)
    assert iou(found, box) > 0.93
    centre = found[:2] + found[2:] / 2
    assert np.abs(centre - (mover.center + mover.velocity * when)).max() < 2.5


def test_a_scene_repeats_with_its_seed_and_differs_with_another(photos):
    def pictures(seed):
        scene = pasted_scene(photos, SIZE, np.random.default_rng(seed), SceneConfig())
        return np.stack([scene.template, *scene.frames])

    assert np.array_equal(pictures(4), pictures(4))
    assert not np.array_equal(pictures(4), pictures(5))


@pytest.mark.parametrize("make", [pasted_scene, photo_scene])
def test_scenes_have_targets_inside_their_frames(photos, make):
    rng, count = np.random.default_rng(0), 0
    for _ in range(12):
        scene = make(photos, SIZE, rng, SceneConfig())
        assert {p.shape for p in (scene.template, *scene.frames)} == {(180, 320, 3)}
        assert len(scene.frames) == 3
        for target in scene.targets:
            count += 1
            for box in (target.template_box, target.box):
                if box is not None:
                    assert (box[:2] >= 0).all() and (box[:2] + box[2:] <= SIZE).all() and (box[2:] >= 1).all()
    assert count >= 6


def test_an_absent_target_is_not_in_the_frames(photos):
    config = SceneConfig(absent=1.0, occluder=0.0, similar=0.0)
    rng = np.random.default_rng(2)
    scenes = [pasted_scene(photos, SIZE, rng, config) for _ in range(12)]
    boxes = [target.box for scene in scenes for target in scene.targets]
    assert boxes
    assert all(box is None for box in boxes)


def test_visible_box_is_cut_to_the_frame_and_none_when_covered():
    box = np.array([-20.0, 10.0, 60.0, 40.0])
    np.testing.assert_allclose(visible_box(box, (), SIZE, 0.3), [0, 10, 40, 40])
    assert visible_box(box, [np.array([0.0, 0.0, 100.0, 100.0])], SIZE, 0.3) is None
    assert visible_box(np.array([400.0, 10.0, 60.0, 40.0]), (), SIZE, 0.3) is None


def test_a_twin_keeps_its_shape_and_changes_its_colour():
    item = disc()
    for seed in range(4):
        other = twin(item, np.random.default_rng(seed))
        assert other.mask.sum() == pytest.approx(item.mask.sum(), rel=0.01)
        assert np.abs(other.image.astype(int) - item.image).max() > 40


def test_blur_smears_along_the_motion_only():
    blurred = smeared(disc(), np.array([16.0, 0.0]))
    solid = blurred.mask > 0.9
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    assert (rows[-1] - rows[0]) - (columns[-1] - columns[0]) >= 8
    assert smeared(disc(), np.array([0.2, 0.1])).mask.shape == disc().mask.shape


def test_the_camera_moves_points_as_it_moves_pixels():
    picture = np.zeros((200, 300, 3), np.uint8)
    cv2.circle(picture, (150, 100), 6, (255, 255, 255), -1)
    ground = Ground(picture, SIZE, np.random.default_rng(3), SceneConfig(still_camera=0.0))
    for when in (-2.0, 0.0):
        rows, columns = np.nonzero(ground.see(when)[..., 0] > 128)
        expected = ground.matrix(when) @ np.array([150.5, 100.5, 1.0])
        assert np.abs(np.array([columns.mean() + 0.5, rows.mean() + 0.5]) - expected).max() < 0.7


def test_photos_without_outlines_give_the_ellipses_in_their_boxes(data_folder):
    boxed = [
        Still(still.path, tuple(replace(item, polygons=()) for item in still.objects))
        for still in read_stills(data_folder / "images" / "objects")
    ]
    cut, kind = Photos(boxed, []).object(np.random.default_rng(0))
    assert kind == "cup"
    assert cut.mask.sum() == pytest.approx(np.pi / 4 * 50 * 40, rel=0.05)


def test_photos_without_objects_are_an_error():
    with pytest.raises(SourceError, match="no object of 32 pixels"):
        Photos([], [])


def test_synthesise_writes_scenes_to_look_at(data_folder, tmp_path):
    arguments = ["synthesise", str(data_folder), str(tmp_path), "--scenes", "--count", "3", "--size", "160x90"]
    assert main("data", arguments) == 0
    assert len(json.loads((tmp_path / "scenes.json").read_text())) == 3
    assert cv2.imread(str(tmp_path / "002.template.png")).shape == (90, 160, 3)
    assert main("data", [*arguments, "--size", "big"]) == 2
