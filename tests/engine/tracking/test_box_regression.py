import numpy as np

from engine.geometry import boxes_to_centers, iou
from engine.tracking.box_regression import BoxRegressor
from engine.tracking.proposals import gaussian_boxes
from engine.types import Box

TRUTH = Box(50.0, 60.0, 80.0, 40.0)


def _features(boxes, mixing):
    """Features that tell, linearly and amid noise, how far a box is off."""
    centers = boxes_to_centers(boxes) - boxes_to_centers(TRUTH.as_array()[None])
    return (100 * centers / np.array([80, 40, 80, 40]) @ mixing).astype(np.float32)


def test_the_regressor_pulls_boxes_onto_the_target():
    rng = np.random.default_rng(3)
    mixing = rng.standard_normal((4, 64))
    train = gaussian_boxes(TRUTH, 300, 0.3, 1.3, rng, 1.1)
    regressor = BoxRegressor(_features(train, mixing), train, TRUTH)
    test = gaussian_boxes(TRUTH, 100, 0.3, 1.2, rng, 1.1)
    before = iou(test, TRUTH.as_array()).mean()
    after = iou(regressor.refine(_features(test, mixing), test), TRUTH.as_array()).mean()
    assert before < 0.7 and after > 0.9


def test_corrections_are_bounded():
    rng = np.random.default_rng(3)
    mixing = rng.standard_normal((4, 64))
    train = gaussian_boxes(TRUTH, 100, 0.3, 1.3, rng)
    regressor = BoxRegressor(_features(train, mixing), train, TRUTH)
    far = np.array([[500.0, 500.0, 80.0, 40.0]])
    moved = regressor.refine(_features(far, mixing), far)
    assert iou(moved, far[0])[0] > 0.2
