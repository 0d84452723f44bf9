import pytest

from engine.pacing import LATE_S, Pacer


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_frames_are_due_at_the_media_clock_times_the_speed():
    clock = Clock()
    pacer = Pacer(2.0, clock)
    assert pacer.delay(5.0) == 0.0
    assert pacer.delay(5.1) == pytest.approx(0.05)
    clock.now += 0.03
    assert pacer.delay(5.1) == pytest.approx(0.02)


def test_as_fast_as_possible_never_waits():
    pacer = Pacer(None, Clock())
    assert [pacer.delay(t) for t in (0.0, 10.0, 500.0)] == [0.0, 0.0, 0.0]


def test_a_little_late_is_caught_up():
    clock = Clock()
    pacer = Pacer(1.0, clock)
    pacer.delay(0.0)
    clock.now += 0.1
    assert pacer.delay(0.04) == 0.0
    assert pacer.delay(0.12) == pytest.approx(0.02)


def test_a_slow_spell_is_not_followed_by_a_rush():
    clock = Clock()
    pacer = Pacer(1.0, clock)
    pacer.delay(0.0)
    clock.now += LATE_S + 5.0
    assert pacer.delay(0.04) == 0.0
    assert pacer.delay(0.08) == pytest.approx(0.04)


def test_going_back_in_time_starts_anew():
    clock = Clock()
    pacer = Pacer(1.0, clock)
    pacer.delay(50.0)
    assert pacer.delay(2.0) == 0.0
    assert pacer.delay(2.5) == pytest.approx(0.5)


def test_a_new_speed_forgets_the_clock():
    pacer = Pacer(1.0, Clock())
    pacer.delay(0.0)
    pacer.speed = 0.5
    assert pacer.delay(10.0) == 0.0
    assert pacer.delay(10.1) == pytest.approx(0.2)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_useless_speed_is_refused(speed):
    pacer = Pacer()
    with pytest.raises(ValueError, match="above 0"):
        pacer.speed = speed
