"""Where the picture lies in the canvas: zoom at a point, pan, fit and 1:1, as pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.types import Box

MIN_SCALE = 0.05
MAX_SCALE = 32.0
WHEEL_STEP = 1.2
_KEEP_PX = 48.0  # at least so much of the picture stays in sight when it is panned


@dataclass(frozen=True, slots=True)
class View:
    """A map from image pixels to canvas pixels (logical): ``canvas = image * scale + offset``.

    ``fitted`` says that the view follows the size of the canvas until the user zooms or pans.
    """

    image: tuple[int, int] = (1, 1)
    canvas: tuple[int, int] = (1, 1)
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    fitted: bool = True

    def to_canvas(self, x: float, y: float) -> tuple[float, float]:
        """The canvas point that shows an image point."""
        return x * self.scale + self.x, y * self.scale + self.y

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """The image point under a canvas point; it may lie outside the image."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def box_to_canvas(self, box: Box) -> Box:
        """A box in image pixels as the canvas shows it."""
        x, y = self.to_canvas(box.x, box.y)
        return Box(x, y, box.w * self.scale, box.h * self.scale)

    @property
    def picture(self) -> Box:
        """The whole image in canvas pixels."""
        return self.box_to_canvas(Box(0.0, 0.0, *map(float, self.image)))

    def contains(self, x: float, y: float) -> bool:
        """Whether a canvas point lies on the picture."""
        u, v = self.to_image(x, y)
        return 0 <= u <= self.image[0] and 0 <= v <= self.image[1]

    def fit(self) -> View:
        """The whole picture, centred, as large as the canvas allows."""
        scale = min(self.canvas[0] / self.image[0], self.canvas[1] / self.image[1])
        return replace(self._centred(min(max(scale, MIN_SCALE), MAX_SCALE)), fitted=True)

    def actual_size(self, device_pixel_ratio: float = 1.0) -> View:
        """One image pixel on one screen pixel, around what is in the middle now."""
        return self.zoomed_to(1.0 / device_pixel_ratio, self.canvas[0] / 2, self.canvas[1] / 2)

    def zoomed(self, factor: float, x: float, y: float) -> View:
        """Zoomed by a factor; the image point under canvas point x, y stays where it is."""
        return self.zoomed_to(self.scale * factor, x, y)

    def zoomed_to(self, scale: float, x: float, y: float) -> View:
        """Zoomed to a scale; the image point under canvas point x, y stays where it is."""
        scale = min(max(scale, MIN_SCALE), MAX_SCALE)
        u, v = self.to_image(x, y)
        moved = replace(self, scale=scale, x=x - u * scale, y=y - v * scale, fitted=False)
        return moved._kept_in_sight()

    def panned(self, dx: float, dy: float) -> View:
        """Moved by canvas pixels; a strip of the picture always stays in sight."""
        return replace(self, x=self.x + dx, y=self.y + dy, fitted=False)._kept_in_sight()

    def with_canvas(self, width: int, height: int) -> View:
        """The view after the canvas changed its size: fitted again, or the same middle kept."""
        old, new = self.canvas, (max(width, 1), max(height, 1))
        if self.fitted:
            return replace(self, canvas=new).fit()
        moved = replace(self, canvas=new, x=self.x + (new[0] - old[0]) / 2, y=self.y + (new[1] - old[1]) / 2)
        return moved._kept_in_sight()

    def with_image(self, width: int, height: int) -> View:
        """The view of another picture: unchanged for the same size, else fitted."""
        if (width, height) == self.image:
            return self
        return replace(self, image=(max(width, 1), max(height, 1))).fit()

    def _centred(self, scale: float) -> View:
        x = (self.canvas[0] - self.image[0] * scale) / 2
        y = (self.canvas[1] - self.image[1] * scale) / 2
        return replace(self, scale=scale, x=x, y=y)

    def _kept_in_sight(self) -> View:
        x = _between(self.x, self.image[0] * self.scale, self.canvas[0])
        y = _between(self.y, self.image[1] * self.scale, self.canvas[1])
        return replace(self, x=x, y=y)


def _between(offset: float, extent: float, room: float) -> float:
    keep = min(_KEEP_PX, extent, room)
    return min(max(offset, keep - extent), room - keep)
