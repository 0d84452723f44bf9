import shutil
import threading

import numpy as np
import pytest

from engine.backends.cache import PlanCache
from engine.backends.onnxruntime import OnnxRuntimeBackend
from engine.backends.parity import sample_feeds
from engine.backends.tensorrt import TensorRtBackend
from engine.config import TrackerConfig
from engine.errors import BackendError, Cancelled
from engine.models import open_models
from engine.tracking.multi import MultiTracker
from engine.types import Box, Frame
from tests.engine.backends.fake_gpu import FakeCuda, FakeTensorRt


class Gpu:
    """Opens the backend on a made-up GPU; everything it was made of can be looked at."""

    def __init__(self, models, folder):
        self.models, self.cache = models, PlanCache(folder)
        self.cuda = FakeCuda()
        self.trt = FakeTensorRt(self.cuda)

    def open(self, precision="fp16", **options):
        self.cuda.closed = False
        return TensorRtBackend(
            self.models, precision, flavour=self.trt.flavour(), cuda=self.cuda, cache=self.cache, **options
        )

    def check_clean(self):
        assert not self.cuda.blocks and not self.cuda.pinned and not self.cuda.streams, "memory was not given back"
        assert self.cuda.closed


@pytest.fixture
def gpu(tmp_path, half_models):
    """With an empty cache."""
    made = Gpu(half_models, tmp_path / "plans")
    yield made
    made.check_clean()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory, half_models):
    """A cache with all plans in it, and what the backend said of itself while it filled the cache."""
    folder = tmp_path_factory.mktemp("cache")
    made = Gpu(half_models, folder)
    reports, info = {}, {}
    for precision in ("fp32", "fp16"):
        with made.open(precision) as backend:
            reports[precision], info[precision] = backend.reports, backend.info
    made.check_clean()
    return folder, reports, info, len(made.trt.built)


@pytest.fixture
def warm(tmp_path, half_models, compiled):
    """With all plans compiled and checked before."""
    shutil.copytree(compiled[0], tmp_path / "plans")
    made = Gpu(half_models, tmp_path / "plans")
    yield made
    made.check_clean()


