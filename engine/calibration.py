"""How pixels of the picture become lengths in the world: scale, unit, origin, and which way y points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from engine.errors import FormatError
from engine.types import Float64Array

LONGEST_UNIT = 12
SHORTEST_PX = 2.0
"""A known length drawn shorter than this says too little of the scale."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A flat map from pixels to the world, seen from straight above.

    ``units_per_px`` is the length of one pixel in ``unit``; ``origin`` is x, y of the world's origin in pixels. Without
    a change it is pixels from the top-left corner with y downwards.
    """

    units_per_px: float = 1.0
    unit: str = "px"
    origin: tuple[float, float] = (0.0, 0.0)
    y_up: bool = False

    def __post_init__(self) -> None:
        """Raises FormatError for a scale, unit or origin of no use."""
        if not (math.isfinite(self.units_per_px) and self.units_per_px > 0):
            raise FormatError("The scale must be a number above 0: give the length of what was drawn.")
        if not self.unit or len(self.unit) > LONGEST_UNIT or any(c in self.unit for c in ',"\n\r\t'):
            raise FormatError(f"The unit must be a word of 1 to {LONGEST_UNIT} letters without commas, such as mm.")
        if not all(math.isfinite(v) for v in self.origin):
            raise FormatError("The origin must be a point of the picture: click it again.")

    @property
    def scaled(self) -> bool:
        """Whether lengths are in anything but pixels."""
        return self.unit != "px" or self.units_per_px != 1.0

    def with_length(
        self, start: tuple[float, float], end: tuple[float, float], length: float, unit: str
    ) -> Calibration:
        """The calibration after a line of known length was drawn between two points in pixels.

        Raises FormatError for a line that is too short, and for a length or unit of no use.
        """
        drawn = math.dist(start, end)
        if drawn < SHORTEST_PX:
            raise FormatError("The line is too short to measure by: draw it along something whose length you know.")
        if not (math.isfinite(length) and length > 0):
            raise FormatError("The length must be a number above 0.")
        return replace(self, units_per_px=length / drawn, unit=unit)

    def lengths(self, px: Float64Array) -> Float64Array:
        """Lengths, or lengths a second, in units, of ones in pixels."""
        return np.asarray(px, dtype=np.float64) * self.units_per_px

    def points(self, px: Float64Array) -> Float64Array:
        """``(..., 2) float64`` world coordinates of points in pixels."""
        turn = np.array([1.0, -1.0 if self.y_up else 1.0])
        return np.asarray((np.asarray(px, dtype=np.float64) - np.array(self.origin)) * turn * self.units_per_px)

    def as_dict(self) -> dict[str, Any]:
        """The values as JSON keeps them."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Calibration:
        """The calibration that :meth:`as_dict` gave. Raises FormatError."""
        try:
            x, y = (float(v) for v in values["origin"])
            return Calibration(float(values["units_per_px"]), str(values["unit"]), (x, y), y_up=values["y_up"] is True)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"The scale is damaged ({error}): draw the known length again.") from error


PIXELS = Calibration()
"""No calibration: lengths are in pixels."""
