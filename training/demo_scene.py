"""What the demo clip shows: a coffee cup that glides over a gravel yard, cut from public-domain photographs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Points = NDArray[np.float64]

TEXELS = 210.0
"""Ground texture pixels a metre."""

YARD = (12.0, 13.0)
"""Metres that the ground texture spans, sideways and forward; its near edge is at y = -1."""

SAUCER_PX = 402.0
SAUCER_M = 0.56
CUP_FOOT = (278.0, 232.0)
"""Where the saucer's middle is in the photograph of the cup."""


@dataclass(frozen=True, eq=False)
class Sprite:
    """A cut-out: ``image`` ``(h, w, 3) float32`` BGR 0..255 premultiplied, ``alpha`` ``(h, w) float32`` 0..1."""

    image: NDArray[np.float32]
    alpha: NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """A pinhole camera over the ground plane z = 0: x sideways, y forward, z up, metres and radians."""

    x: float
    y: float
    z: float
    yaw: float
    pitch: float
    roll: float
    focal: float
    width: int
    height: int

    def axes(self) -> Points:
        """``(3, 3)``: rows are the camera's right, down and forward directions in the world."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        forward = np.array([sy * cp, cy * cp, -sp])
        right = np.array([cy, -sy, 0.0])
        down = np.cross(forward, right)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        return np.stack([cr * right + sr * down, cr * down - sr * right, forward])

    def project(self, points: Points) -> tuple[Points, NDArray[np.float64]]:
        """Pixels ``(N, 2)`` and depths ``(N,)`` in metres of world points ``(N, 3)``."""
        seen = (points - np.array([self.x, self.y, self.z])) @ self.axes().T
        depth = np.maximum(seen[:, 2], 0.05)
        pixels = self.focal * seen[:, :2] / depth[:, None] + np.array([self.width / 2, self.height / 2])
        return pixels, depth

    def ground(self) -> Points:
        """``(3, 3)`` homography from ground texture pixels to frame pixels."""
        rows, columns = YARD[1] * TEXELS, YARD[0] * TEXELS
        corners = np.array([[0, rows], [columns, rows], [columns, rows * 0.55], [0, rows * 0.55]])
        x, y = corners[:, 0] / TEXELS - YARD[0] / 2, YARD[1] - corners[:, 1] / TEXELS - 1.0
        # a homography is the same whatever four points it is taken from: take those in front of the camera
        y = np.maximum(y, self.y + 0.4)
        corners[:, 1] = (YARD[1] - y - 1.0) * TEXELS
        pixels, _ = self.project(np.stack([x, y, np.zeros(4)], axis=1))
        return cv2.getPerspectiveTransform(corners.astype(np.float32), pixels.astype(np.float32)).astype(np.float64)


def cut_cup(photo: Image) -> Sprite:
    """The cup, saucer and spoon of the photograph ``coffee`` ``(400, 600, 3) uint8`` BGR, by GrabCut and an ellipse."""
    labels = np.full(photo.shape[:2], cv2.GC_BGD, np.uint8)
    for center, reach, label in (
        ((278, 225), (212, 172), cv2.GC_PR_FGD),
        ((288, 100), (125, 95), cv2.GC_PR_FGD),
        ((278, 225), (185, 145), cv2.GC_FGD),
        ((285, 105), (100, 75), cv2.GC_FGD),
    ):
        cv2.ellipse(labels, center, reach, 0, 0, 360, label, -1)
    cv2.setRNGSeed(1)
    cv2.grabCut(photo, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_MASK)
    mask = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (31, 31)))
    contour = max(cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=cv2.contourArea)[:, 0]
    saucer = cv2.fitEllipse(contour[(contour[:, 1] > 150) & (contour[:, 1] < 370)])
    mask[150:] = 0
    cv2.ellipse(mask, (saucer[0], (saucer[1][0] - 3, saucer[1][1] - 3), saucer[2]), 255, -1, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8)), (5, 5), 0).astype(np.float32) / 255
    return Sprite(photo * alpha[..., None], alpha)


def look_alike(cup: Sprite) -> Sprite:
    """The same cup mirrored, its red a little more orange and duller."""
    hsv = cv2.cvtColor(np.clip(cup.image[:, ::-1], 0, 255).astype(np.uint8), cv2.COLOR_BGR2HSV).astype(np.float32)
    red = (hsv[..., 1] > 90)[..., None]
    changed = np.stack([(hsv[..., 0] + 3) % 180, hsv[..., 1] * 0.85, hsv[..., 2] * 0.9], axis=-1)
    picture = cv2.cvtColor(np.where(red, changed, hsv).astype(np.uint8), cv2.COLOR_HSV2BGR)
    return Sprite(picture.astype(np.float32), np.ascontiguousarray(cup.alpha[:, ::-1]))


def tinted(grey: Image, dark: tuple[int, int, int], light: tuple[int, int, int]) -> Image:
    """A grey picture in the colours between two BGR ones."""
    low, high = np.percentile(grey, (2, 98))
    level = np.clip((grey.astype(np.float32) - low) / (high - low), 0, 1)[..., None]
    return np.asarray(np.array(dark) + level * (np.array(light) - np.array(dark)), dtype=np.uint8)


def lay_ground(gravel: Image, grass: Image, rng: np.random.Generator) -> Image:
    """The yard from above: gravel with a lawn around it, in the dappled shade of a tree."""
    columns, rows = round(YARD[0] * TEXELS), round(YARD[1] * TEXELS)

    def spread(texture: Image, metres: float) -> NDArray[np.float32]:
        size = round(metres * TEXELS)
        tile = cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA)
        right, below = max(columns - size, 0), max(rows - size, 0)
        wide = cv2.copyMakeBorder(tile, 0, 0, 0, right, cv2.BORDER_REFLECT) if right < size else _mirror(tile, columns)
        tall = (
            cv2.copyMakeBorder(wide, 0, below, 0, 0, cv2.BORDER_REFLECT) if below < size else _mirror_rows(wide, rows)
        )
        return tall[:rows, :columns].astype(np.float32)

    stones, lawn = spread(gravel, 1.3), spread(grass, 1.7)
    x = (np.arange(columns) / TEXELS - YARD[0] / 2)[None]
    y = (YARD[1] - 1.0 - np.arange(rows) / TEXELS)[:, None]
    wave = 0.12 * np.sin(2.1 * y + 0.5) + 0.05 * np.sin(7 * y)
    edge = np.minimum(2.05 + wave - np.abs(x - 0.1), 4.6 + 0.25 * np.sin(1.7 * x) - y)
    share = np.clip(edge / 0.06 + 0.5, 0, 1).astype(np.float32)[..., None]
    ground = lawn * (1 - share) + stones * share
    shade = rng.normal(size=(rows // 40, columns // 40)).astype(np.float32)
    shade = cv2.GaussianBlur(cv2.resize(shade, (columns, rows), interpolation=cv2.INTER_CUBIC), (0, 0), 22)
    shade = 1 / (1 + np.exp(-4 * (shade / shade.std() - 0.3)))
    return np.asarray(np.clip(ground * (1.0 - 0.38 * shade[..., None]), 0, 255), dtype=np.uint8)


def _mirror(tile: Image, columns: int) -> Image:
    both = np.hstack([tile, tile[:, ::-1]])
    return np.tile(both, (1, columns // both.shape[1] + 1, 1))[:, :columns]


def _mirror_rows(tile: Image, rows: int) -> Image:
    both = np.vstack([tile, tile[::-1]])
    return np.tile(both, (rows // both.shape[0] + 1, 1, 1))[:rows]


def over(canvas: NDArray[np.float32], stack: NDArray[np.float32], corner: tuple[int, int]) -> None:
    """Lays premultiplied BGR and alpha ``(h, w, 4)`` over the canvas ``(H, W, 3)`` at a corner x, y, in place."""
    x, y = corner
    part = canvas[y : y + stack.shape[0], x : x + stack.shape[1]]
    part *= 1 - stack[..., 3:]
    part += stack[..., :3]


def frame_part(pixels: Points, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of a frame around points ``(N, 2)``: x, y, w, h, of no area where they lie outside."""
    low = np.clip(np.floor(pixels.min(axis=0)) - 2, 0, size).astype(int)
    high = np.clip(np.ceil(pixels.max(axis=0)) + 2, low, size).astype(int)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def draw_shadow(canvas: NDArray[np.float32], camera: Camera, x: float, y: float) -> None:
    """Darkens the ground under and beside a saucer that stands at x, y metres."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = SAUCER_M * np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=1)
    for shift, radius, soft, depth in (((0.0, 0.0), 0.46, 0.02, 0.55), ((0.13, -0.06), 0.56, 0.05, 0.4)):
        pixels, distance = camera.project(radius * circle + np.array([x + shift[0], y + shift[1], 0.0]))
        blur = camera.focal * soft / float(distance.mean())
        margin = np.array([[-3 * blur] * 2, [3 * blur] * 2])
        area = np.vstack([pixels.min(axis=0) + margin[0], pixels.max(axis=0) + margin[1]])
        left, top, width, height = frame_part(area, (camera.width, camera.height))
        if width and height:
            mask = np.zeros((height, width), np.uint8)
            cv2.fillPoly(mask, [np.rint((pixels - (left, top)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
            soft_mask = cv2.GaussianBlur(mask, (0, 0), blur).astype(np.float32)
            canvas[top : top + height, left : left + width] *= 1 - depth / 255 * soft_mask[..., None]


def place_cup(camera: Camera, x: float, y: float, tilt: float) -> Points:
    """``(2, 3)``: pixels of the cup's photograph to frame pixels, for a cup at x, y metres."""
    foot, depth = camera.project(np.array([[x, y, 0.0]]))
    scale = camera.focal * SAUCER_M / float(depth[0]) / SAUCER_PX
    angle = tilt + camera.roll
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, foot[0] - linear @ np.array(CUP_FOOT)])


