"""Pieces of work for property tests: any that the program could come to."""

import numpy as np
from hypothesis import strategies as st

from engine.calibration import Calibration
from engine.session import Session, SessionHead, SourceRecord
from engine.target_info import TargetInfo, tidy_name
from engine.track_rows import ORIGINS, ROW, STATES

finite = st.floats(-1e9, 1e9)
maybe_frame = st.none() | st.integers(0, 10**9)
names = st.text(max_size=80).map(tidy_name)


@st.composite
def rows(draw):
    frames = sorted(draw(st.sets(st.integers(0, 10**9), max_size=12)))
    made = np.zeros(len(frames), dtype=ROW)
    for row, frame in zip(made, frames, strict=True):
        box = draw(st.none() | st.tuples(finite, finite, finite, finite))
        search = draw(st.none() | st.tuples(*[st.floats(-1e4, 1e4, width=32)] * 4))
        row["frame"], row["time_s"], row["confidence"] = frame, draw(finite), draw(st.floats(0, 1))
        row["box"] = np.nan if box is None else box
        row["search"] = np.nan if search is None else search
        row["state"] = draw(st.integers(0, len(STATES) - 1))
        row["origin"] = draw(st.integers(0, len(ORIGINS) - 1))
    return made


sources = st.builds(
    SourceRecord,
    st.sampled_from(["clips/a.mp4", "../b.mp4", "/videos/c.mp4", "über/ж.mp4", "http://host/d.mp4"]),
    st.booleans(),
    st.integers(1, 10**5),
    st.integers(1, 10**5),
    st.floats(0.01, 1000),
    maybe_frame,
    maybe_frame,
    st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
)
calibrations = st.builds(
    Calibration, st.floats(1e-6, 1e6), st.sampled_from(["px", "mm", "µm"]), st.tuples(finite, finite), st.booleans()
)
infos = st.dictionaries(
    st.integers(1, 99), st.tuples(names, st.none() | st.integers(1, 8), st.booleans()), max_size=4
).map(lambda d: tuple(TargetInfo(id, *rest) for id, rest in sorted(d.items())))


@st.composite
def sessions(draw):
    tracks = draw(st.dictionaries(st.integers(1, 99), rows(), max_size=3))
    known = draw(infos)
    ids = [info.id for info in known]
    head = SessionHead(
        draw(sources),
        known,
        frozenset(draw(st.sets(st.sampled_from(ids))) if ids else ()),
        draw(st.integers(0, 10**9)),
        draw(st.none() | st.integers(1, 99)),
        draw(maybe_frame),
        draw(maybe_frame),
        draw(calibrations),
        draw(names),
    )
    return Session(head, tracks)


def same_rows(one, other, search_within=0.0):
    """Whether two rows arrays hold the same, bit by bit but for the search windows."""
    plain = [name for name in ROW.names if name != "search"]
    return (
        len(one) == len(other)
        and all(one[name].tobytes() == other[name].tobytes() for name in plain)
        and bool((np.isnan(one["search"]) == np.isnan(other["search"])).all())
        and bool(np.nanmax(np.abs(one["search"] - other["search"]), initial=0.0) <= search_within)
    )
