"""Makes the demo clip and its truth: ``python -m training.demo_clip FOLDER``.

A hand-held camera follows a cup over a yard: perspective, shake, change of scale, motion blur, a second cup that
looks nearly the same and crosses its way, and a pillar behind which it is gone for a while.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from training.demo_scene import (
    Camera,
    Image,
    Pillar,
    Points,
    Sprite,
    cut_cup,
    draw_shadow,
    lay_ground,
    look_alike,
    over,
    place_cup,
    tinted,
    warp_sprite,
)

VISIBLE = 0.12
"""Less than this share of the cup in sight counts as hidden."""


@dataclass(frozen=True)
class DemoConfig:
    """Length and size of the clip."""

    frames: int = 300
    fps: int = 30
    width: int = 640
    height: int = 480
    exposures: int = 4
    shutter: float = 0.55
    oversize: float = 1.25
    seed: int = 7


# seconds, x, y in metres: where the cups are; between, they follow a smooth curve
CUP_WAY = np.array(
    [
        [0.0, -0.75, 2.15],
        [1.2, -0.35, 1.75],
        [2.4, 0.25, 2.05],
        [3.4, -0.2, 2.85],
        [4.4, -0.65, 3.45],
        [5.3, -0.15, 3.75],
        [6.0, 0.75, 3.55],
        [6.7, 1.25, 2.75],
        [7.3, 0.75, 1.75],
        [8.0, -0.2, 1.4],
        [8.8, -0.7, 2.2],
        [10.0, -0.1, 2.6],
    ]
)
OTHER_WAY = np.array(
    [
        [0.0, 1.05, 2.5],
        [1.5, 0.75, 1.8],
        [2.5, 0.05, 1.32],
        [4.0, -0.95, 1.8],
        [6.0, -1.1, 2.6],
        [8.0, -0.3, 3.3],
        [10.0, 0.95, 3.5],
    ]
)
PILLAR_LAYER = 2
PILLAR = (0.42, 2.75, 0.46, 2.1)


def along(way: Points, seconds: float) -> NDArray[np.float64]:
    """Position ``(2,)`` on a Catmull-Rom curve through the rows t, x, y of ``way``."""
    k = int(np.clip(np.searchsorted(way[:, 0], seconds, side="right") - 1, 0, len(way) - 2))
    before, after = max(k - 1, 0), min(k + 2, len(way) - 1)
    span = way[k + 1, 0] - way[k, 0]
    s = (seconds - way[k, 0]) / span
    m0 = span * (way[k + 1, 1:] - way[before, 1:]) / (way[k + 1, 0] - way[before, 0])
    m1 = span * (way[after, 1:] - way[k, 1:]) / (way[after, 0] - way[k, 0])
    a, b = way[k, 1:], way[k + 1, 1:]
    return a * (2 * s**3 - 3 * s**2 + 1) + m0 * (s**3 - 2 * s**2 + s) + b * (3 * s**2 - 2 * s**3) + m1 * (s**3 - s**2)


class DemoScene:
    """Draws the clip's frames from the photographs' parts."""

    def __init__(self, config: DemoConfig = DemoConfig()) -> None:
        import skimage.data as photos  # an extra of training only

        self.config = config
        rng = np.random.default_rng(config.seed)
        cup = cut_cup(cv2.cvtColor(photos.coffee(), cv2.COLOR_RGB2BGR))
        self.cups: tuple[Sprite, Sprite] = (cup, look_alike(cup))
        self.ground = lay_ground(
            tinted(photos.gravel(), (66, 74, 84), (176, 192, 204)),
            tinted(photos.grass(), (22, 52, 34), (84, 158, 118)),
            rng,
        )
        brick = tinted(np.rot90(photos.brick()), (62, 74, 100), (118, 150, 200))
        self.pillar = Pillar(*PILLAR, np.vstack([brick, brick[::-1], brick])[:1500, :340])
        self.phases = rng.uniform(0, 2 * np.pi, (6, 4))

    def camera(self, seconds: float) -> Camera:
        """The hand-held camera: it looks after the cup a little late, sways and trembles."""
        config = self.config
        waves = np.array([0.35, 0.9, 2.3, 5.1])  # Hz
        sizes = np.array([[0.16, 0.03, 0.0, 0.0], [0.1, 0.02, 0.0, 0.0], [0.05, 0.02, 0.0, 0.0]])
        turns = np.array([[0.022, 0.014, 0.008, 0.0035]] * 3)
        noise = np.sin(2 * np.pi * waves * seconds + self.phases)
        sway, shake = (sizes * noise[:3]).sum(axis=1), (turns * noise[3:]).sum(axis=1)
        x, y = 0.5 * (along(CUP_WAY, max(seconds - 0.7, 0.0)) + along(CUP_WAY, max(seconds - 0.2, 0.0)))
        px, py = sway[0] - 0.35 * np.sin(0.5 * seconds), sway[1] - 0.15
        yaw = 0.7 * np.arctan2(x - px, y - py)
        pitch = 0.5 * np.arctan2(2.0, y - py) + 0.5 * np.deg2rad(41)
        return Camera(
            px,
            py,
            2.0 + sway[2],
            yaw + shake[0],
            pitch + shake[1],
            1.2 * shake[2],
            config.oversize * config.width * (0.94 + 0.1 * np.sin(0.55 * seconds + 2.0)),
            round(config.oversize * config.width),
            round(config.oversize * config.height),
        )

    def expose(self, seconds: float) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
        """One instant: picture ``(H, W, 3) float32`` oversize, the cup's alpha, and the share of it in sight."""
        camera = self.camera(seconds)
        size = (camera.width, camera.height)
        canvas = cv2.warpPerspective(self.ground, camera.ground(), size, borderMode=cv2.BORDER_REFLECT_101).astype(
            np.float32
        )
        places = [along(CUP_WAY, seconds), along(OTHER_WAY, seconds)]
        for place in places:
            draw_shadow(canvas, camera, *place)
        things = sorted([(-places[0][1], 0), (-places[1][1], 1), (-self.pillar.y, PILLAR_LAYER)])
        alpha, seen = np.zeros(canvas.shape[:2], np.float32), np.zeros(canvas.shape[:2], np.float32)
        for _, which in things:
            if which == PILLAR_LAYER:
                seen *= 1 - self.pillar.draw(canvas, camera)
                continue
            tilt = 0.07 * np.sin(2.2 * seconds + which)
            stack, (left, top) = warp_sprite(self.cups[which], place_cup(camera, *places[which], tilt), size)
            stack[..., :3] *= 0.86 + 0.14 * np.cos(1.3 * places[which][0] + 2.1 * places[which][1])
            over(canvas, stack, (left, top))
            area = np.s_[top : top + stack.shape[0], left : left + stack.shape[1]]
            seen[area] *= 1 - stack[..., 3]
            if which == 0:
                alpha[area], seen[area] = stack[..., 3], stack[..., 3]
        return canvas, alpha, float(seen.sum() / self._whole(camera, places[0]))

    def _whole(self, camera: Camera, place: NDArray[np.float64]) -> float:
        """Pixels of the whole cup, in the frame or not."""
        return float(self.cups[0].alpha.sum() * abs(np.linalg.det(place_cup(camera, *place, 0.0)[:, :2])))

    def frame(self, index: int) -> tuple[Image, NDArray[np.float64]]:
        """Frame ``index`` ``(H, W, 3) uint8`` BGR and the cup's box ``(4,)``, NaN where it is hidden."""
        config = self.config
        start, total, middle = index / config.fps, 0.0, config.exposures // 2
        box = np.full(4, np.nan)
        for k in range(config.exposures):
            picture, alpha, share = self.expose(start + config.shutter * (k - middle) / config.exposures / config.fps)
            total = total + picture / config.exposures
            if k == middle and share >= VISIBLE:
                rows, columns = (np.flatnonzero((alpha > 0.5).any(axis=axis)) for axis in (1, 0))
                edges = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) / config.oversize
                box = np.concatenate([edges[:2], edges[2:] - edges[:2]])
        small = cv2.resize(total, (config.width, config.height), interpolation=cv2.INTER_AREA)
        return np.clip(np.rint(small), 0, 255).astype(np.uint8), box

    def frames(self) -> Iterator[tuple[Image, NDArray[np.float64]]]:
        """All frames and boxes in order."""
        return (self.frame(i) for i in range(self.config.frames))


