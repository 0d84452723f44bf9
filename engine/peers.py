"""Other trackers to measure against: OpenCV's CSRT, KCF and NanoTrack v2, behind one small interface."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2

from engine.errors import BackendError
from engine.types import Box, Frame, Target, TrackState, UInt8Array

PEER_NAMES = ("csrt", "kcf", "nano")
_NANO_FILES = ("v2_backbone.onnx", "v2_head.onnx")
_USUAL_FOLDERS = (Path("peers"), Path("..", "shared", "peers"))  # in the checkout, or shared beside it


def find_peer_models(given: Path | None) -> Path | None:
    """The folder that holds NanoTrack's model files, or None. A folder that is given is the only one looked at."""
    named = os.environ.get("ATTNTRACK_PEERS")
    tried = [given] if given else [Path(named)] if named else _USUAL_FOLDERS
    return next((folder for folder in tried if all((folder / name).is_file() for name in _NANO_FILES)), None)


def check_peers(names: tuple[str, ...], models: Path | None) -> None:
    """Raise BackendError if one of these trackers cannot run here."""
    for name in names:
        _create(name, models)


class Peer:
    """One of OpenCV's trackers. Its first box is rounded to whole pixels, which is all they take."""

    def __init__(self, name: str, models: Path | None = None) -> None:
        self._tracker = _create(name, models)
        self._scored = name == "nano"  # the others answer -1

    def init(self, image: UInt8Array, box: Box) -> None:
        """Start on this picture."""
        whole = tuple(round(value) for value in (box.x, box.y, max(box.w, 1.0), max(box.h, 1.0)))
        self._tracker.init(image, whole)

    def update(self, image: UInt8Array) -> tuple[Box | None, float]:
        """The box on this picture, None if the tracker gives up, and its confidence (1 or 0 if it has none)."""
        found, box = self._tracker.update(image)
        if not found:
            return None, 0.0
        return Box.from_array(box), float(self._tracker.getTrackingScore()) if self._scored else 1.0


class PeerFollower:
    """One of the other trackers, as :class:`engine.one_pass.Follower`."""

    def __init__(self, name: str, models: Path | None = None) -> None:
        self._peer = Peer(name, models)

    def init(self, frame: Frame, box: Box) -> None:
        """Start on this frame."""
        self._peer.init(frame.image, box)

    def update(self, frame: Frame) -> Target:
        """What is claimed of the target on this frame: these trackers know no doubt."""
        box, confidence = self._peer.update(frame.image)
        return Target(1, box, confidence, TrackState.LOST if box is None else TrackState.TRACKED)

    def close(self) -> None:
        """Nothing to free."""


def _create(name: str, models: Path | None) -> Any:
    try:
        if name == "csrt":
            return cv2.TrackerCSRT.create()
        if name == "kcf":
            return cv2.TrackerKCF.create()
    except AttributeError as error:
        raise BackendError(
            f"OpenCV has no {name.upper()} tracker here: install opencv-contrib-python-headless in place of "
            "opencv-python-headless."
        ) from error
    folder = find_peer_models(models)
    if folder is None:
        raise BackendError(
            f"The tracker nano needs the files {' and '.join(_NANO_FILES)}: name their folder with --peer-models or "
            "$ATTNTRACK_PEERS, or put them into ./peers."
        )
    settings = cv2.TrackerNano.Params()
    settings.backbone, settings.neckhead = (str(folder / name) for name in _NANO_FILES)
    level = cv2.utils.logging.getLogLevel()  # OpenCV 5 warns of settings that it makes itself
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        return cv2.TrackerNano.create(settings)
    except cv2.error as error:
        raise BackendError(f"OpenCV cannot load the files of nano in {folder}: {error}") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