def warp_sprite(sprite: Sprite, matrix: Points, size: tuple[int, int]) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Premultiplied BGR and alpha ``(h, w, 4)`` of the sprite in a frame, and its corner x, y there."""
    height, width = sprite.alpha.shape
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], dtype=np.float64)
    left, top, wide, high = frame_part(corners @ matrix[:, :2].T + matrix[:, 2], size)
    shrink = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    stack = np.dstack([sprite.image, sprite.alpha])
    if shrink < 0.7:  # by area first, so that it does not flicker
        small = (max(round(width * shrink * 1.3), 2), max(round(height * shrink * 1.3), 2))
        matrix = matrix @ np.diag([width / small[0], height / small[1], 1.0])
        stack = cv2.resize(stack, small, interpolation=cv2.INTER_AREA)
    if not wide or not high:
        return np.zeros((0, 0, 4), np.float32), (left, top)
    matrix = np.column_stack([matrix[:, :2], matrix[:, 2] - (left, top)])
    seen = cv2.warpAffine(stack, matrix, (wide, high), flags=cv2.INTER_LINEAR)
    return np.asarray(seen, dtype=np.float32), (left, top)


@dataclass(frozen=True, eq=False)
class Pillar:
    """A square brick pillar: middle of its foot, side and height in metres, and the picture of its faces."""

    x: float
    y: float
    side: float
    tall: float
    face: Image

    def draw(self, canvas: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
        """Draws its visible faces; returns what they cover, ``(H, W) float32`` 0..1."""
        size = (camera.width, camera.height)
        half, total = self.side / 2, np.zeros(canvas.shape[:2], np.float32)
        left, right = self.x - half, self.x + half
        near, far = self.y - half, self.y + half
        edge = left if camera.x < left else right
        sides = [(edge, far, edge, near, 0.55)] if not left <= camera.x <= right else []
        h, w = self.face.shape[:2]
        source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        for x0, y0, x1, y1, light in [*sides, (left, near, right, near, 0.95)]:
            pixels, _ = camera.project(
                np.array([[x0, y0, self.tall], [x1, y1, self.tall], [x1, y1, 0], [x0, y0, 0]], dtype=np.float64)
            )
            x, y, width, height = frame_part(pixels, size)
            if not width or not height:
                continue
            matrix = cv2.getPerspectiveTransform(source, (pixels - (x, y)).astype(np.float32))
            stack = np.dstack([self.face.astype(np.float32) * light, np.ones((h, w), np.float32)])
            seen = np.asarray(cv2.warpPerspective(stack, matrix, (width, height)), dtype=np.float32)
            over(canvas, seen, (x, y))
            part = total[y : y + height, x : x + width]
            np.maximum(part, seen[..., 3], out=part)
        return total
