import pytest

from app.target_book import TargetBook
from app.undo import MOST_STEPS, History
from engine.edits import Edit


@pytest.fixture
def told():
    return []


@pytest.fixture
def history(qtbot, told):
    return History(lambda edit, frame: told.append((edit, frame)), TargetBook())


def test_a_change_of_the_track_is_swapped_by_the_worker(history, told):
    edit = Edit()
    history.edited("correct Target 1", edit, 7)
    assert told == [] and history.undo_text == "correct Target 1", "what was asked for is not done twice"
    history.undo()
    assert told == [(edit, 7)] and history.redo_text == "correct Target 1" and not history.undo_text
    history.redo()
    assert told == [(edit, 7)] * 2


def test_names_go_back_and_forth(history, told):
    book = history._book
    history.described("rename", [book.renamed(1, "a")])
    history.described("rename", [book.renamed(1, "b")])
    history.described("rename", [book.renamed(1, "b")])
    assert history.steps == 2, "what changes nothing is no step"
    history.undo()
    assert book.name(1) == "a"
    history.undo()
    assert book.name(1) == "Target 1"
    history.redo()
    history.redo()
    assert book.name(1) == "b" and told == []


def test_a_new_step_forgets_what_was_taken_back(history):
    history.edited("one", Edit(), 0)
    history.edited("two", Edit(), 0)
    history.undo()
    history.edited("three", Edit(), 0)
    assert history.steps == 2 and not history.redo_text and history.undo_text == "three"


def test_what_could_not_be_done_is_forgotten(history, told):
    history.edited("one", Edit(), 0)
    history.edited("two", Edit(), 0)
    history.drop_last()
    assert (history.steps, history.undo_text, told) == (1, "one", [])


def test_there_is_an_end_to_what_is_kept(history):
    for number in range(2 * MOST_STEPS):
        history.edited(str(number), Edit(), 0)
    assert history.steps == MOST_STEPS and len(history._steps) == MOST_STEPS
    history.clear()
    assert history.steps == 0 and not history.undo_text
