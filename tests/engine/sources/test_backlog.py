import itertools
import threading

import numpy as np
import pytest

from engine.sources import backlog as module
from engine.sources.backlog import Backlog
from engine.types import Frame, read_only

PERIOD_S = 1 / 30


def frame(index, arrival_s, side=4):
    return Frame(index, arrival_s, read_only(np.zeros((side, side, 3), np.uint8)), arrival_s)


@pytest.fixture
def now(monkeypatch):
    return [0.0]


@pytest.fixture
def backlog(now):
    return Backlog(lambda: now[0])


def play(backlog, now, costs):
    """Frames come at 30 a second; each one taken costs the next of these seconds. Their indices and ages."""
    taken, sent = [], 0
    for cost in costs:
        while sent * PERIOD_S <= now[0] + 1e-9:  # what came meanwhile
            backlog.put(frame(sent, sent * PERIOD_S))
            sent += 1
        if backlog.next() is None:  # waits for the next
            backlog.take(0.0)
            now[0] = sent * PERIOD_S
            backlog.put(frame(sent, now[0]))
            sent += 1
        got = backlog.take(0.0)
        taken.append((got.index, now[0] - got.arrival_s))
        now[0] += cost
    return taken


def test_a_slow_frame_among_quick_ones_costs_none(backlog, now):
    taken = play(backlog, now, [0.1 if i % 20 == 7 else 0.025 for i in range(120)])
    assert [index for index, _ in taken] == list(range(120))
    assert backlog.dropped == 0
    assert taken[19][1] < PERIOD_S  # caught up again


def test_a_very_slow_frame_costs_those_whose_time_is_over(backlog, now):
    taken = play(backlog, now, [0.025, 0.5, *[0.025] * 60])
    assert 8 <= backlog.dropped <= 13
    assert max(age for _, age in taken) <= module.WAIT_S
    assert taken[-1][1] < PERIOD_S


def test_who_is_too_slow_throughout_gets_the_newest(backlog, now):
    taken = play(backlog, now, [0.05] * 200)
    late = taken[60:]
    assert max(age for _, age in late) <= PERIOD_S + 1e-9
    assert max(b - a for (a, _), (b, _) in itertools.pairwise(late)) == 2
    assert backlog.dropped >= 60


def test_who_was_too_slow_and_catches_up_may_let_frames_wait_again(backlog, now):
    play(backlog, now, [0.05] * 200)
    before = backlog.dropped
    start = round(now[0] / PERIOD_S)
    for i in range(4):  # all were taken: one waits, then three come during one slow frame
        now[0] = (start + 100 + i) * PERIOD_S
        if i == 0:
            while backlog.take(0.0):
                pass
        backlog.put(frame(1000 + i, now[0]))
    assert [backlog.take(0.0).index for _ in range(4)] == [1000, 1001, 1002, 1003]
    assert backlog.dropped == before


def test_large_frames_do_not_fill_the_memory(backlog, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 3 * 8 * 8 * 3)
    for i in range(5):
        backlog.put(frame(i, 0.0, side=8))
    assert backlog.dropped == 2
    assert backlog.next().index == 2


def test_close_wakes_a_taker_that_waits_for_ever_and_refuses_more(backlog):
    got = []
    taker = threading.Thread(target=lambda: got.append(backlog.take(None)))
    taker.start()
    backlog.close()
    taker.join(20)
    assert got == [None]
    backlog.put(frame(0, 0.0))
    assert backlog.take(0.0) is None


def test_close_can_leave_what_waits(backlog):
    for i in range(2):
        backlog.put(frame(i, 0.0))
    backlog.close(keep=True)
    backlog.put(frame(2, 0.0))
    assert [backlog.take(None).index for _ in range(2)] == [0, 1]
    assert backlog.take(None) is None
