"""The stand-in and the real tracker must be driven in the same way."""

import inspect

import pytest

from engine.followers import TrackerLike
from engine.testing import FakeTracker
from engine.tracking.multi import MultiTracker


@pytest.mark.parametrize("name", ["init", "update", "remove", "close"])
def test_methods_take_the_same_arguments(name):
    protocol = inspect.signature(getattr(TrackerLike, name)).parameters
    for made in (FakeTracker, MultiTracker):
        own = inspect.signature(getattr(made, name)).parameters
        assert [(p.name, p.kind) for p in own.values()] == [(p.name, p.kind) for p in protocol.values()]
        for mine, asked in zip(own.values(), protocol.values(), strict=True):
            # `...` in the protocol says that there is a default, not which
            assert mine.default == asked.default or (
                asked.default is ... and mine.default is not inspect.Parameter.empty
            )


@pytest.mark.parametrize("made", [FakeTracker, MultiTracker])
def test_targets_is_a_property(made):
    assert isinstance(inspect.getattr_static(made, "targets"), property)
