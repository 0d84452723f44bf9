"""Annotated clips in a folder: plain NAME.mp4 + NAME.txt, and the layouts of the field's datasets, a file each."""

from __future__ import annotations

from engine.datasets.clip import IMAGE_SUFFIXES, VIDEO_SUFFIXES, Clip, Found, Layout
from engine.datasets.find import LAYOUTS, find_clips, survey
from engine.datasets.truth import read_truth

__all__ = [
    "IMAGE_SUFFIXES",
    "LAYOUTS",
    "VIDEO_SUFFIXES",
    "Clip",
    "Found",
    "Layout",
    "find_clips",
    "read_truth",
    "survey",
]
