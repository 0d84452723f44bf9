"""The house rules: who imports whom, how long files are, and that what is shipped is what is meant to be."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.cli import VERBS
from engine.models import bundled_models, sha256_of

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(path for top in ("app", "engine", "training", "tests") for path in (ROOT / top).rglob("*.py"))
TEXT = [
    *CODE,
    *sorted(path for path in ROOT.glob("*") if path.suffix in (".md", ".toml", ".txt") or path.name == "Makefile"),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "assets").rglob("*.md")),
    *sorted(path for path in (ROOT / ".ci").iterdir() if path.is_file()),
]
LONGEST = 400


def test_import_contracts_hold():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("engine", "PySide6 torch tensorrt tensorrt_rtx pycuda pyqtgraph"),
        ("engine.tracking.multi, engine.sources, engine.formats, engine.backends.select", "PySide6 torch tensorrt"),
        ("engine.worker, engine.render, engine.metrics, engine.datasets", "PySide6 torch tensorrt pyqtgraph"),
        ("app.cli", "PySide6 torch tensorrt numpy cv2"),
        ("app.cli.track, app.cli.evaluate, app.cli.benchmark, app.cli.doctor", "PySide6 torch tensorrt pyqtgraph"),
    ],
)
def test_importing_it_loads_none_of_these(module, forbidden):
    code = f"import sys; import {module}; print(sorted(set('{forbidden}'.split()) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_no_file_speaks_of_one_machine():
    # built from parts, so that this file does not match itself
    pattern = re.compile("|".join(("/" + "work/", "/" + "root/", "/" + "home/[a-z]", r"[A-Z]:\\Users")))
    found = [f"{path.relative_to(ROOT)}" for path in TEXT if pattern.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_no_package_index_is_named():
    pattern = re.compile("--(extra-)?index" + "-url|--find" + "-links")
    assert [str(path) for path in TEXT if pattern.search(path.read_text(encoding="utf-8"))] == []


def test_every_module_lies_in_a_package():
    # setuptools ships packages, that is folders with an __init__.py
    outside = [path for path in CODE if "tests" not in path.parts and not (path.parent / "__init__.py").is_file()]
    assert outside == []


def test_manifest_and_files_agree():
    folder = bundled_models()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    graphs = [
        *manifest["graphs"].values(),
        *(entry[kind] for entry in manifest["graphs"].values() for kind in ("half", "int8") if kind in entry),
    ]
    entries = [*graphs, manifest["head"]]
    for entry in entries:
        path = folder / entry["file"]
        assert sha256_of(path) == entry["sha256"], entry["file"]
        assert path.stat().st_size == entry.get("bytes", path.stat().st_size)
    assert {path.name for path in folder.glob("*.onnx")} == {entry["file"] for entry in graphs}
    assert sum({entry["file"]: entry["bytes"] for entry in graphs}.values()) <= 30e6


def test_pins_cover_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {
        canonical(line.partition("==")[0])
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["train"],
        *project["optional-dependencies"]["dev"],
    ]
    names = {canonical(re.match(r"[A-Za-z0-9._-]+", text).group()) for text in wanted} - {"attntrack"}
    assert names <= pinned


def canonical(name):
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


@pytest.mark.parametrize("verb", VERBS)
def test_the_readme_knows_every_verb(verb):
    assert f"attntrack {verb}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_between_documents_lead_somewhere():
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []
