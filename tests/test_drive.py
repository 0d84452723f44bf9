"""The installed program in a real window, driven from outside: from a video to a corrected track, through a kill."""

import csv
import json

import numpy as np
import pytest

from engine.geometry import iou
from tests.drive.screen import missing
from tests.drive.tour import CORRECTED, END, KILLED, TRACKED, Look, Tour

NEARLY = 5
"""Frames: so closely is told which one is on the screen."""
FPS = 30


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(bool(missing()), reason=f"needs {', '.join(missing())}")
def test_a_newcomer_gets_a_corrected_exported_track(tmp_path):
    tour = Tour(tmp_path, Look())
    tour.run()
    rows = _rows(tour.track)
    frames = [int(row["frame"]) for row in rows]
    assert frames == list(range(len(rows))) and len(rows) > END - NEARLY
    assert rows[0]["state"] == "init" and rows[0]["origin"] == "init"
    drawn = rows[CORRECTED]
    assert drawn["state"] == "manual" and drawn["origin"] == "manual"
    boxes = np.array([[float(row[name] or "nan") for name in ("x", "y", "w", "h")] for row in rows])
    overlaps = iou(boxes, tour.truth[: len(rows)])
    assert overlaps[0] > 0.85 and overlaps[CORRECTED] > 0.85, "the boxes are where the mouse drew them"
    assert np.nanmean(overlaps[:TRACKED]) > 0.6 and np.nanmean(overlaps[CORRECTED:END]) > 0.6
    sidecar = json.loads(tour.track.with_suffix(".csv.json").read_text(encoding="utf-8"))
    assert sidecar["source"]["path"].endswith("cup.mp4")
    restored = _rows(tour.restored)
    assert tour.seen >= KILLED and len(restored) > tour.seen - NEARLY - FPS, "a kill loses one second at most"
    assert restored[: len(rows)] == rows


def _rows(track):
    with track.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
