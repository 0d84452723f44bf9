"""Another tracker's features of search crops: what millions of labelled frames taught it, at second hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.augment import Image
from training.one_thread import one_thread_session

CHANNELS = 96
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)
HALF_CELL = 8
"""The teacher's cell j lies at pixel 16 j, ours at 16 j + 8: its crop is moved by so much."""


class Teacher:
    """A backbone as an ONNX file: ``image (1, 3, 256, 256)`` RGB -> ``(1, 96, 16, 16)``."""

    def __init__(self, backbone: Path) -> None:
        self._session = one_thread_session(backbone)

    def __call__(self, crop: Image) -> NDArray[np.float16]:
        """``(96, 16, 16)`` on the project's own grid of cells, of a crop ``(256, 256, 3) uint8`` BGR."""
        moved = np.asarray(
            cv2.copyMakeBorder(crop[HALF_CELL:, HALF_CELL:], 0, HALF_CELL, 0, HALF_CELL, cv2.BORDER_REPLICATE)
        )
        image = (moved[..., ::-1].astype(np.float32) - MEAN) / STD
        out = self._session.run(None, {"image": np.ascontiguousarray(image.transpose(2, 0, 1)[None])})[0]
        return np.asarray(out[0], dtype=np.float16)
