"""Plans compiled for real by TensorRT for RTX, which needs no GPU for it."""

from dataclasses import replace

import pytest

from engine.backends.build import BuildOptions, PhaseTree, build_plan
from engine.backends.cache import Entry, PlanCache
from engine.backends.flavour import load_flavour
from engine.backends.plans import PlanMaker, compile_for
from engine.errors import BackendError, BuildError, Cancelled

GRAPHS = (
    "attend_classic",
    "attend_square",
    "attend_wide",
    "encode_classic",
    "encode_square",
    "encode_wide",
    "features",
    "learn",
    "locate",
    "score",
)


@pytest.fixture(scope="module")
def flavour():
    return load_flavour("tensorrt_rtx")


@pytest.fixture
def maker(half_models, flavour, tmp_path):
    return PlanMaker(half_models, flavour, "sm86", cache=PlanCache(tmp_path / "plans"))


@pytest.fixture
def small(maker):
    """For two small graphs only."""
    graphs = {name: maker.models.manifest["graphs"][name] for name in ("learn", "score")}
    return replace(maker, models=replace(maker.models, manifest={**maker.models.manifest, "graphs": graphs}))


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("graph", GRAPHS)
def test_every_graph_compiles(maker, graph, precision):
    if precision == "fp16" and graph == "learn":
        assert maker.ladder(graph, precision) == ("fp32",)
        return
    made = maker.obtain(graph, precision)
    assert made.origin == "compiled"
    assert made.plan[4:8] == b"\0\0\0\0" and made.plan[:4] == b"vtrt"
    assert made.key.capability == "sm86"


def test_the_float16_plan_is_smaller(maker):
    sizes = [len(maker.obtain("encode_wide", precision).plan) for precision in ("fp16", "fp32")]
    assert sizes[0] < 0.75 * sizes[1]


def test_progress_rises_from_start_to_end(half_models, flavour):
    seen = []
    options = BuildOptions("sm86")
    build_plan(flavour, half_models.path("score"), options, lambda share, what: seen.append((share, what)))
    shares = [share for share, _ in seen]
    assert len(shares) > 50
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert 0.75 < shares[-1] <= 1.0
    assert all(what for _, what in seen)


def test_cancelling_midway_raises_and_keeps_nothing(maker):
    steps = []
    halfway = PlanMaker(
        maker.models,
        maker.flavour,
        "sm86",
        cache=maker.cache,
        progress=lambda share, what: steps.append(share),
        cancelled=lambda: bool(steps) and steps[-1] > 0.1,
    )
    with pytest.raises(Cancelled):
        halfway.obtain("locate", "fp32")
    assert 0.1 < steps[-1] < 0.5, "it went on"
    assert not maker.cache.path(maker.key("locate", "fp32")).exists()
    maker.obtain("locate", "fp32")  # and the builder is none the worse for it


def test_an_error_in_the_progress_callback_comes_out(half_models, flavour):
    def broken(share, what):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build_plan(flavour, half_models.path("score"), BuildOptions("sm86"), broken)


def test_a_damaged_entry_is_rebuilt(maker, caplog):
    made = maker.obtain("score", "fp32")
    maker.cache.store(made.key, made.plan, made.notes)
    assert maker.obtain("score", "fp32").origin == "cached"
    path = maker.cache.path(made.key)
    path.write_bytes(path.read_bytes()[:-1])
    again = maker.obtain("score", "fp32")
    assert again.origin == "rebuilt: the cached one is damaged"
    assert str(path) in caplog.text
    assert again.plan[:4] == b"vtrt"


def test_a_plan_for_the_capability_serves_any_gpu_of_it(small):
    compile_for([small], "fp32", False, lambda made: None)
    here = PlanMaker(small.models, small.flavour, "sm86", "Some GPU", small.cache)
    made = here.obtain("score", "fp32", may_build=False)
    assert made.origin == "cached"
    assert made.key.gpu == "Some GPU"
    assert made.notes == {}, "parity found elsewhere says nothing about this GPU"
    elsewhere = PlanMaker(small.models, small.flavour, "sm89", "Some GPU", small.cache)
    with pytest.raises(BuildError, match="not compiled yet: run attntrack build"):
        elsewhere.obtain("score", "fp32", may_build=False)


def test_compiling_again_is_for_those_who_ask(small):
    origins = []
    for again in (False, False, True):
        compile_for([small], "fp32", again, lambda made: origins.append(made.origin))
    assert origins == ["compiled"] * 2 + ["cached"] * 2 + ["compiled"] * 2
    assert isinstance(small.cache.load(small.key("learn", "fp32")), Entry)


def test_a_target_it_does_not_have_is_named(maker):
    wrong = PlanMaker(maker.models, maker.flavour, "sm90", cache=maker.cache)
    with pytest.raises(BuildError, match=r"no target sm90, only sm75, .*install the package tensorrt"):
        wrong.obtain("score", "fp32")


def test_what_is_no_graph_is_refused(flavour, tmp_path):
    path = tmp_path / "junk.onnx"
    path.write_bytes(b"junk")
    with pytest.raises(BuildError, match=r"cannot read junk\.onnx"):
        build_plan(flavour, path, BuildOptions("sm86"))


def test_an_unknown_precision_is_refused(maker):
    with pytest.raises(BuildError, match="choose one of fp16, fp32"):
        maker.ladder("score", "int3")


def test_a_tensorrt_that_is_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("engine.backends.flavour.FLAVOURS", ("no_such_tensorrt",))
    with pytest.raises(BackendError, match=r"not installed.*pip install 'attntrack\[gpu\]'"):
        load_flavour()


def test_phases_inside_phases_add_up():
    tree = PhaseTree()
    tree.start("outer", None, 4)
    tree.step("outer", 0)
    assert tree.share == pytest.approx(0.25)
    tree.start("inner", "outer", 2)
    tree.step("inner", 0)
    assert tree.share == pytest.approx(0.375)
    tree.finish("inner")
    assert tree.share == pytest.approx(0.375), "it never falls"
    tree.step("outer", 1)
    assert tree.share == pytest.approx(0.5)
    tree.step("unknown", 3)
    tree.finish("outer")
    assert tree.share == pytest.approx(0.5)
