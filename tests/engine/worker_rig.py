"""A running worker for the tests, and sources whose closing and waiting can be watched."""

import threading

from engine.testing import FakeSource, FakeTracker, moving_box
from engine.worker import Worker

PATIENCE_S = 20


class Rig:
    """A running worker with everything it told, and ways to wait for it."""

    def __init__(self, make_tracker=None, **more):
        self.trackers = []
        self.told = []
        self.results = []
        self.changed = threading.Condition()
        self.worker = Worker(make_tracker or self.make, self.on_frame, self.on_event, **more)

    def make(self):
        self.trackers.append(FakeTracker(lambda target, index: moving_box(index), lost={1: [range(20, 25)]}))
        return self.trackers[-1]

    def on_frame(self):
        with self.changed:
            result = self.worker.mailbox.take()
            if result is not None:
                self.results.append(result)
            self.changed.notify_all()

    def on_event(self, event):
        with self.changed:
            self.told.append(event)
            self.changed.notify_all()

    def wait(self, condition):
        with self.changed:
            for _ in range(100 * PATIENCE_S):  # not all that is waited for is told
                if self.changed.wait_for(condition, 0.01):
                    return
            raise AssertionError(f"never came; told: {self.told}")

    def wait_for(self, kind, count=1):
        self.wait(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    def of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]

    def shows(self, index):
        self.wait(lambda: self.results and self.results[-1].frame.index == index)
        return self.results[-1]


class WatchedSource(FakeSource):
    """A source whose closing can be waited for."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.gone = threading.Event()

    def close(self):
        super().close()
        self.gone.set()


class BlockedSource(FakeSource):
    """A live source whose read waits until it is closed, as a camera without a signal."""

    def __init__(self):
        super().__init__(live=True)
        self.wakes = threading.Event()
        self.reading = threading.Event()

    def read(self):
        self.reading.set()
        self.wakes.wait(PATIENCE_S)
        return None

    def close(self):
        super().close()
        self.wakes.set()


class FickleSource(BlockedSource):
    """A live source that can be polled, whose signal comes and goes as a test says."""

    def __init__(self):
        super().__init__()
        self.signal, self.ended, self.attempts = True, False, 0

    def retry(self):
        self.attempts = 0

    def poll(self, timeout_s):
        return None if self.wakes.wait(0.005) or not self.signal else FakeSource.read(self)
