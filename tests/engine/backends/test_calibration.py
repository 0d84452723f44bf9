import json

import numpy as np
import pytest

from engine.backends import calibration, select
from engine.backends.calibration import Calibration, calibrate, calibration_file, remember, remembered
from engine.backends.select import ON_CPU, fastest_on_cpu, open_backend
from engine.errors import BackendError
from engine.models import ModelStore, open_models
from engine.testing import FakeBackend


class Paced(FakeBackend):
    """A backend whose graphs take a given time of a clock that it moves."""

    def __init__(self, clock, seconds, slow_rounds=()):
        super().__init__()
        self.clock, self.seconds, self.slow_rounds, self.looks = clock, seconds, slow_rounds, 0

    def run(self, graph, feeds):
        if graph == "features":
            self.looks += 1
            self.clock[0] += 1.0 if self.looks in self.slow_rounds else self.seconds
            return {"f8": np.zeros((1, 40, 32, 32)), "f16": np.zeros((1, 112, 16, 16))}
        return {}


@pytest.fixture
def measure():
    """A calibration over backends of these speeds; None cannot be opened."""

    def run(slow_rounds=(), **seconds):
        clock = [0.0]
        made = {name: Paced(clock, each, slow_rounds) for name, each in seconds.items() if each is not None}

        def opened(name):
            if name not in made:
                raise BackendError(f"{name} does not work")
            return made[name]

        found = calibrate(list(seconds), opened, lambda: clock[0])
        assert all(backend.closed for backend in made.values())
        return found

    return run


def test_the_fastest_is_found(measure):
    found = measure(exact=0.010, small=0.007, other=0.008)
    assert found.fastest == "small"
    assert found.milliseconds == pytest.approx({"exact": 10.0, "small": 7.0, "other": 8.0})


def test_a_little_faster_is_not_worth_being_less_exact(measure):
    assert measure(exact=0.010, small=0.0095).fastest == "exact"


def test_hiccups_do_not_decide(measure):
    assert measure(slow_rounds=(4, 7), exact=0.010, small=0.007).fastest == "small"


def test_what_does_not_work_is_left_out_but_the_first_must(measure):
    assert measure(exact=0.010, broken=None).milliseconds.keys() == {"exact"}
    with pytest.raises(BackendError, match="exact does not work"):
        measure(exact=None, small=0.007)


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return calibration_file()


def test_it_is_remembered(cache):
    made = Calibration("small", {"exact": 10.0, "small": 7.0})
    assert remembered("here") is None
    remember("here", made)
    assert remembered("here") == made
    assert remembered("another machine") is None
    assert [path.name for path in cache.parent.iterdir()] == [cache.name]


def test_those_of_other_models_are_kept_and_the_oldest_goes_first(cache):
    made = [Calibration("small", {"exact": float(n)}) for n in range(calibration.KEPT + 1)]
    for n, each in enumerate(made):
        remember(f"models {n}", each)
    assert remembered("models 0") is None
    assert [remembered(f"models {n}") for n in range(1, len(made))] == made[1:]
    remember("models 1", made[0])
    remember("more models", made[0])
    assert remembered("models 1") == made[0] and remembered("models 2") is None, "made anew, it is new"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"here": 3}', '{"here": {"fastest": "x", "milliseconds": {"x": "y"}}}']
)
def test_what_cannot_be_read_is_as_if_it_was_not_there(cache, text):
    cache.parent.mkdir()
    cache.write_text(text)
    assert remembered("here") is None


def test_where_nothing_can_be_written_it_goes_on(cache):
    cache.parent.write_text("a file where the folder should be")
    remember("here", Calibration("small", {}))
    assert remembered("here") is None


def test_auto_measures_once_and_takes_the_fastest(cache, monkeypatch):
    asked = []

    def measured(names, opened):
        asked.append(list(names))
        return Calibration("openvino", dict.fromkeys(names, 1.0))

    monkeypatch.setattr(select, "calibrate", measured)
    for _ in range(2):
        with open_backend("auto") as backend:
            assert backend.info.name == "openvino"
    assert asked == [select.usable_on_cpu(open_models())]
    assert len(json.loads(cache.read_text())) == 1


def test_other_models_or_another_processor_are_measured_anew(monkeypatch):
    store = open_models()
    here = select.calibration_key(ON_CPU, store)
    assert here == select.calibration_key(ON_CPU, store)
    assert here != select.calibration_key(ON_CPU[:1], store)
    monkeypatch.setattr(select, "processor", lambda: "another, 64 cores")
    assert here != select.calibration_key(ON_CPU, store)


def test_what_counts_as_harmless_is_part_of_the_key(monkeypatch):
    store = open_models()
    here = select.calibration_key(ON_CPU, store)
    now = store.int8_graphs(harmless=True)
    other = () if now else store.int8_graphs()
    monkeypatch.setattr(ModelStore, "int8_graphs", lambda self, harmless=False: other)
    assert here != select.calibration_key(ON_CPU, store)


def test_it_works_with_the_real_networks(cache):
    found = fastest_on_cpu(open_models())
    assert set(found.milliseconds) == set(select.usable_on_cpu(open_models()))
    assert all(0 < value < 1e4 for value in found.milliseconds.values())
    assert fastest_on_cpu(open_models()) == found


def test_the_processor_has_a_name_and_cores():
    assert calibration.processor().endswith("cores") and len(calibration.processor()) > 10
