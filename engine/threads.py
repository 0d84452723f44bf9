"""How many threads the libraries under the networks take, so that they leave the cores to these."""

from __future__ import annotations

import cv2  # noqa: F401  (brings a BLAS of its own, which must be there to be limited)
import numpy as np  # noqa: F401
from threadpoolctl import threadpool_limits


def limit_blas() -> None:
    """Keep every BLAS in the process to the calling thread.

    OpenBLAS's threads go on polling for milliseconds after each product, on cores that the networks need.
    The products here are small.
    """
    threadpool_limits(limits=1, user_api="blas")
