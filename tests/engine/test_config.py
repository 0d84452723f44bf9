import json
from dataclasses import replace

import pytest

from engine.config import SearchConfig, TrackerConfig, load_config, save_config
from engine.errors import FormatError


def test_settings_survive_saving(tmp_path):
    config = TrackerConfig(search=replace(SearchConfig(), factor=5.0), deterministic=True)
    save_config(config, tmp_path / "c.json")
    assert load_config(tmp_path / "c.json") == config


def test_missing_keys_keep_their_defaults(tmp_path):
    (tmp_path / "c.json").write_text('{"learn": {"init_steps": 3}}')
    config = load_config(tmp_path / "c.json")
    assert config.learn.init_steps == 3
    assert config.search == SearchConfig()


@pytest.mark.parametrize(
    "text",
    ["", "[1]", '{"serch": {}}', '{"search": {"factr": 1}}', '{"search": {"factor": "wide"}}', '{"deterministic": 1}'],
)
def test_wrong_settings_are_refused_by_name(tmp_path, text):
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(FormatError, match=r"c\.json"):
        load_config(path)


def test_a_missing_file_is_a_format_error(tmp_path):
    with pytest.raises(FormatError, match="give a JSON file"):
        load_config(tmp_path / "nothing.json")


def test_saved_settings_are_plain_json(tmp_path):
    save_config(TrackerConfig(), tmp_path / "c.json")
    assert json.loads((tmp_path / "c.json").read_text())["state"]["lost_at"] == TrackerConfig().state.lost_at
