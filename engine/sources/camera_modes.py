"""The picture sizes and rates that a camera offers, asked of Video4Linux."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Ioctl = Callable[[int, int, bytearray], object]

# linux/videodev2.h: numbers of the requests, and the structures as packed fields
_ENUM_FORMATS, _ENUM_SIZES, _ENUM_INTERVALS = 0xC0405602, 0xC02C564A, 0xC034564B
_FORMAT, _SIZE, _INTERVAL = "=3I32s2I12x", "=9I8x", "=11I8x"
_VIDEO_CAPTURE, _DISCRETE = 1, 1
_MOST = 64
"""Entries of a list that are read at most: a driver that never says "no more" must not hang the program."""

COMMON_SIZES = ((1920, 1080), (1280, 720), (640, 480), (320, 240))


@dataclass(frozen=True, slots=True)
class CameraMode:
    """A size in pixels and frames a second; ``fourcc`` is how the pictures come over the cable, empty if not known."""

    width: int
    height: int
    fps: float
    fourcc: str = ""

    @property
    def spec(self) -> str:
        """How it is asked for behind a camera's number: ``@1280x720@30``, or ``@1280x720`` at any rate (``fps`` 0)."""
        return f"@{self.width}x{self.height}" + (f"@{self.fps:g}" if self.fps else "")


def camera_modes(index: int, folder: Path = Path("/dev"), ioctl: Ioctl | None = None) -> list[CameraMode]:
    """What the camera offers, the largest first: for each size the format with the highest rate; empty if unknown."""
    try:
        if ioctl is None:
            from fcntl import ioctl as system_ioctl  # not on every system

            ioctl = system_ioctl
        device = os.open(folder / f"video{index}", os.O_RDWR | os.O_NONBLOCK)
    except (ImportError, OSError):
        return []
    try:
        best: dict[tuple[int, int], CameraMode] = {}
        for mode in _offered(device, ioctl):
            known = best.get((mode.width, mode.height))
            if known is None or mode.fps > known.fps:
                best[mode.width, mode.height] = mode
        return sorted(best.values(), key=lambda mode: (-mode.width * mode.height, -mode.width))
    finally:
        os.close(device)


def _offered(device: int, ioctl: Ioctl) -> Iterator[CameraMode]:
    for entry in _listed(device, ioctl, _ENUM_FORMATS, _FORMAT, (_VIDEO_CAPTURE,)):
        pixels = int(entry[4])
        fourcc = pixels.to_bytes(4, "little").decode("ascii", "replace")
        for width, height in _sizes(device, ioctl, pixels):
            for fps in _rates(device, ioctl, pixels, width, height):
                yield CameraMode(width, height, fps, fourcc)


def _sizes(device: int, ioctl: Ioctl, pixels: int) -> Iterator[tuple[int, int]]:
    for _, _, kind, a, b, _, c, d, _ in _listed(device, ioctl, _ENUM_SIZES, _SIZE, (pixels,)):
        if kind == _DISCRETE:
            yield a, b
            continue
        least_w, most_w, least_h, most_h = a, b, c, d  # any size between: those that people know are offered
        yield most_w, most_h
        for width, height in COMMON_SIZES:
            if least_w <= width <= most_w and least_h <= height <= most_h:
                yield width, height
        return


def _rates(device: int, ioctl: Ioctl, pixels: int, width: int, height: int) -> Iterator[float]:
    for entry in _listed(device, ioctl, _ENUM_INTERVALS, _INTERVAL, (pixels, width, height)):
        numerator, denominator = entry[5], entry[6]  # of the only interval, or of the shortest one
        if numerator and denominator:
            yield round(denominator / numerator, 2)
        if entry[4] != _DISCRETE:
            return


def _listed(
    device: int, ioctl: Ioctl, request: int, layout: str, question: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """The entries of one of the driver's lists, until it says that there are no more."""
    for index in range(_MOST):
        data = bytearray(struct.calcsize(layout))
        struct.pack_into(f"={1 + len(question)}I", data, 0, index, *question)
        try:
            ioctl(device, request, data)
        except OSError:
            return
        yield struct.unpack(layout, data)
