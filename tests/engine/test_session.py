"""Project files: what goes in comes out, and whatever is wrong with one is said."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.calibration import Calibration
from engine.errors import SessionError
from engine.identity import identify
from engine.session import Session, SessionHead, SourceRecord
from engine.session_file import load_session, save_session
from engine.session_json import absolute_path, relative_path
from engine.target_info import TargetInfo
from engine.testing import FakeTracker, moving_box
from engine.types import Box
from tests.engine.session_strategies import same_rows, sessions
from tests.engine.test_player import Stage

quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def work(tmp_path):
    """Two targets with everything that can be said of them."""
    stage = Stage(tracker=FakeTracker(lambda t, i: moving_box(i), lost={1: [range(5, 9)]}))
    stage.player.show(0)
    stage.player.start(1, moving_box(0), 0)
    stage.player.start(2, Box(20, 20, 30, 40), 0)
    stage.advance(20)
    stage.player.start(1, Box(50, 60, 30, 40), 12)
    head = SessionHead(
        SourceRecord(str(tmp_path / "clips" / "mouse.mp4"), False, 320, 240, 29.97, 300),
        (TargetInfo(1, "left mouse", 5), TargetInfo(2, hidden=True)),
        frozenset({1}),
        frame=12,
        selected=2,
        in_frame=3,
        out_frame=250,
        calibration=Calibration(0.25, "mm", (10.0, 20.0), True),
        plot="speed",
    )
    return Session(head, {target: stage.log.rows(target) for target in stage.log.targets})


def check(saved, loaded, **changed):
    assert loaded.head == replace(saved.head, **changed)
    assert set(loaded.tracks) == set(saved.tracks)
    for target, rows in saved.tracks.items():
        assert same_rows(rows, loaded.tracks[target], search_within=0.006)


def test_a_piece_of_work_comes_back_whole(tmp_path):
    session = work(tmp_path)
    path = tmp_path / "mouse.attntrack"
    save_session(path, session)
    check(session, load_session(path), project=str(path))
    assert [entry.name for entry in tmp_path.iterdir()] == ["mouse.attntrack"]


def test_the_file_can_be_read_by_others(tmp_path):
    save_session(tmp_path / "mouse.attntrack", work(tmp_path))
    values = json.loads((tmp_path / "mouse.attntrack").read_text(encoding="utf-8"))
    assert (values["format"], values["version"]) == ("attntrack-project", 1)
    assert values["source"]["path"] == "clips/mouse.mp4", "seen from the project"
    assert values["keyframes"]["1"] == [{"frame": 0, "kind": "start"}, {"frame": 12, "kind": "drawn"}]
    row = dict(zip(values["columns"], values["tracks"]["1"][6], strict=True))
    assert (row["frame"], row["state"], row["origin"], row["x"]) == (6, "lost", "track", None)
    assert values["targets"][0] == {"id": 1, "name": "left mouse", "color": 5, "hidden": False, "followed": True}


def test_a_moved_folder_keeps_its_video(tmp_path):
    (tmp_path / "a").mkdir()
    save_session(tmp_path / "a" / "mouse.attntrack", work(tmp_path / "a"))
    (tmp_path / "a").rename(tmp_path / "b")
    loaded = load_session(tmp_path / "b" / "mouse.attntrack")
    assert loaded.head.source.path == str(tmp_path / "b" / "clips" / "mouse.mp4")


@quick
@given(sessions())
def test_any_work_comes_back_whole(tmp_path, session):
    path = tmp_path / "any.attntrack"
    save_session(path, session)
    loaded = load_session(path)
    source = session.head.source
    there = source.path if source.live else absolute_path(relative_path(source.path, tmp_path), tmp_path)
    infos = {info.id: info for info in session.head.targets}
    check(
        session,
        loaded,
        source=replace(source, path=there),
        targets=tuple(infos[id] for id in sorted(infos)),
        project=str(path),
    )
    before = path.read_text(encoding="utf-8")
    save_session(path, loaded)
    assert path.read_text(encoding="utf-8") == before, "saving what was loaded changes nothing"


@quick
@given(sessions(), st.data())
def test_a_cut_file_is_said_to_be_damaged(tmp_path, session, data):
    path = tmp_path / "cut.attntrack"
    save_session(path, session)
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 3))])
    with pytest.raises(SessionError, match=r"damaged|no AttnTrack project|cannot be read"):
        load_session(path)


@quick
@given(st.data())
def test_whatever_stands_in_a_file_is_loaded_or_refused(tmp_path, data):
    """Any one value of a good file replaced by any other: an error of ours, or work that can be saved again."""
    path = tmp_path / "odd.attntrack"
    save_session(path, work(tmp_path))
    values = json.loads(path.read_text(encoding="utf-8"))
    values["tracks"] = {"1": values["tracks"]["1"][:3]}
    places = []

    def walk(value, place):
        places.append(place)
        for key, inner in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            walk(inner, (*place, key))

    walk(values, ())
    place = data.draw(st.sampled_from([p for p in places if p]))
    holder = values
    for key in place[:-1]:
        holder = holder[key]
    odd = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})
    holder[place[-1]] = data.draw(odd)
    path.write_text(json.dumps(values), encoding="utf-8")
    try:
        loaded = load_session(path)
    except SessionError as error:
        assert "odd.attntrack" in str(error) and str(error).endswith(".")
    else:
        save_session(path, loaded)
        check(loaded, load_session(path))


def test_a_newer_file_asks_for_a_newer_program(tmp_path):
    path = tmp_path / "new.attntrack"
    path.write_text('{"format": "attntrack-project", "version": 99}')
    with pytest.raises(SessionError, match=r"newer AttnTrack .format 99.*update the program"):
        load_session(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is not there"),
        (b"\xff\xfe\x00", "cannot be read as a project"),
        (b"", "no AttnTrack project"),
        (b"[1, 2]", "no AttnTrack project"),
        (b'{"format": "other"}', "no AttnTrack project"),
        (b'{"format": "attntrack-project", "version": 0}', "damaged"),
        (b'{"format": "attntrack-project", "version": 1}', "damaged"),
    ],
)
def test_what_is_no_project_is_said_with_what_to_do(tmp_path, content, message):
    path = tmp_path / "x.attntrack"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SessionError, match=message):
        load_session(path)


def test_a_file_that_can_not_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    session = work(tmp_path)
    path = tmp_path / "mouse.attntrack"
    save_session(path, session)
    before = path.read_bytes()
    with pytest.raises(SessionError, match="not there: create it"):
        save_session(tmp_path / "nowhere" / "mouse.attntrack", session)

    def full(self, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.formats.base.PartFile.write", full)
    with pytest.raises(OSError, match="No space"):
        save_session(path, session)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["mouse.attntrack"]


def test_a_source_is_known_again_by_its_contents(tmp_path):
    video, other = tmp_path / "a.mp4", tmp_path / "b.mp4"
    video.write_bytes(b"x" * 3_000_000)
    other.write_bytes(b"x" * 3_000_000)
    record = SourceRecord(str(video), False, 320, 240, 25.0).identified()
    assert record.size == 3_000_000 and record.is_at(str(other))
    other.write_bytes(b"x" * 2_999_999)
    assert not record.is_at(str(other))
    assert not record.is_at(str(tmp_path / "gone.mp4"))
    assert replace(record, sha256_first_mb=None).is_at("anything"), "nothing is known that speaks against it"
    live = SourceRecord("0", True, 320, 240, 25.0)
    assert live.identified() is live


def test_a_folder_of_images_is_known_by_its_names_and_sizes(tmp_path):
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(b"x" * 10)
    size, digest = identify(str(tmp_path))
    assert size == 20 and len(digest) == 64
    (tmp_path / "2.png").rename(tmp_path / "3.png")
    assert identify(str(tmp_path)) != (size, digest)
    assert identify(str(tmp_path / "gone")) == (None, None)


def test_paths_are_seen_from_the_project(tmp_path):
    assert relative_path(str(tmp_path / "v" / "a.mp4"), tmp_path) == "v/a.mp4"
    assert relative_path("http://host/a.mp4", tmp_path) == "http://host/a.mp4"
    assert absolute_path("v/a.mp4", tmp_path) == str(tmp_path / "v" / "a.mp4")
    assert absolute_path("C:\\v\\a.mp4", tmp_path) == "C:\\v\\a.mp4"
    assert absolute_path("/v/a.mp4", tmp_path) == "/v/a.mp4"


def test_a_file_that_another_program_laid_out_anew_is_read_all_the_same(tmp_path):
    session = work(tmp_path)
    path = tmp_path / "mouse.attntrack"
    save_session(path, session)
    values = json.loads(path.read_text(encoding="utf-8"))
    for text in (json.dumps(values), json.dumps(values, indent=1), json.dumps({"more": 1, **values}, indent=4)):
        path.write_text(text, encoding="utf-8")
        check(session, load_session(path), project=str(path))


def test_a_newer_file_is_refused_for_what_it_is_whatever_its_rows_look_like(tmp_path):
    path = tmp_path / "new.attntrack"
    save_session(path, work(tmp_path))
    text = path.read_text(encoding="utf-8").replace('"version": 1', '"version": 2').replace('"init", "init"', "{}")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SessionError, match="newer AttnTrack"):
        load_session(path)


def test_long_tracks_are_written_and_read_in_parts(tmp_path, monkeypatch):
    session = work(tmp_path)
    rows = np.zeros(1700, dtype=session.tracks[1].dtype)
    rows["frame"] = np.arange(1700)
    rows["box"] = np.arange(1700)[:, None] / 7
    rows["search"] = np.nan
    path = tmp_path / "long.attntrack"
    save_session(path, Session(session.head, {1: rows, 2: rows[:0], 3: rows[:500]}))
    longest = []
    loads = json.loads
    monkeypatch.setattr(json, "loads", lambda text: longest.append(len(text)) or loads(text))
    loaded = load_session(path).tracks
    assert same_rows(loaded[1], rows) and same_rows(loaded[3], rows[:500]) and not len(loaded[2])
    assert max(longest) < path.stat().st_size / 3