@pytest.fixture(scope="module")
def reference(half_models):
    with OnnxRuntimeBackend(half_models, threads=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def feeds(reference):
    return sample_feeds(reference)


def test_every_graph_gives_what_onnx_runtime_gives(warm, reference, feeds):
    with warm.open("fp32") as backend:
        for graph, inputs in feeds.items():
            wanted = reference.run(graph, inputs)
            found = backend.run(graph, inputs)
            assert found.keys() == wanted.keys()
            for name in wanted:
                np.testing.assert_allclose(found[name], wanted[name], rtol=1e-4, atol=1e-4)


def test_float16_passes_parity_and_learning_stays_float32(compiled):
    _, reports, info, _ = compiled
    precisions = {report.graph: report.precision for report in reports["fp16"]}
    assert precisions.pop("learn") == "fp32"
    assert set(precisions.values()) == {"fp16"}
    assert all(report.parity.passed for report in reports["fp16"] + reports["fp32"])
    assert info["fp16"].precision == "fp16"
    assert info["fp16"].device == "Made-up GPU"


def test_plans_are_compiled_once(compiled, warm):
    _, reports, _, built = compiled
    assert {report.origin for report in reports["fp32"]} == {"compiled"}
    graphs = len(open_models().graphs)
    assert built == 2 * graphs - 1, "learn has one precision"
    with warm.open(may_build=False) as backend:
        assert {report.origin for report in backend.reports} == {"cached"}
        assert all(report.parity.passed for report in backend.reports)


def test_nothing_is_compiled_unasked(gpu):
    with pytest.raises(BackendError, match="run attntrack build"):
        gpu.open(may_build=False)
    assert not gpu.trt.built


def test_a_graph_that_float16_spoils_runs_in_float32(warm, half_models):
    for path in warm.cache.folder.glob("score-fp16-*"):
        path.unlink()
    warm.trt.wrong = {half_models.half_path("score").read_bytes()}
    with warm.open() as backend:
        score = next(report for report in backend.reports if report.graph == "score")
        assert score.precision == "fp32"
        assert "fp16 is off by" in score.note
        assert backend.info.precision == "fp16+fp32"
    compiled = len(warm.trt.built)
    with warm.open() as backend:
        assert {report.graph: report.precision for report in backend.reports}["score"] == "fp32"
    assert len(warm.trt.built) == compiled, "what failed parity was compiled again"


def test_a_graph_that_is_wrong_in_float32_too_is_not_run(gpu, half_models):
    gpu.trt.wrong = {half_models.path("locate").read_bytes(), half_models.half_path("locate").read_bytes()}
    with pytest.raises(BackendError, match=r"computes locate wrongly here.*--backend onnxruntime"):
        gpu.open()


def test_a_damaged_plan_is_compiled_again(warm, caplog):
    for path in warm.cache.folder.glob("features-*.plan"):
        data = bytearray(path.read_bytes())
        data[-100] ^= 1
        path.write_bytes(data)
    with warm.open() as backend:
        origins = {report.graph: report.origin for report in backend.reports}
    assert origins.pop("features") == "rebuilt: the cached one is damaged"
    assert set(origins.values()) == {"cached"}
    assert "is damaged" in caplog.text


def test_a_plan_that_tensorrt_refuses_is_compiled_again(warm, half_models):
    model = half_models.half_path("locate").read_bytes()
    warm.trt.refused = {b"plan:" + model}
    with pytest.raises(BackendError, match="cannot load the plan of locate"):
        warm.open()
    assert warm.trt.built == [model], "it was not tried anew before giving up"


def test_a_full_disk_costs_time_but_nothing_else(warm, monkeypatch, caplog):
    for path in warm.cache.folder.glob("score-*"):
        path.unlink()

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.backends.cache.os.replace", full)
    with warm.open() as backend:
        assert {report.graph: report.origin for report in backend.reports}["score"] == "compiled"
    assert "No space left on device" in caplog.text and "compiled at every start" in caplog.text


def test_cancelling_leaves_nothing_behind(gpu):
    asked = iter([False] * 6 + [True] * 100)
    with pytest.raises(Cancelled):
        gpu.open(cancelled=lambda: next(asked))
    assert len(gpu.trt.built) == 1, "cancelled in the second graph"


def test_progress_rises_over_all_graphs(gpu):
    seen = []
    gpu.open(progress=lambda share, what: seen.append((share, what))).close()
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert shares[-1] > 0.9
    assert seen[0][1].startswith(f"{open_models().graphs[0]}:")


def test_a_full_gpu_is_an_error_that_gives_everything_back(warm):
    warm.cuda.fail_after = 5
    with pytest.raises(BackendError, match="full"):
        warm.open()


def test_wrong_feeds_are_a_backend_error(warm, feeds):
    with warm.open() as backend:
        with pytest.raises(BackendError, match="'features' failed in TensorRT: image is"):
            backend.run("features", {"image": np.zeros((1, 3, 10, 10), np.float32)})
        with pytest.raises(BackendError, match="is nothing"):
            backend.run("features", {})
        with pytest.raises(BackendError, match="no graph 'dream'"):
            backend.run("dream", {})
        backend.run("features", feeds["features"])


def test_features_stay_on_the_gpu_for_the_graphs_that_follow(warm, feeds, reference):
    with warm.open("fp32") as backend:
        maps = backend.run("features", feeds["features"])
        memory = {name: feeds["locate"][name] for name in ("memory8", "memory16")}
        warm.cuda.uploads.clear()
        found = backend.run("locate", {**maps, **memory})
        assert warm.cuda.copies >= 2
        assert sum(warm.cuda.uploads) < 1.01 * sum(array.nbytes for array in memory.values())
        wanted = reference.run("locate", {**reference.run("features", feeds["features"]), **memory})
        np.testing.assert_allclose(found["ltrb"], wanted["ltrb"], rtol=1e-3, atol=1e-3)


def test_old_features_are_not_taken_for_the_new_ones(warm, feeds):
    with warm.open("fp32") as backend:
        old = backend.run("features", feeds["features"])
        before = backend.run("locate", {**feeds["locate"], **old})
        backend.run("features", {"image": np.zeros((1, 3, 256, 256), np.float32)})  # overwrites the maps on the GPU
        after = backend.run("locate", {**feeds["locate"], **old})
        np.testing.assert_array_equal(before["score"], after["score"])


def test_weights_travel_once(warm, feeds):
    with warm.open() as backend:
        inputs = {**feeds["score"], **{name: backend.head()[name] for name in ("w4", "b4", "w5", "b5", "w6", "b6")}}
        backend.run("score", inputs)
        warm.cuda.uploads.clear()
        backend.run("score", inputs)
        assert sum(warm.cuda.uploads) < 0.7e6, "the weights alone are 1.9 MB"


def test_a_changed_array_is_sent_again(warm, feeds):
    with warm.open("fp32") as backend:
        image = feeds["features"]["image"].copy()
        first = backend.run("features", {"image": image})
        image[:] = 0.0
        second = backend.run("features", {"image": image})
        assert not np.array_equal(first["f8"], second["f8"])


def test_results_are_not_overwritten_by_the_next_run(warm, feeds):
    with warm.open("fp32") as backend:
        first = backend.run("features", feeds["features"])
        kept = first["f8"].copy()
        backend.run("features", {"image": np.zeros((1, 3, 256, 256), np.float32)})
        np.testing.assert_array_equal(first["f8"], kept)
        with pytest.raises(ValueError, match="read-only"):
            first["f8"][:] = 0.0


def test_learning_runs_in_the_background_beside_tracking(warm, feeds, reference):
    with warm.open("fp32") as backend:
        wanted = reference.run("learn", feeds["learn"])
        errors = []

        def learn():
            for _ in range(5):
                found = backend.run("learn", feeds["learn"])
                errors.append(float(np.abs(found["new_w4"] - wanted["new_w4"]).max()))

        thread = threading.Thread(target=learn)
        thread.start()
        for _ in range(5):
            backend.run("features", feeds["features"])
        thread.join()
        assert len(errors) == 5
        assert max(errors) < 1e-5
        assert [stream.background for stream in warm.cuda.streams.values()] == [False, True]


def test_learning_goes_on_from_its_own_results_on_the_gpu(warm, feeds, reference):
    names = ("w4", "b4", "w5", "b5", "w6", "b6")
    with warm.open("fp32") as backend:
        results = []
        for runtime in (reference, backend):
            inputs = dict(feeds["learn"])
            for _ in range(3):
                warm.cuda.uploads.clear()
                out = runtime.run("learn", inputs)
                inputs |= {name: out[f"new_{name}"] for name in names}
                inputs |= {f"m_{name}": out[f"new_m_{name}"] for name in names}
            results.append(out)
        np.testing.assert_allclose(results[1]["new_w4"], results[0]["new_w4"], rtol=1e-4, atol=1e-6)
        samples = sum(feeds["learn"][name].nbytes for name in ("positives", "negatives", "lr"))
        assert sum(warm.cuda.uploads) < samples + 1024


def test_work_is_recorded_and_replayed(warm, feeds):
    with warm.open() as backend:
        assert len(warm.cuda.replays) == len(open_models().graphs)
        backend.run("features", feeds["features"])
        backend.warm_up()
        assert all(replay.launched > 0 for replay in warm.cuda.replays)
    warm.cuda.replays.clear()
    with warm.open(replay=False) as backend:
        backend.run("features", feeds["features"])
        assert not warm.cuda.replays


def test_closing_twice_does_nothing(warm):
    backend = warm.open()
    backend.close()
    backend.close()


def test_a_track_on_the_gpu_is_the_track_on_the_cpu(warm, reference):
    tracks = []
    with warm.open("fp32") as backend:
        for runtime in (reference, backend):
            tracker = MultiTracker(runtime, TrackerConfig(deterministic=True))
            tracker.init(_frame(0), {1: Box(80, 90, 50, 60)})
            boxes = [tracker.update(_frame(index)).targets[0].box for index in range(1, 4)]
            tracker.close()
            tracks.append(np.array([box.as_array() for box in boxes]))
    np.testing.assert_allclose(tracks[1], tracks[0], atol=0.5)


def _frame(index):
    rng = np.random.default_rng(3)
    image = np.kron(rng.integers(40, 200, (24, 32, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    x = 80 + 4 * index
    image[90:150, x : x + 50] = np.kron(rng.integers(0, 255, (6, 5, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    image.flags.writeable = False
    return Frame(index, index / 25, image)
