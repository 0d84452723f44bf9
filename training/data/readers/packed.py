"""Packed clips: ``NAME.jpegs``, the frames' JPEG files end to end, and ``NAME.offsets.npy``, where each begins."""

from __future__ import annotations

from pathlib import Path

from engine.datasets.plain import Plain

SUFFIX = ".jpegs"


def offsets_of(jpegs: Path) -> Path:
    """The file that says where the frames of a packed clip begin."""
    return jpegs.with_name(f"{jpegs.stem}.offsets.npy")


class Packed(Plain):
    """Packed clips with truth files of the same name beside them."""

    name = "packed"
    suffixes = (SUFFIX,)
