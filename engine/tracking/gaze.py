"""Where global attention looks: at the whole frame, or, for a small target, at one tile of it a frame.

A target that is searched for is also looked at more closely, tile by tile: what lights up at both scales is more often
the target than what does at one.
"""

from __future__ import annotations

from engine.backends.base import Backend
from engine.tracking.attention import (
    AttentionTarget,
    EncodedFrame,
    attend,
    attention_target,
    encode_part,
    encode_picture,
    part_picture,
)
from engine.tracking.tiles import CLOSE_ZOOM, Tiling, agreed, joined, tiling_for
from engine.types import AttentionMap, Box, Float32Array, Frame


class Gaze:
    """Global attention to one target, at a scale at which the target can be seen.

    What the first frame shows of the target is kept at the scale of its own view: of the whole frame, or of the tile
    around the target if that is small.
    """

    def __init__(self, backend: Backend, frame: Frame, box: Box, encoded: EncodedFrame) -> None:
        self._backend = backend
        tiling = tiling_for(box, frame.size)
        first = encoded if tiling is None else encode_part(backend, frame.image, tiling.around(box))
        self._target: AttentionTarget = attention_target(first, box)
        self._closer = Tiling(frame.size, CLOSE_ZOOM)
        self._first = box, part_picture(frame.image, self._closer.around(box))
        self._close_target: AttentionTarget | None = None
        self._turn = 0

    @staticmethod
    def takes_parts(box: Box, frame_size: tuple[int, int]) -> bool:
        """Whether a target of this box's size is looked for in tiles."""
        return tiling_for(box, frame_size) is not None

    def parts(self, box: Box, frame_size: tuple[int, int], searching: bool, lost: bool) -> list[Box]:
        """The tiles to look at next for a target of this box's size; none for the whole frame.

        While the target is followed every other look is at its own surroundings, else all tiles have their turn; while
        it is lost two at a time, which costs no more than the whole frame and a closer look.
        """
        tiling = tiling_for(box, frame_size)
        if tiling is None:
            return []
        self._turn += 1
        if not searching and self._turn % 2:
            return [tiling.around(box)]
        tiles = tiling.tiles()
        if lost:
            return [tiles[(2 * self._turn + i) % len(tiles)] for i in range(2)]
        return [tiles[(self._turn if searching else self._turn // 2) % len(tiles)]]

    def look(
        self,
        frame: Frame,
        encoded: EncodedFrame | None,
        box: Box,
        memory16: Float32Array,
        searching: bool,
        lost: bool,
    ) -> AttentionMap:
        """Where on the frame, or on the part of it whose turn it is, a target of this box's size may be.

        ``encoded`` may be None only for a target that takes parts. ``lost``: worth a closer look than a frame's usual.
        """
        parts = self.parts(box, frame.size, searching, lost)
        if parts:
            maps = [self.at_part(frame, part, memory16) for part in parts]
            return joined(maps) if len(maps) > 1 else maps[0]
        assert encoded is not None
        whole = self.at(encoded, memory16)
        return self.closer(frame, whole, memory16) if lost else whole

    def at(self, encoded: EncodedFrame, memory16: Float32Array) -> AttentionMap:
        """Where in what was encoded the target may be."""
        return attend(self._backend, encoded, self._target, memory16)

    def at_part(self, frame: Frame, part: Box, memory16: Float32Array) -> AttentionMap:
        """Where in this part of the frame the target may be."""
        return self.at(encode_part(self._backend, frame.image, part), memory16)

    def closer(self, frame: Frame, whole: AttentionMap, memory16: Float32Array) -> AttentionMap:
        """The map of the whole frame, and one tile of it that is looked at more closely; tiles take turns."""
        self._turn += 1
        tiles = self._closer.tiles()
        return agreed(whole, self._close(frame, tiles[self._turn % len(tiles)], memory16))

    def everywhere(self, frame: Frame, box: Box, encoded: EncodedFrame, memory16: Float32Array) -> AttentionMap:
        """One map of the whole frame, from all that can be looked at.

        All tiles if a target of this box's size takes tiles, else the whole frame and its closer tiles.
        """
        tiling = tiling_for(box, frame.size)
        if tiling is not None:
            return joined([self.at_part(frame, tile, memory16) for tile in tiling.tiles()])
        close = [self._close(frame, tile, memory16) for tile in self._closer.tiles()]
        return agreed(self.at(encoded, memory16), joined(close))

    def _close(self, frame: Frame, tile: Box, memory16: Float32Array) -> AttentionMap:
        if self._close_target is None:  # found out when first needed: most targets are never lost
            box, picture = self._first
            self._close_target = attention_target(encode_picture(self._backend, picture), box)
        return attend(self._backend, encode_part(self._backend, frame.image, tile), self._close_target, memory16)
