"""The heartbeat sees what holds the window's thread up."""

import time

from app.heartbeat import STALL_MS, Heartbeat


def test_a_thread_that_computes_too_long_is_a_stall_of_its_own_making(qtbot):
    heart = Heartbeat()
    heart.start()
    qtbot.waitUntil(lambda: len(heart.beats) >= 3, timeout=60000)
    before = len(heart.beats)
    end = time.thread_time() + 0.15
    while time.thread_time() < end:
        pass
    qtbot.waitUntil(lambda: len(heart.beats) > before + 1, timeout=60000)
    heart.stop()
    figures = heart.figures()
    assert figures["stalls"] >= 1 and figures["stalls_on_a_core"] >= 1
    assert figures["longest_ms"] > 140 > STALL_MS
    assert figures["most_cpu_ms"] > 140
    assert 0 <= figures["median_ms"] <= figures["p99_ms"] <= figures["longest_ms"]


def test_a_thread_that_waits_for_another_stalls_without_computing(qtbot):
    heart = Heartbeat()
    heart.start()
    qtbot.waitUntil(lambda: len(heart.beats) >= 1, timeout=60000)
    before = len(heart.beats)
    time.sleep(0.15)  # stands for a lock that is not to be had
    qtbot.waitUntil(lambda: len(heart.beats) > before, timeout=60000)
    heart.stop()
    figures = heart.figures()
    assert figures["stalls_on_a_core"] >= 1 and figures["longest_cpu_ms"] < 100


def test_nothing_is_said_of_no_beats():
    assert Heartbeat().figures()["stalls"] == 0
