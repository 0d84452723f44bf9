import argparse
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import track
from app.export_job import ExportPlan, command_line
from engine.formats import FORMATS, TrackMeta
from engine.render import Overlay
from engine.sources.base import SourceInfo
from engine.track_log import TrackLog
from engine.types import Box, Target, TrackState

META = TrackMeta("my clips/a b.mp4", SourceInfo("a b.mp4", 640, 480, 30.0, 100, False, "pts"))


def log(first=10, last=40, targets=(1, 2)):
    made = TrackLog()
    for frame in range(first, last + 1):
        made.record(frame, frame / 30, [Target(t, Box(10 * t, 20, 30.5, 40), 1.0, TrackState.TRACKED) for t in targets])
    return made


def parsed(command):
    words = shlex.split(command)
    assert words[:2] == ["attntrack", "track"]
    parser = argparse.ArgumentParser()
    track.add_arguments(parser)
    return parser.parse_args(words[2:])


@pytest.mark.parametrize("format", FORMATS)
def test_the_command_is_one_the_command_line_takes(format):
    values = parsed(command_line(ExportPlan(Path("out dir/t.txt"), format, META), log()))
    assert values.source == META.source and (values.start, values.end) == (10, 40)
    assert values.box == [Box(10, 20, 30.5, 40), Box(20, 20, 30.5, 40)]
    assert (values.csv or values.out) == Path("out dir/t.txt")


def test_the_command_of_a_video_names_its_layers():
    overlay = replace(Overlay(), box=True, trail=True, search=True)
    values = parsed(command_line(ExportPlan(Path("t.mp4"), "video", META, overlay), log(first=0)))
    assert values.video_out == Path("t.mp4") and values.start == 0
    assert values.overlay == overlay
