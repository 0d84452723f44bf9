import http.server
import itertools
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest

from engine import events
from engine.errors import SourceError
from engine.sources import coming, open_source
from engine.sources import live as live_module
from engine.sources.live import LiveSource
from engine.testing import FakeTracker, moving_box, textured_image, write_clip
from engine.worker import Worker

PATIENCE_S = 20


class ScriptedCapture:
    """A capture whose frames a test hands out one by one; None breaks the connection."""

    def __init__(self, frames, opens=True):
        self.frames, self.opens = frames, opens
        self.released = threading.Event()

    def isOpened(self):
        return self.opens

    def read(self):
        frame = next(self.frames, None)
        return frame is not None, frame

    def get(self, prop):
        return 25.0

    def release(self):
        self.released.set()


def image(value):
    return np.full((16, 20, 3), value, np.uint8)


def gated(values, gate):
    """Pictures of these values; each one but number 0 waits until the gate lets it through, but not for ever."""
    for value in values:
        if value and not gate.acquire(timeout=PATIENCE_S):
            return
        yield image(value)


def all_sent(count, seconds=0.0):
    """A source from which this many frames came before any was taken, each so many seconds after the last."""
    done = threading.Event()
    now = [0.0]

    def frames():
        for value in range(count):
            yield image(value)
            now[0] += seconds
        done.set()

    source = LiveSource(lambda: ScriptedCapture(frames()), "camera", clock=lambda: now[0])
    assert done.wait(PATIENCE_S)
    return source


def test_frames_that_came_together_are_all_there():
    source = all_sent(5)
    assert source.read().index == 0
    assert coming(source).index == 1
    assert [source.read().index for _ in range(4)] == [1, 2, 3, 4]
    assert coming(source) is None
    assert source.dropped == 0
    assert source.read() is None
    assert source.ended


def test_the_newest_frame_wins_and_the_others_are_counted():
    source = all_sent(10, seconds=1.0)
    frame = source.read()
    assert frame.index == 9
    assert int(frame.image[0, 0, 0]) == 9
    assert source.dropped == 9
    assert source.read() is None


def test_no_frame_is_dropped_where_somebody_takes_them():
    gate = threading.Semaphore(0)
    source = LiveSource(lambda: ScriptedCapture(gated(range(6), gate)), "camera")
    taken = []
    for _ in range(6):
        frame = source.read()
        taken.append((frame.index, int(frame.image[0, 0, 0])))
        assert frame.arrival_s is not None
        gate.release()
    assert taken == [(i, i) for i in range(6)]
    assert source.dropped == 0


def test_polling_does_not_wait_for_ever():
    gate = threading.Semaphore(0)
    source = LiveSource(lambda: ScriptedCapture(gated(range(2), gate)), "camera")
    assert source.poll(PATIENCE_S).index == 0
    assert source.poll(0.01) is None
    assert not source.ended
    gate.release()
    assert source.poll(PATIENCE_S).index == 1


def test_close_wakes_a_waiting_read_and_lets_the_device_go():
    gate = threading.Semaphore(0)
    capture = ScriptedCapture(gated(range(3), gate))
    source = LiveSource(lambda: capture, "camera")
    source.read()
    got = []
    reader = threading.Thread(target=lambda: got.append(source.read()))
    reader.start()
    source.close()
    reader.join(PATIENCE_S)
    assert got == [None]
    gate.release()
    assert capture.released.wait(PATIENCE_S)


def test_a_camera_that_gives_nothing_is_a_sentence():
    with pytest.raises(SourceError, match=r"My camera sends no picture: check that it is connected"):
        LiveSource(lambda: ScriptedCapture(iter(()), opens=False), "My camera")


def test_a_broken_stream_is_opened_again_and_indices_go_on(monkeypatch):
    monkeypatch.setattr(live_module, "RETRY_S", (0.0,))
    gate = threading.Semaphore(0)
    attempts = iter([[0, 1], [], [2]])

    def reopen():
        return ScriptedCapture(gated(next(attempts, ()), gate))

    source = LiveSource(reopen, "stream", reconnect_s=PATIENCE_S)
    seen = []
    while len(seen) < 3:
        frame = source.read()
        seen.append((frame.index, int(frame.image[0, 0, 0])))
        gate.release()
    assert seen == [(0, 0), (1, 1), (2, 2)]
    source.close()


def test_a_stream_that_stays_away_ends(monkeypatch):
    monkeypatch.setattr(live_module, "RETRY_S", (0.0,))
    attempts = iter([[1]])
    source = LiveSource(lambda: ScriptedCapture(map(image, next(attempts, ()))), "stream", reconnect_s=0.2)
    assert source.read().index == 0
    assert source.read() is None
    assert source.ended
    assert not source.signal


def test_silence_is_a_lost_signal():
    now = [0.0]
    gate = threading.Semaphore(0)
    source = LiveSource(lambda: ScriptedCapture(gated(range(3), gate)), "camera", clock=lambda: now[0])
    source.read()
    assert source.signal
    now[0] += live_module.SIGNAL_S + 0.1
    assert not source.signal
    gate.release()
    source.read()
    assert source.signal
    source.close()
    gate.release()


