"""Finds the video on the screen and tells which frame of it is shown, from nothing but pixels."""

import cv2
import numpy as np

COARSE = 0.25
"""Scale at which the screen is searched."""
GOOD = 0.7
"""Correlation from which on a picture is the one looked for; overlays lie on it."""
BANNER = 0.25
"""Share of a picture at its top that is not compared: messages lie there."""


class Sight:
    """Knows all frames of a video, and where on the screen it is once it was found."""

    def __init__(self, path, every=5):
        self._frames, self._every = [], every
        capture = cv2.VideoCapture(str(path))
        while True:
            good, frame = capture.read()
            if not good:
                break
            self._frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
        capture.release()
        self.scale, self.corner = 1.0, (0.0, 0.0)

    def find(self, screen, frame=0):
        """Look for a frame of the video on the screen; how well it was found, 0..1."""
        gray = cv2.resize(
            cv2.cvtColor(screen, cv2.COLOR_BGR2GRAY), None, fx=COARSE, fy=COARSE, interpolation=cv2.INTER_AREA
        )
        best = max((self._match(gray, frame, scale) for scale in np.geomspace(0.3, 4.0, 90)), key=lambda m: m[0])
        best = max((self._match(gray, frame, best[1] * f) for f in np.linspace(0.97, 1.03, 31)), key=lambda m: m[0])
        if best[0] > GOOD:
            _, self.scale, (left, top) = best
            self.corner = (left / COARSE, top / COARSE - BANNER * self.scale * self._frames[0].shape[0])
        return best[0]

    def _match(self, gray, frame, scale):
        template = cv2.resize(
            self._frames[frame][round(BANNER * len(self._frames[frame])) :],
            None,
            fx=scale * COARSE,
            fy=scale * COARSE,
            interpolation=cv2.INTER_AREA,
        )
        if template.shape[0] > gray.shape[0] or template.shape[1] > gray.shape[1] or min(template.shape) < 24:
            return 0.0, scale, (0, 0)
        _, value, _, corner = cv2.minMaxLoc(cv2.matchTemplate(gray, template, cv2.TM_CCOEFF_NORMED))
        return value, scale, corner

    def point(self, x, y):
        """The point of the screen that shows a point of the video."""
        return self.corner[0] + x * self.scale, self.corner[1] + y * self.scale

    def frame(self, screen):
        """Which frame is shown, to within a few, and how well it fits."""
        height, width = self._frames[0].shape
        left, top = (round(v) for v in self.corner)
        shown = screen[top : top + round(height * self.scale), left : left + round(width * self.scale)]
        small = _unit(cv2.resize(cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY), (160, 120), interpolation=cv2.INTER_AREA))
        fits = {
            index: float(
                (small * _unit(cv2.resize(self._frames[index], (160, 120), interpolation=cv2.INTER_AREA))).mean()
            )
            for index in range(0, len(self._frames), self._every)
        }
        best = max(fits, key=fits.get)
        return best, fits[best]


def _unit(gray):
    gray = gray.astype(np.float32)
    return (gray - gray.mean()) / max(float(gray.std()), 1e-6)
