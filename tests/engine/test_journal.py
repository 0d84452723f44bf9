"""The autosave's file: everything up to the last whole record comes back, however it ends."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import SessionError
from engine.journal import JournalWriter, read_journal
from engine.session import Session
from engine.track_log import TrackLog
from tests.engine.session_strategies import rows, same_rows, sessions
from tests.engine.test_session import work

quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def stories(draw):
    """Heads and changes of a log, step by step."""
    first = draw(sessions())
    steps = draw(st.lists(st.tuples(st.none() | sessions(), st.integers(1, 3), rows()), max_size=4))
    return first, steps


def told(path, story):
    """Write the story to a journal; after each step its size, and the work at that time."""
    first, steps = story
    log = TrackLog()
    for target, track in first.tracks.items():
        log.splice(target, 0, None, track)
    cursor = log.cursor()
    journal = JournalWriter(path)
    journal.restart(first.head, cursor.take())
    states = [(journal.size, Session(first.head, contents(log)))]
    head = first.head
    for session, target, track in steps:
        head = head if session is None else session.head
        log.splice(target, int(track["frame"][0]) if len(track) else 0, None, track)
        journal.append(None if session is None else head, cursor.take())
        states.append((journal.size, Session(head, contents(log))))
    journal.close()
    return states


def contents(log):
    return {target: log.rows(target) for target in log.targets}


def same(one, other):
    return one.head == other.head and set(one.tracks) == set(other.tracks) and all(
        same_rows(one.tracks[target], other.tracks[target]) for target in one.tracks
    )  # fmt: skip


def ordered(session):
    """Targets as a file lists them."""
    targets = tuple(sorted(session.head.targets, key=lambda target: target.id))
    return Session(replace(session.head, targets=targets), session.tracks)


@quick
@given(stories())
def test_the_last_state_comes_back(tmp_path, story):
    path = tmp_path / "a.journal"
    states = told(path, story)
    assert same(read_journal(path), ordered(states[-1][1]))
    assert path.stat().st_size == states[-1][0]


@quick
@given(stories(), st.data())
def test_a_cut_end_loses_only_what_was_cut(tmp_path, story, data):
    path = tmp_path / "a.journal"
    states = told(path, story)
    at = data.draw(st.integers(states[0][0], states[-1][0]))
    path.write_bytes(path.read_bytes()[:at])
    found = read_journal(path)
    whole = [session for size, session in states if size <= at][-1]
    if at in [size for size, _ in states]:
        assert same(found, ordered(whole))
    assert found.rows >= 0


@quick
@given(stories(), st.data())
def test_a_damaged_byte_is_never_taken_for_work(tmp_path, story, data):
    path = tmp_path / "a.journal"
    states = told(path, story)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    try:
        found = read_journal(path)
    except SessionError:
        assert at < states[0][0], "only the first record holds what cannot be done without"
        return
    before = [session for size, session in states if size <= at]
    if before and at in [size for size, _ in states]:
        assert same(found, ordered(before[-1]))


@pytest.mark.parametrize(
    "content", [None, b"", b"something else", b"ATTNTRACK-JOURNAL-1\n", b"ATTNTRACK-JOURNAL-1\n\1\2"]
)
def test_a_file_without_work_is_said(tmp_path, content):
    path = tmp_path / "a.journal"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SessionError, match=r"holds no autosaved work|cannot be read"):
        read_journal(path)


def test_beginning_anew_keeps_the_old_file_until_it_is_done(tmp_path, monkeypatch):
    path = tmp_path / "a.journal"
    log, head = TrackLog(), work(tmp_path).head
    journal = JournalWriter(path)
    journal.restart(head, log.cursor().take())
    before = path.read_bytes()

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        journal.restart(head, log.cursor().take())
    assert path.read_bytes() == before
    journal.discard()
    assert list(tmp_path.iterdir()) == []
