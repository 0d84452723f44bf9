"""COCO-style JSON for video: images are frames, annotations are boxes with a track id, a score and a state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import engine
from engine.errors import FormatError
from engine.formats.base import PartFile, TrackWriter, check_target, log_frame, read_lines
from engine.formats.sidecar import TrackMeta
from engine.track_log import LogFrame, TrackLog
from engine.types import Box, FrameResult, Origin, Target, TrackState


class CocoWriter(TrackWriter):
    """Collects rows and writes them at the end. Frames without a box have an image and a ``missing`` entry."""

    def __init__(self, path: Path, meta: TrackMeta) -> None:
        super().__init__(path)
        check_target(path)
        self._meta = meta
        self._log = TrackLog()

    def _write(self, result: FrameResult | LogFrame) -> None:
        frame = log_frame(result)
        self._log.record(frame.index, frame.time_s, frame.targets)

    def _finish(self) -> None:
        part = PartFile(self.path)
        try:
            part.write(json.dumps(self._content(), ensure_ascii=False) + "\n")
            part.finish()
            part.rename()
        except BaseException:
            part.discard()
            raise

    def _discard(self) -> None:
        self._log.clear()

    def _content(self) -> dict[str, Any]:
        info = self._meta.info
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        missing: list[dict[str, Any]] = []
        for frame in self._log.frames(fill=False):
            image = len(images) + 1
            images.append(
                {
                    "id": image,
                    "video_id": 1,
                    "frame_index": frame.index,
                    "time_s": round(frame.time_s, 6),
                    "width": info.width,
                    "height": info.height,
                    "file_name": f"{frame.index:06d}.jpg",
                }
            )
            for target in frame.targets:
                row: dict[str, Any] = {
                    "image_id": image,
                    "category_id": 1,
                    "track_id": target.id,
                    "score": round(target.confidence, 4),
                    "state": target.state.value,
                    "origin": target.origin.value,
                }
                if target.box is None:
                    missing.append(row)
                else:
                    box = [round(float(v), 2) for v in target.box.as_array()]
                    area = round(box[2] * box[3], 2)
                    annotations.append({"id": len(annotations) + 1, **row, "bbox": box, "area": area, "iscrowd": 0})
        return {
            "info": {"description": f"Track of {info.name}", "version": engine.__version__},
            "videos": [{"id": 1, "name": info.name, "width": info.width, "height": info.height, "fps": info.fps}],
            "images": images,
            "annotations": annotations,
            "missing": missing,
            "categories": [{"id": 1, "name": "target"}],
        }


def read_coco(path: Path) -> TrackLog:
    """The track in the file. Raises FormatError."""
    try:
        content = json.loads("\n".join(read_lines(path)))
        frames = {image["id"]: (int(image["frame_index"]), float(image["time_s"])) for image in content["images"]}
        rows = [(*frames[row["image_id"]], _target(row)) for row in (*content["annotations"], *content["missing"])]
        log = TrackLog()
        for index, time_s, target in sorted(rows, key=lambda row: (row[0], row[2].id)):
            log.record(index, time_s, [target])
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{path} is not a track in COCO's JSON ({error}): choose another file.") from error
    return log


def _target(row: dict[str, Any]) -> Target:
    box = Box.from_array(row["bbox"]) if "bbox" in row else None
    return Target(int(row["track_id"]), box, float(row["score"]), TrackState(row["state"]), Origin(row["origin"]))
