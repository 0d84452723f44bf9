"""On a real GPU: parity of every graph, tracks like the CPU's, flat memory, and how fast it is."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from app.cli.demo import demo_clip
from engine.backends.parity import LIMITS, compare, sample_feeds
from engine.backends.tensorrt import TensorRtBackend
from engine.config import TrackerConfig
from engine.datasets import Clip, find_clips
from engine.geometry import iou
from engine.models import open_models
from engine.sources import open_source
from engine.testing_clip import moving_box, textured_image, write_clip
from engine.tracking.multi import MultiTracker
from engine.types import Box, Frame, read_only

SIZE = (640, 480)
SOAK_FRAMES, SOAK_SECONDS = 10_000, 210.0
CLIP_FRAMES = 250


def _frame(index):
    return Frame(index, index / 30, read_only(textured_image(index, *SIZE)))


def _median_ms(work, repeats=200):
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1e3)
    return float(np.median(times))


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_every_graph_computes_what_the_cpu_computes(gpu, cpu, report, precision):
    feeds = sample_feeds(cpu)
    backend = gpu if precision == "fp16" else TensorRtBackend(open_models(), "fp32")
    try:
        worst = {}
        for made in backend.reports:
            graph = made.graph
            parity = compare(backend.run(graph, feeds[graph]), cpu.run(graph, feeds[graph]), made.precision)
            report.add(
                f"Parity with ONNX Runtime on the CPU, {precision} asked for",
                graph=graph,
                precision=made.precision,
                error=f"{parity.error:.1e} ({parity.output})",
                limit=f"{parity.limit:g}",
                compiled=f"{made.origin}, {made.seconds:.1f} s, {made.nbytes / 1e6:.1f} MB",
                ms_a_run=f"{_median_ms(lambda g=graph: backend.run(g, feeds[g])):.3f}",
                note=made.note or "",
            )
            worst[graph] = parity.error / LIMITS[made.precision]
        assert len(worst) == len(open_models().graphs)
        assert max(worst.values()) <= 1.0, worst
    finally:
        if backend is not gpu:
            backend.close()


def _clips(folder: Path | None, tmp_path: Path) -> list[Clip]:
    """The demo clip and two more: of the folder that was given, else drawn ones."""
    found = [demo_clip(), *(find_clips(folder) if folder else [])][:3]
    for name, size in (("drawn wide", (640, 360)), ("drawn square", (480, 480))):
        if len(found) < 3:
            path = tmp_path / f"{name}.mp4"
            truth = write_clip(path, 120, size)
            found.append(Clip(name, path, np.array([box.as_array() for box in truth])))
    return found


def _track(backend, clip):
    source = open_source(str(clip.source))
    tracker = MultiTracker(backend, TrackerConfig(deterministic=True))
    try:
        boxes = []
        frame = source.read()
        tracker.init(frame, {1: Box.from_array(clip.truth[0])})
        while len(boxes) < CLIP_FRAMES and (frame := source.read()) is not None:
            boxes.append(tracker.update(frame).targets[0].box)
        return boxes
    finally:
        tracker.close()
        source.close()


def test_tracks_agree_with_the_cpus(gpu, cpu, report, clips_folder, tmp_path):
    agreement = {}
    for clip in _clips(clips_folder, tmp_path):
        pairs = list(zip(_track(gpu, clip), _track(cpu, clip), strict=True))
        both = [(a, b) for a, b in pairs if a is not None and b is not None]
        overlaps = [float(iou(a.as_array()[None], b.as_array())[0]) for a, b in both]
        overlaps += [float(a is None and b is None) for a, b in pairs if a is None or b is None]
        agreement[clip.name] = float(np.mean(overlaps))
        report.add(
            "Tracks beside the CPU's (deterministic)",
            clip=clip.name,
            frames=len(pairs),
            mean_IoU=f"{agreement[clip.name]:.3f}",
        )
    assert len(agreement) == 3
    assert min(agreement.values()) >= 0.9, agreement


def _resident_mb():
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_memory_stays_flat(gpu, report):
    frames = [_frame(index) for index in range(200)]
    tracker = MultiTracker(gpu, TrackerConfig())
    tracker.init(frames[0], {1: moving_box(0, *SIZE)})
    began, done, early = time.monotonic(), 0, None
    while done < SOAK_FRAMES and time.monotonic() - began < SOAK_SECONDS:
        done += 1
        picture = frames[done % len(frames)]
        tracker.update(Frame(done, done / 30, picture.image))
        if done == 1000:
            early = _resident_mb(), _used_on_gpu(gpu)
    tracker.close()
    late = _resident_mb(), _used_on_gpu(gpu)
    assert early is not None, f"only {done} frames in {SOAK_SECONDS:.0f} s"
    report.add(
        "Soak",
        frames=done,
        seconds=f"{time.monotonic() - began:.0f}",
        host_memory=f"{early[0]:.0f} MB after 1,000 frames, {late[0]:.0f} MB at the end",
        gpu_memory=f"{early[1] / 2**20:.0f} MB, {late[1] / 2**20:.0f} MB",
    )
    assert late[0] <= 1.02 * early[0] + 4
    assert late[1] <= early[1] + 2**20


def _used_on_gpu(gpu):
    with gpu._cuda.current():
        free, total = gpu._cuda.memory()
    return total - free


@pytest.mark.parametrize("name", ["TensorRT", "TensorRT, nothing replayed", "ONNX Runtime, CPU"])
@pytest.mark.parametrize("targets", [1, 4])
def test_time_of_a_frame(gpu, cpu, report, name, targets):
    backend = {"TensorRT": gpu, "ONNX Runtime, CPU": cpu}.get(name)
    opened = backend or TensorRtBackend(open_models(), replay=False)
    count = 150 if backend is cpu else 600
    try:
        tracker = MultiTracker(opened, TrackerConfig())
        start = moving_box(0, *SIZE)
        boxes = {i: Box(start.x + 3 * i, start.y + 2 * i, start.w, start.h) for i in range(1, targets + 1)}
        tracker.init(_frame(0), boxes)
        times, stages = [], {}
        for index in range(1, count):
            frame = _frame(index)
            began = time.perf_counter()
            result = tracker.update(frame)
            if index >= 20:
                times.append((time.perf_counter() - began) * 1e3)
                for stage, value in result.timings.stages.items():
                    stages.setdefault(stage, []).append(value)
        tracker.close()
    finally:
        if backend is None:
            opened.close()
    report.add(
        f"Tracking {SIZE[0]}x{SIZE[1]}, attention every frame, learning beside it, without decoding",
        backend=name,
        targets=targets,
        median_ms=f"{np.median(times):.2f}",
        p99_ms=f"{np.percentile(times, 99):.2f}",
        stages=", ".join(f"{stage} {np.median(values):.2f}" for stage, values in stages.items()),
    )
    assert len(times) == count - 20
