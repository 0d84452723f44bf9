from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import SourceError
from training.helper import Share, helped


def test_shares_of_the_work_never_meet_and_leave_no_gap():
    for newest in (-1, 0, 7, 8):
        own = [list(itertools.islice(Share(k, 3).serials(newest), 4)) for k in range(3)]
        together = sorted(itertools.chain(*own))
        assert together == list(range(together[0], together[0] + 12))
        assert newest < together[0] <= newest + 3
    assert next(Share().serials(4)) == 5


def fail(_, share):
    raise SystemExit(3)


def test_a_helper_that_ends_at_once_is_said():
    with pytest.raises(SourceError, match="has ended"), helped(fail, ("x",), lambda: False, helpers=2):
        pass


def test_without_helpers_what_is_needed_must_be_there():
    with helped(fail, ("x",), lambda: True, helpers=0):
        pass
    with pytest.raises(SourceError, match="give --feeders 1"), helped(fail, ("x",), lambda: False, helpers=0):
        pass


ORPHAN = """
import sys, time
sys.path.insert(0, {root!r})
from training.helper import be_helper, helped, parent_lives

def work(share):
    be_helper()
    print("at work", flush=True)
    while parent_lives():
        time.sleep(0.05)

if __name__ == "__main__":
    with helped(work, (), lambda: True):
        time.sleep(300)
"""


def test_a_helper_dies_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(ORPHAN.format(root=str(Path(__file__).parents[2])))
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "at work\n"
    parent.kill()
    assert parent.stdout.read() == ""  # ends only when the helper, which holds the other end, has ended
    parent.wait()
