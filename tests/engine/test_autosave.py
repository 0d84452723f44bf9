"""The autosave: what it says is safe is safe, and it says so within its interval."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from engine.autosave import INTERVAL_S, Autosave
from engine.journal import read_journal
from engine.testing import moving_box
from engine.track_log import TrackLog
from engine.track_rows import no_rows
from engine.types import Target, TrackState
from tests.engine.session_strategies import same_rows
from tests.engine.test_session import work


@pytest.fixture
def log():
    return TrackLog()


@pytest.fixture
def head(tmp_path):
    return work(tmp_path).head


def record(log, first, last):
    for frame in range(first, last):
        log.record(frame, frame / 30, [Target(1, moving_box(frame), 0.9, TrackState.TRACKED)])


def test_what_changed_is_added_and_the_rest_is_not_written_again(log, head, tmp_path):
    path = tmp_path / "auto" / "a.journal"
    saving = Autosave(log, path)
    saving.set_head(head)
    saving.write()
    assert not path.exists(), "without a row there is nothing to keep"
    record(log, 0, 1000)
    saving.write()
    size = path.stat().st_size
    record(log, 1000, 1010)
    log.splice(1, 500, 501, no_rows())
    saving.write()
    assert path.stat().st_size - size < 520 * 80, "from the hole to the end"
    saving.write()
    found = read_journal(path)
    assert same_rows(found.tracks[1], log.rows(1)) and found.head == head
    saving.stop(keep=False)
    assert not path.exists()


def test_a_long_journal_is_begun_anew(log, head, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.autosave.SLACK_BYTES", 10_000)
    path = tmp_path / "a.journal"
    saving = Autosave(log, path)
    saving.set_head(head)
    record(log, 0, 100)
    sizes = []
    for _ in range(20):
        rows = log.rows(1)
        log.splice(1, 0, None, rows)
        saving.write()
        sizes.append(path.stat().st_size)
    assert max(sizes) < 5 * sizes[0] and sizes.count(sizes[0]) == 5
    assert same_rows(read_journal(path).tracks[1], log.rows(1))


def test_without_work_the_journal_goes(log, head, tmp_path):
    path = tmp_path / "a.journal"
    saving = Autosave(log, path)
    saving.set_head(head)
    record(log, 0, 10)
    saving.write()
    saving.set_head(None)
    saving.write()
    assert not path.exists()
    record(log, 10, 20)
    saving.set_head(head)
    saving.write()
    assert len(read_journal(path).tracks[1]) == 20, "and begins anew with everything"


def test_a_full_disk_is_told_once_and_all_is_kept_when_there_is_room_again(log, head, tmp_path, monkeypatch):
    told = []
    saving = Autosave(log, tmp_path / "a.journal", told.append)
    saving.set_head(head)
    record(log, 0, 10)
    assert saving.write()

    def full(fd):
        raise OSError(28, "No space left on device")

    record(log, 10, 20)
    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        assert not saving.write() and not saving.write()
        assert told == ["Your work is not saved automatically now (No space left on device): save the project."]
        assert len(read_journal(tmp_path / "a.journal").tracks[1]) >= 10
    assert saving.write()
    assert same_rows(read_journal(tmp_path / "a.journal").tracks[1], log.rows(1))


def test_the_journal_of_a_program_that_died_is_taken_over(log, head, tmp_path):
    dead, own = tmp_path / "dead.journal", tmp_path / "own.journal"
    record(log, 0, 10)
    before = Autosave(log, dead)
    before.set_head(head)
    before.write()
    saving = Autosave(log, own)
    saving.set_head(None)
    saving.write()
    assert dead.exists(), "not ours yet"
    record(log, 10, 20)
    saving.set_head(head, dead)
    saving.write()
    assert len(read_journal(dead).tracks[1]) == 20 and not own.exists()
    saving.set_head(None, dead)
    saving.write()
    assert list(tmp_path.iterdir()) == [], "saved: it is not needed any more"
    saving.set_head(head)
    saving.write()
    assert own.exists() and not dead.exists()


def test_the_thread_writes_by_itself_and_ends(log, head, tmp_path):
    path = tmp_path / "a.journal"
    saving = Autosave(log, path)
    written = threading.Event()
    write = saving._journal.restart
    saving._journal.restart = lambda *args: (write(*args), written.set())
    saving.start()
    saving.set_head(head)
    record(log, 0, 10)
    assert written.wait(60 * INTERVAL_S)
    record(log, 10, 20)
    saving.stop(keep=True)
    assert len(read_journal(path).tracks[1]) == 20, "ending writes what is left"
    again = Autosave(log, tmp_path / "b.journal")
    again.start()
    again.set_head(head)
    again.stop(keep=False)
    assert not (tmp_path / "b.journal").exists()


CHILD = """
import sys, time
from pathlib import Path
from engine.autosave import Autosave
from engine.testing import moving_box
from engine.track_log import TrackLog
from engine.types import Target, TrackState
from engine.session import SessionHead, SourceRecord

log = TrackLog()
saving = Autosave(log, Path(sys.argv[1]))
append = saving._journal.append
def told(head, patches):
    append(head, patches)
    print(max((int(p.rows["frame"][-1]) for p in patches if len(p.rows)), default=-1), flush=True)
saving._journal.append = told
saving.set_head(SessionHead(SourceRecord("clip.mp4", False, 320, 240, 30.0)))
saving.start()
for frame in range(10**9):
    log.record(frame, frame / 30, [Target(1, moving_box(frame % 500), 0.9, TrackState.TRACKED)])
    time.sleep(0.001)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no such signal on this system")
def test_a_process_that_is_killed_leaves_what_it_said_was_safe(tmp_path):
    path = tmp_path / "a.journal"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        safe = [int(child.stdout.readline()) for _ in range(3)][-1]
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    rows = read_journal(path).tracks[1]
    assert rows["frame"].tolist() == list(range(len(rows)))
    assert len(rows) > safe > 0
