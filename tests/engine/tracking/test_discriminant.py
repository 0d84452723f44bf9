import numpy as np

from engine.tracking.discriminant import learn_discriminant

ROWS, COLUMNS = 12, 20


def scene(seed, places):
    """Features of a frame: a common direction with noise; each of the places holds its own pattern, 5x5 cells at 8."""
    rng = np.random.default_rng(seed)
    f8 = 1 + 0.3 * rng.normal(size=(1, 40, 2 * ROWS, 2 * COLUMNS))
    f16 = 1 + 0.3 * rng.normal(size=(1, 112, ROWS, COLUMNS))
    for pattern, (row, column) in places.items():
        own = np.random.default_rng(pattern)
        f8[0, :, row : row + 5, column : column + 5] += own.normal(size=(40, 1, 1))
        f16[0, :, row // 2 : row // 2 + 3, column // 2 : column // 2 + 3] += own.normal(size=(112, 1, 1))
    return f8.astype(np.float32), f16.astype(np.float32)


def alike(features, place):
    """The scene with the target's own pattern added at another place."""
    row, column = place
    f8, f16 = features
    own = np.random.default_rng(100)
    f8[0, :, row : row + 5, column : column + 5] += own.normal(size=(40, 1, 1))
    f16[0, :, row // 2 : row // 2 + 3, column // 2 : column // 2 + 3] += own.normal(size=(112, 1, 1))
    return f8, f16


def peak(response):
    return np.unravel_index(response.argmax(), response.shape)


def test_it_finds_on_another_frame_what_it_learned_on_the_first():
    learned = learn_discriminant(*scene(0, {100: (4, 6), 200: (14, 26)}), np.array([6, 4, 5, 5]) * 8.0)
    response = learned.response(*scene(1, {100: (10, 30), 200: (4, 4)}))
    assert response.shape == (2 * ROWS, 2 * COLUMNS)
    row, column = peak(response)
    assert 10 <= row < 15 and 30 <= column < 35


def test_what_was_beside_the_target_on_the_first_frame_counts_less_than_what_was_not():
    box = np.array([6, 4, 5, 5]) * 8.0
    later = alike(scene(1, {300: (4, 4)}), (4, 4))
    seen, unseen = alike(scene(0, {100: (4, 6), 300: (14, 26)}), (14, 26)), scene(0, {100: (4, 6)})
    known, unknown = (learn_discriminant(*first, box).response(*later)[4:9, 4:9].mean() for first in (seen, unseen))
    assert unknown > 1 and known < 0.7 * unknown


def test_the_response_is_centred_and_its_unit_is_the_first_frames_spread():
    first = scene(0, {100: (4, 6)})
    response = learn_discriminant(*first, np.array([48.0, 32.0, 40.0, 40.0])).response(*first)
    assert abs(float(response.mean())) < 1e-4 and abs(float(response.std()) - 1) < 0.02
