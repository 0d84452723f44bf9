from types import MappingProxyType

import numpy as np
import pytest

from app.meters import Meters
from engine.types import Frame, FrameResult, Target, Timings, TrackState

IMAGE = np.zeros((4, 4, 3), np.uint8)


def result(index, fps=30.0, stages=None, arrival_s=None, total_ms=0.0):
    timings = Timings(MappingProxyType(stages or {}), total_ms)
    return FrameResult(
        Frame(index, index / fps, IMAGE, arrival_s), (Target(1, None, 0.5, TrackState.LOST),), timings=timings
    )


def fed(steps, wall_s, fps=30.0):
    now = [0.0]
    meters = Meters(lambda: now[0])
    for index in steps:
        meters.add(result(index, fps))
        now[0] += wall_s
    return meters


def test_rates_count_frames_that_were_not_painted():
    meters = fed(range(0, 60, 2), wall_s=1 / 30)
    assert meters.frames_per_s == pytest.approx(60.0)
    assert meters.speed == pytest.approx(2.0)


def test_there_is_no_rate_without_a_history():
    assert fed([0, 1], 0.1).frames_per_s is None
    meters = fed(range(30), 0.1)
    meters.restart()
    assert meters.frames_per_s is None and meters.speed is None


def test_a_jump_back_starts_anew():
    assert fed([*range(50, 80), 3, 4], 1 / 30).frames_per_s is None


def test_stages_are_medians_and_latency_is_since_arrival():
    now = [10.0]
    meters = Meters(lambda: now[0])
    for ms in (1.0, 2.0, 30.0):
        meters.add(result(int(ms), stages={"features": ms}, arrival_s=9.95, total_ms=ms - 0.5))
    assert meters.stages == {"features": 2.0} and meters.frame_ms == 1.5
    assert meters.latency_ms == pytest.approx(50.0)
    meters.clear()
    assert meters.stages == {} and meters.frame_ms == 0.0 and meters.latency_ms is None
