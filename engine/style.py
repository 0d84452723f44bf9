"""Colours, dashes and words of everything drawn over a picture, without any toolkit: shared by window and video.

Colours are R, G, B 0..255. States differ by colour and dash and word, so that none needs colour vision.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from engine.types import Float64Array, ProposalKind, TrackState, UInt8Array, read_only

Rgb = tuple[int, int, int]

INK: Rgb = (244, 246, 249)
"""Text over the picture."""
PLATE: Rgb = (12, 14, 18)
"""The plate below that text; at :data:`PLATE_ALPHA` any picture leaves a contrast above 4.5."""
PLATE_ALPHA = 0.84

STATE_COLORS: dict[TrackState, Rgb] = {
    TrackState.INIT: (53, 224, 194),
    TrackState.TRACKED: (53, 224, 194),
    TrackState.UNCERTAIN: (255, 194, 75),
    TrackState.LOST: (255, 111, 78),
    TrackState.MANUAL: (201, 162, 255),
    TrackState.ABSENT: (164, 173, 186),
}
STATE_DASHES: dict[TrackState, tuple[float, float] | None] = {
    TrackState.INIT: None,
    TrackState.TRACKED: None,
    TrackState.UNCERTAIN: (6.0, 4.0),
    TrackState.LOST: (1.0, 3.5),
    TrackState.MANUAL: None,
    TrackState.ABSENT: (1.0, 3.5),
}
"""Line and gap in widths of the pen; None is a solid line."""
STATE_WORDS: dict[TrackState, str] = {
    TrackState.INIT: "START",
    TrackState.TRACKED: "TRACKING",
    TrackState.UNCERTAIN: "UNSURE",
    TrackState.LOST: "LOST",
    TrackState.MANUAL: "DRAWN",
    TrackState.ABSENT: "NOT IN VIEW",
}

PROPOSAL_COLORS: dict[ProposalKind, Rgb] = {
    ProposalKind.LOCAL: (86, 180, 233),
    ProposalKind.LOCATED: (240, 228, 66),
    ProposalKind.GLOBAL: (255, 130, 200),
}
SEARCH_COLOR: Rgb = (214, 220, 230)
SEARCH_DASH = (4.0, 4.0)
REGION_COLOR: Rgb = (255, 130, 200)

TARGET_COLORS: tuple[Rgb, ...] = (
    (53, 224, 194),
    (170, 114, 255),
    (200, 230, 82),
    (246, 165, 255),
    (116, 178, 116),
    (216, 97, 180),
    (165, 255, 165),
    (44, 178, 44),
)
"""Any two are at least 18 apart in L*a*b* with and without each kind of colour blindness, and 35 from the states'."""

# dark violet over red to pale yellow: lightness rises all the way, so it reads in grey and for every colour vision
_HEAT_STOPS: tuple[tuple[float, Rgb], ...] = (
    (0.0, (8, 4, 32)),
    (0.25, (88, 18, 110)),
    (0.5, (190, 52, 86)),
    (0.75, (248, 132, 32)),
    (1.0, (252, 250, 176)),
)
_HEAT_MAPS = {
    "inferno": cv2.COLORMAP_INFERNO,
    "magma": cv2.COLORMAP_MAGMA,
    "viridis": cv2.COLORMAP_VIRIDIS,
    "cividis": cv2.COLORMAP_CIVIDIS,
}
HEAT_MAPS = ("ember", *_HEAT_MAPS)
"""Names of the heatmap's colour maps, the usual one first; in each, lightness rises with attention."""
HEAT_FLOOR = 0.06
"""Attention below this is not drawn at all."""


def target_color(target: int) -> Rgb:
    """The colour of a target by its number, from 1."""
    return TARGET_COLORS[(target - 1) % len(TARGET_COLORS)]


def heat_colors(colormap: str = HEAT_MAPS[0]) -> Float64Array:
    """``(256, 3) float64`` R, G, B 0..255 of a colour map of :data:`HEAT_MAPS`; unknown names get the usual one."""
    if colormap in _HEAT_MAPS:
        ramp = np.arange(256, dtype=np.uint8)[:, None]
        return cv2.applyColorMap(ramp, _HEAT_MAPS[colormap])[:, 0, ::-1].astype(np.float64)
    value = np.linspace(0.0, 1.0, 256)
    at = [stop for stop, _ in _HEAT_STOPS]
    return np.stack([np.interp(value, at, [rgb[c] for _, rgb in _HEAT_STOPS]) for c in range(3)], axis=1)


@lru_cache(maxsize=16)
def heat_table(opacity: float = 0.7, colormap: str = HEAT_MAPS[0]) -> UInt8Array:
    """``(256, 4) uint8`` R, G, B, A premultiplied, for attention 0..255; alpha rises with the value."""
    value = np.linspace(0.0, 1.0, 256)
    colors = heat_colors(colormap)
    alpha = np.clip((value - HEAT_FLOOR) / (0.6 - HEAT_FLOOR), 0.0, 1.0) ** 0.8 * min(max(opacity, 0.0), 1.0)
    return read_only(np.round(np.column_stack([colors * alpha[:, None], alpha * 255.0])).astype(np.uint8))
