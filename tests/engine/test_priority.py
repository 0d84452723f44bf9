"""Threads that give way."""

import os
import sys
import threading

import pytest

from engine.priority import BACKGROUND, give_way
from engine.testing import FakeTracker
from engine.worker import Worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads share their process's priority")


def niceness(thread):
    return os.getpriority(os.PRIO_PROCESS, thread)


def test_only_the_thread_itself_and_what_it_starts_go_into_the_background():
    seen = []

    def work():
        for _ in range(2):
            give_way()
            seen.append(niceness(threading.get_native_id()))
        child = threading.Thread(target=lambda: seen.append(niceness(threading.get_native_id())))
        child.start()
        child.join()

    before = niceness(threading.get_native_id())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [max(before, BACKGROUND)] * 3
    assert niceness(threading.get_native_id()) == before


def test_the_worker_and_what_it_loads_give_way_to_the_window():
    loaded, ready = [], threading.Event()

    def make():
        loaded.append(niceness(threading.get_native_id()))
        ready.set()
        return FakeTracker()

    worker = Worker(make, lambda: None, lambda event: None)
    worker.start()
    assert ready.wait(10)
    worker.stop()
    worker.join(10)
    assert loaded[0] > niceness(threading.get_native_id())
