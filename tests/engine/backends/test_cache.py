import os
from dataclasses import fields, replace
from pathlib import Path

import pytest

from engine.backends.cache import Entry, Miss, PlanCache, PlanKey, cache_folder
from engine.errors import BuildError

KEY = PlanKey("score", "ab" * 32, "tensorrt", "10.3", "Made-up GPU", "sm86", "fp16")


@pytest.fixture
def cache(tmp_path):
    return PlanCache(tmp_path / "plans")


def test_a_plan_comes_back_with_its_notes(cache):
    cache.store(KEY, b"plan" * 1000, {"parity_error": 0.001})
    assert cache.load(KEY) == Entry(b"plan" * 1000, {"parity_error": 0.001})


def test_there_is_nothing_before_it_is_stored(cache):
    found = cache.load(KEY)
    assert isinstance(found, Miss)
    assert not found.suspicious


@pytest.mark.parametrize("field", [field.name for field in fields(PlanKey)])
def test_everything_a_plan_depends_on_is_in_its_key(cache, field):
    cache.store(KEY, b"plan", {})
    other = replace(KEY, **{field: "other"})
    assert isinstance(cache.load(other), Miss)
    assert cache.path(other) != cache.path(KEY)


def test_a_plan_of_another_key_under_this_name_is_not_trusted(cache):
    other = replace(KEY, gpu="Another GPU")
    cache.store(other, b"plan", {})
    os.rename(cache.path(other), cache.path(KEY))
    found = cache.load(KEY)
    assert isinstance(found, Miss)
    assert found.suspicious
    assert "another model or machine" in found.reason


def test_a_byte_changed_anywhere_is_noticed(cache):
    cache.store(KEY, b"plan" * 20, {"parity_error": 0.001})
    path = cache.path(KEY)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        found = cache.load(KEY)
        assert isinstance(found, Miss), f"byte {at}"
        assert found.suspicious


@pytest.mark.parametrize("size", [0, 3, 20, 200])
def test_a_plan_cut_short_is_noticed(cache, size):
    cache.store(KEY, b"plan" * 1000, {})
    path = cache.path(KEY)
    path.write_bytes(path.read_bytes()[:size])
    found = cache.load(KEY)
    assert isinstance(found, Miss)
    assert found.suspicious


def test_a_reader_never_sees_a_part(cache, monkeypatch):
    cache.store(KEY, b"old", {})
    seen = []
    replacing = os.replace

    def looking(source, target):
        seen.append(cache.load(KEY))
        replacing(source, target)

    monkeypatch.setattr(os, "replace", looking)
    cache.store(KEY, b"new" * 100, {})
    assert seen == [Entry(b"old", {})]
    assert cache.load(KEY) == Entry(b"new" * 100, {})
    assert [path.name for path in cache.folder.iterdir()] == [KEY.file_name]


def test_a_failed_write_leaves_the_old_plan_and_no_litter(cache, monkeypatch):
    cache.store(KEY, b"old", {})

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(BuildError, match=r"No space left on device.*XDG_CACHE_HOME"):
        cache.store(KEY, b"new", {})
    assert cache.load(KEY) == Entry(b"old", {})
    assert len(list(cache.folder.iterdir())) == 1


def test_only_the_user_may_put_plans_there(cache):
    cache.store(KEY, b"plan", {})
    assert cache.folder.stat().st_mode & 0o077 == 0


def test_the_folder_is_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "attntrack" / "plans"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the standard says to ignore these
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert cache_folder() == tmp_path / "home" / ".cache" / "attntrack" / "plans"
