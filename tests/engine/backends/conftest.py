import shutil

import pytest

from engine.models import bundled_models, open_models
from training.export_half import FLOAT32_GRAPHS, export_half


@pytest.fixture(scope="session")
def half_models(tmp_path_factory):
    """The bundled models, each with its float16 variant even where a newer graph came without one."""
    folder = tmp_path_factory.mktemp("models") / "models"
    shutil.copytree(bundled_models(), folder)
    store = open_models(folder)
    missing = [name for name in store.graphs if name not in FLOAT32_GRAPHS and store.half_path(name) is None]
    export_half(folder, missing)
    return open_models(folder)