def write_demo(folder: Path, config: DemoConfig = DemoConfig(), name: str = "demo") -> tuple[Path, Path]:
    """Writes ``NAME.mp4`` (H.264) and ``NAME.txt`` into the folder.

    Raises:
        SourceError: the program ffmpeg is missing or fails.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise SourceError("ffmpeg is not installed; install it to make the demo clip")
    video, truth = folder / f"{name}.mp4", folder / f"{name}.txt"
    command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "bgr24"]
    command += ["-s", f"{config.width}x{config.height}", "-r", str(config.fps), "-i", "-"]
    command += ["-c:v", "libx264", "-preset", "veryslow", "-crf", "23", "-pix_fmt", "yuv420p", "-g", "60"]
    command += ["-movflags", "+faststart", "-fflags", "+bitexact", "-threads", "1", str(video)]
    lines = []
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for image, box in DemoScene(config).frames():
            encoder.stdin.write(image.tobytes())
            lines.append(",".join("nan" if np.isnan(v) else f"{v:.2f}" for v in box))
        encoder.stdin.close()
    if encoder.returncode != 0:
        raise SourceError("ffmpeg could not encode the demo clip; it needs the encoder libx264")
    truth.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return video, truth


def main() -> None:
    """Makes the clip in the folder given on the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.demo_clip", description="Make the demo clip.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("assets"))
    write_demo(parser.parse_args().folder)


if __name__ == "__main__":
    main()