class MotionJpeg(http.server.BaseHTTPRequestHandler):
    """Sends the moving target as multipart JPEG; ``frames`` a connection, then it hangs up."""

    frames = 200
    pause_s = 0.02

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            for index in range(self.frames):
                data = cv2.imencode(".jpg", textured_image(index))[1].tobytes()
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n")
                self.wfile.write(f"Content-Length: {len(data)}\r\n\r\n".encode() + data + b"\r\n")
                self.server.gone.wait(self.pause_s)
        except OSError:
            pass

    def log_message(self, *_):
        pass


@pytest.fixture
def stream():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), MotionJpeg)
    server.daemon_threads = True
    server.gone = threading.Event()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/live"
    server.gone.set()
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE_S)


def test_a_stream_is_read_over_the_network(stream):
    source = open_source(stream)
    frames = [source.read() for _ in range(10)]
    assert (source.info.live, source.info.time_source) == (True, "clock")
    assert (source.info.width, source.info.height) == (320, 240)
    assert all(a.index < b.index for a, b in itertools.pairwise(frames))
    assert all(abs((b.arrival_s - a.arrival_s) - (b.time_s - a.time_s)) < 1e-6 for a, b in itertools.pairwise(frames))
    source.close()


def test_a_slow_reader_sees_the_newest_frame_of_a_stream(stream):
    source = open_source(stream)
    first = source.read()
    deadline = time.monotonic() + PATIENCE_S
    while source.dropped < 10 and time.monotonic() < deadline:
        source._thread.join(0.01)
    second = source.read()
    assert second.index - first.index >= 10
    source.close()


def test_a_stream_is_tracked_by_the_worker_to_its_end(stream, monkeypatch):
    monkeypatch.setattr(MotionJpeg, "frames", 30)
    told = []
    changed = threading.Condition()

    def on_event(event):
        with changed:
            told.append(event)
            changed.notify_all()

    def came(kind):
        return any(isinstance(event, kind) for event in told)

    worker = Worker(
        lambda: FakeTracker(lambda t, i: moving_box(i)), lambda: None, on_event, lambda s: open_source(s, reconnect=0.0)
    )
    worker.start()
    worker.open(stream)
    worker.init_target(moving_box(0), 0)
    with changed:
        assert changed.wait_for(lambda: came(events.Ended) or came(events.Failed), PATIENCE_S)
    assert came(events.TargetStarted)
    assert len(worker.log.rows(1)) > 3
    worker.stop()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()


def test_nobody_there_is_a_sentence(monkeypatch):
    with pytest.raises(SourceError, match="sends no picture"):
        open_source("http://127.0.0.1:9/nothing")


@pytest.mark.parametrize("what", ["live", "file"])
def test_a_program_may_end_while_a_source_is_open(tmp_path, what):
    """Threads inside the decoder must not take the ending process down."""
    clip = tmp_path / "clip.mp4"
    write_clip(clip, 300)
    opening = {
        "file": f"source = FileSource({str(clip)!r})",
        "live": f"source = LiveSource(lambda: cv2.VideoCapture({str(clip)!r}), 'clip', 60.0)",
    }[what]
    program = (
        "import cv2\nfrom engine.sources.file import FileSource\nfrom engine.sources.live import LiveSource\n"
        f"{opening}\nsource.read()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_pause_between_attempts_is_cut_short_by_a_retry(monkeypatch):
    monkeypatch.setattr(live_module, "RETRY_S", (3600.0,))
    attempts = iter([[image(0)], [image(1)]])
    opened = threading.Semaphore(0)

    def reopen():
        opened.release()
        return ScriptedCapture(iter(next(attempts)))

    source = LiveSource(reopen, "stream", reconnect_s=float("inf"))
    assert source.read().index == 0
    assert opened.acquire(timeout=PATIENCE_S)
    assert not opened.acquire(timeout=0.05) and not source.ended  # waits for an hour
    source.retry()
    assert opened.acquire(timeout=PATIENCE_S)
    assert int(source.read().image[0, 0, 0]) == 1
    source.close()
    assert source.ended


def test_pictures_of_another_size_after_a_reconnect_are_fitted(monkeypatch):
    monkeypatch.setattr(live_module, "RETRY_S", (0.0,))
    attempts = iter([[image(7)], [np.full((32, 40, 3), 9, np.uint8)]])
    source = LiveSource(lambda: ScriptedCapture(iter(next(attempts, ()))), "stream", reconnect_s=PATIENCE_S)
    frames = [source.read()]
    while frames[-1].index < 1:
        frames.append(source.read())
    assert frames[-1].size == (source.info.width, source.info.height) == (20, 16)
    assert int(frames[-1].image[0, 0, 0]) == 9
    source.close()


def test_attempts_are_counted_until_a_frame_comes(monkeypatch):
    monkeypatch.setattr(live_module, "RETRY_S", (0.0,))
    back = threading.Event()
    waits = threading.Event()

    def reopen():
        if not reopen.calls:
            reopen.calls.append(1)
            return ScriptedCapture(iter([image(0)]))
        reopen.calls.append(1)
        if len(reopen.calls) < 5:
            return ScriptedCapture(iter(()), opens=False)
        waits.set()
        assert back.wait(PATIENCE_S)
        return ScriptedCapture(gated([0, 1], threading.Semaphore(0)))

    reopen.calls = []
    source = LiveSource(reopen, "stream", reconnect_s=float("inf"))
    assert waits.wait(PATIENCE_S)
    assert source.attempts == 4
    source.read()
    back.set()
    assert source.read().index == 1 and source.attempts == 0
    source.close()
