"""A frame's pixels as the screen wants them, made once a frame rather than with every paint."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def screen_pixels(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """The frame ``(H, W, 3)`` BGR as ``(h, w, 4)`` BGRA, shrunk by area first where the screen shows under half."""
    if scale < 0.5:
        factor = max(scale, 0.05)
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2BGRA), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), dtype=np.uint8)
