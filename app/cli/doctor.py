"""Say what this machine has, what is used and why; exit status 1 if tracking cannot work here."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import engine
from app.cli.demo import demo_clip
from engine.backends.calibration import calibration_file, processor
from engine.backends.select import BACKEND_NAMES, backend_report, fastest_on_cpu
from engine.errors import AttnTrackError

OK, NOTE, BAD = "ok", "-", "FAIL"
Finding = tuple[str, str, str]  # OK | NOTE | BAD, what, how it is

_RUN_TIME = ("numpy", "onnxruntime", "PySide6-Essentials", "pyqtgraph")
_OPTIONAL = {
    "openvino": "OpenVINO",
    "tensorrt": "TensorRT",
    "tensorrt_rtx": "TensorRT-RTX",
    "pycuda": "pycuda",
    "cuda": "cuda-bindings",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("--backend", choices=BACKEND_NAMES, default="auto", help="the backend to try (default: auto)")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Print the findings; 0, or 1 if one of them stops the program from tracking."""
    bad = 0
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _system,
        _packages,
        _video,
        _models,
        _backends,
        lambda: _tracking(args.backend),
        _cameras,
        _window,
    )
    for check in checks:
        for state, what, how in check():
            sys.stdout.write(f"{state:>4}  {what:<18} {how}\n")
            bad += state == BAD
    sys.stdout.write("\nTracking cannot work here.\n" if bad else "\nReady to track.\n")
    return 1 if bad else 0


def _system() -> Iterator[Finding]:
    yield OK, "attntrack", engine.__version__
    version = platform.python_version()
    yield OK if sys.version_info >= (3, 11) else BAD, "Python", f"{version}, {sys.executable}"
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.platform(terse=True)
    yield OK, "system", f"{system}, {platform.machine()}, {os.cpu_count()} cores"


def _packages() -> Iterator[Finding]:
    for name in _RUN_TIME:
        try:
            yield OK, name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield BAD, name, f"not installed: pip install {name}"
    flavours = [
        name
        for name in (
            "opencv-contrib-python-headless",
            "opencv-python-headless",
            "opencv-contrib-python",
            "opencv-python",
        )
        if _installed(name)
    ]
    if not flavours:
        yield BAD, "OpenCV", "not installed: pip install opencv-contrib-python-headless"
    elif len(flavours) > 1:
        yield NOTE, "OpenCV", f"{' and '.join(flavours)} overwrite each other: keep opencv-contrib-python-headless only"
    else:
        yield OK, "OpenCV", f"{importlib.metadata.version(flavours[0])} ({flavours[0]})"


def _video() -> Iterator[Finding]:
    import cv2

    from engine.sources import open_source

    build = cv2.getBuildInformation()
    has_ffmpeg = any("FFMPEG" in line and "YES" in line for line in build.splitlines())
    yield (OK if has_ffmpeg else BAD), "FFmpeg in OpenCV", "yes" if has_ffmpeg else "no: files cannot be decoded"
    try:
        source = open_source(str(demo_clip().source))
        try:
            frame = source.read()
        finally:
            source.close()
    except AttnTrackError as error:
        yield BAD, "video decoding", str(error)
        return
    size = "no frame" if frame is None else f"demo clip, {frame.size[0]}x{frame.size[1]}"
    yield BAD if frame is None else OK, "video decoding", size


def _models() -> Iterator[Finding]:
    from engine.models import open_models

    try:
        models = open_models()
        sizes = [models.path(name).stat().st_size for name in models.graphs]
        models.head()
    except AttnTrackError as error:
        yield BAD, "models", str(error)
        return
    yield OK, "models", f"{len(sizes)} graphs, {sum(sizes) / 1e6:.1f} MB, checksums right: {', '.join(models.graphs)}"


def _backends() -> Iterator[Finding]:
    import onnxruntime

    from engine.models import open_models

    yield OK, "onnxruntime can use", ", ".join(onnxruntime.get_available_providers())
    for module, name in _OPTIONAL.items():
        there = importlib.util.find_spec(module) is not None
        yield (OK if there else NOTE), name, "installed" if there else "not installed"
    try:
        for backend, how in backend_report():
            yield (OK if how in ("used", "ready") else NOTE), backend, how
        times = fastest_on_cpu(open_models()).milliseconds
    except AttnTrackError as error:
        yield BAD, "backends", str(error)
    else:
        compared = ", ".join(f"{name} {ms:.1f}" for name, ms in sorted(times.items(), key=lambda item: item[1]))
        note = f"; ms for a look: {compared} (noted in {calibration_file()})" if times else ""
        yield OK, "processor", f"{processor()}{note}"
    driver = Path("/proc/driver/nvidia/version")
    yield (
        (OK, "NVIDIA driver", driver.read_text().splitlines()[0])
        if driver.is_file()
        else (NOTE, "NVIDIA driver", "none")
    )


def _tracking(name: str) -> Iterator[Finding]:
    from engine.backends.select import open_backend
    from engine.config import TrackerConfig
    from engine.tracking.multi import MultiTracker
    from engine.types import Box, Frame, read_only

    image = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    try:
        with open_backend(name) as backend:
            info = backend.info
            why = "asked for" if name != "auto" else "the fastest that works here"
            yield OK, "backend", f"{info.name} {info.version} on {info.device}, {info.precision} ({why})"
            tracker = MultiTracker(backend, TrackerConfig(deterministic=True))
            try:
                tracker.init(Frame(0, 0.0, read_only(image)), {1: Box(280.0, 200.0, 80.0, 80.0)})
                times = []
                for index in range(1, 11):
                    began = time.perf_counter()
                    tracker.update(Frame(index, index / 30, read_only(image.copy())))
                    times.append((time.perf_counter() - began) * 1e3)
            finally:
                tracker.close()
    except AttnTrackError as error:
        yield BAD, "tracking", str(error)
        return
    yield OK, "tracking", f"works, {np.median(times):.0f} ms a frame at 640x480 (a quick look: see attntrack benchmark)"


def _cameras() -> Iterator[Finding]:
    from engine.sources.cameras import list_cameras

    cameras = list_cameras()
    yield (
        (OK if cameras else NOTE),
        "cameras",
        ", ".join(f"{camera.name} ({camera.index})" for camera in cameras) or "none found",
    )


def _window() -> Iterator[Finding]:
    shown = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) or sys.platform in ("darwin", "win32")
    yield (
        (OK if shown else NOTE),
        "display",
        "yes" if shown else "none: the window cannot be shown, the command line works",
    )
    environment = dict(os.environ) if shown else {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    # in a process of its own, since Qt ends the one it cannot start in
    code = (
        "from PySide6 import __version__\n"
        "from PySide6.QtWidgets import QApplication\n"
        "print(__version__, QApplication([]).platformName())"
    )
    try:
        tried = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield NOTE, "Qt", f"does not start: {error}"
        return
    if tried.returncode == 0:
        yield OK, "Qt", tried.stdout.strip()
    else:
        complaint = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
        yield NOTE, "Qt", f"does not start ({complaint}): run make install, which names the system packages it needs"


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
