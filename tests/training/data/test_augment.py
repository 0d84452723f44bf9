from __future__ import annotations

import numpy as np
import pytest

from training.data.augment import AugmentConfig, bounds, occlude, outline, random_affine, relight, transform, warp
from training.data.scenes import cut_out, lookalikes_of, pasted_view, photo_view
from training.data.stills import Still, StillObject

SQUARE = np.array([[240.0, 230.0], [280.0, 230.0], [280.0, 260.0], [240.0, 260.0]])


def _photo() -> tuple[np.ndarray, StillObject]:
    image = np.zeros((480, 480, 3), np.uint8)  # so large that no border is mirrored into view
    image[230:260, 240:280] = 255
    return image, StillObject(np.array([240.0, 230.0, 40.0, 30.0]), "thing", (SQUARE,))


def _white_box(image: np.ndarray) -> np.ndarray:
    ys, xs = np.nonzero(image.min(axis=2) > 127)
    return np.array([xs.min(), ys.min(), xs.max() + 1 - xs.min(), ys.max() + 1 - ys.min()], dtype=float)


def test_warp_moves_pixels_and_points_alike():
    image, _ = _photo()
    for seed in range(5):
        linear = random_affine(np.random.default_rng(seed), AugmentConfig(), rotate=True)
        warped, matrix = warp(image, linear, np.array([260.0, 245.0]))
        assert _white_box(warped) == pytest.approx(bounds(transform(SQUARE, matrix)), abs=1.6)


def test_photo_view_boxes_the_object():
    image, item = _photo()
    for seed in range(5):
        view = photo_view(image, item, np.random.default_rng(seed), AugmentConfig())
        assert _white_box(view.image) == pytest.approx(view.box, abs=1.6)


def _angles(config: AugmentConfig) -> np.ndarray:
    maps = [random_affine(np.random.default_rng(seed), config, rotate=True) for seed in range(200)]
    return np.rad2deg([np.arctan2(linear[1, 0], linear[0, 0]) for linear in maps])


def test_what_is_bent_is_turned_and_stretched_far_more():
    usual, bent = AugmentConfig(), AugmentConfig(bent=1.0)
    assert _angles(usual).std() == pytest.approx(usual.rotation, rel=0.2)
    assert _angles(bent).std() == pytest.approx(bent.bent_rotation, rel=0.2)
    half = _angles(AugmentConfig(bent=0.5))
    assert _angles(usual).std() < half.std() < _angles(bent).std()


def test_a_photo_is_turned_about_an_object_without_polygons_only_if_told():
    image, _ = _photo()
    plain = StillObject(np.array([200.0, 230.0, 120.0, 20.0]), "thing", ())
    shapes = [
        [photo_view(image, plain, np.random.default_rng(seed), AugmentConfig(), rotate).box[2:] for seed in range(40)]
        for rotate in (False, True)
    ]
    spread = [np.log(np.array(each)[:, 0] / np.array(each)[:, 1]).std() for each in shapes]
    assert 2 * spread[0] < spread[1]


def test_an_object_without_polygon_is_taken_for_an_ellipse():
    points = outline(np.array([10.0, 20.0, 30.0, 40.0]), ())
    assert bounds(points) == pytest.approx([10, 20, 30, 40])
    turned = points @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert bounds(turned)[2:] == pytest.approx([40, 30])


def test_pasted_target_is_where_its_box_says_and_on_top():
    image, item = _photo()
    grey = cut_out(np.full_like(image, 90), item)
    for seed in range(5):
        view = pasted_view(
            np.zeros((200, 300, 3), np.uint8),
            cut_out(image, item),
            [grey, grey],
            np.random.default_rng(seed),
            AugmentConfig(),
            side=50.0,
        )
        assert _white_box(view.image) == pytest.approx(view.box, abs=2.5)


def test_lookalikes_put_the_same_category_first():
    def make(category, polygons):
        return StillObject(np.array([0.0, 0.0, 20.0, 20.0]), category, polygons)

    still = Still(None, (make("a", (SQUARE,)), make("b", (SQUARE,)), make("a", (SQUARE,)), make("a", ())))
    assert lookalikes_of(still, 0) == [2, 1]


def test_relight_changes_light_but_not_shape():
    rng = np.random.default_rng(0)
    crop = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    kept = crop.copy()
    out = [relight(crop, np.random.default_rng(seed), AugmentConfig()) for seed in range(8)]
    assert all(o.shape == crop.shape and o.dtype == np.uint8 for o in out)
    assert all((o != crop).any() for o in out)
    np.testing.assert_array_equal(crop, kept)
    calm = AugmentConfig(light=0.0, colour=0.0, grey=0.0, blur=0.0, coarse=0.0, noise=0.0)
    assert np.abs(relight(crop, rng, calm).astype(int) - crop).max() <= 1


def test_occlusion_hides_part_of_the_box_and_stays_near_it():
    rng = np.random.default_rng(1)
    crop = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    box = np.array([100.0, 100.0, 60.0, 60.0])
    shares = []
    for seed in range(20):
        changed = (occlude(crop, box, np.random.default_rng(seed)) != crop).any(axis=2)
        assert changed.any()
        assert not changed[:60].any() and not changed[:, :60].any()
        shares.append(changed[100:160, 100:160].mean())
    assert 0.1 < np.mean(shares) < 0.6
