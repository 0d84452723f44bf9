"""The GPU suite where there is no GPU: it says so and writes nothing; and its page holds what was measured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gpu.report import Report

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def without_gpu():
    def run(*arguments):
        # hides any GPU there is
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/gpu", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


def test_asked_for_a_report_it_fails_with_the_reason_and_writes_nothing(without_gpu, tmp_path):
    path = tmp_path / "report.md"
    done = without_gpu("--gpu-report", path)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "There is nothing to measure: no CUDA GPU can be used here" in said
    assert "No report was written." in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_in_the_whole_run_it_is_skipped_with_the_reason(without_gpu):
    done = without_gpu("-rs")
    assert done.returncode == 0
    assert "no CUDA GPU can be used here" in done.stdout
    assert " passed" not in done.stdout and " skipped" in done.stdout


def test_make_has_the_command():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "test-gpu:" in text and "docs/gpu-report.md" in text


def test_the_page_has_the_machine_every_table_and_every_failure(tmp_path):
    report = Report(machine={"GPU": "Made-up GPU"})
    report.add("Parity", graph="score", error="1e-3")
    report.add("Parity", graph="learn", error="1e-6")
    report.add("Soak", frames=3)
    report.outcomes = {"test_a": "passed", "test_b": "failed"}
    report.write(tmp_path / "page.md", "make test-gpu", 90.0)
    text = (tmp_path / "page.md").read_text()
    assert "| GPU | Made-up GPU |" in text
    assert "| graph | error |\n|---|---|\n| score | 1e-3 |\n| learn | 1e-6 |\n" in text
    assert "1 of 2 checks failed" in text and "| test_b | failed |" in text
    assert "in 1.5 minutes" in text
