from app.target_book import TargetBook
from engine.target_info import LONGEST_NAME, tidy_name


def test_names_and_colours_fall_back_to_the_number():
    book = TargetBook()
    assert (book.name(3), book.label(3), book.color_number(3), book.hidden(3)) == ("Target 3", "3", 3, False)
    book.put([book.renamed(3, "  left \n mouse ")])
    book.put([book.recoloured(3, 5), book.shown(4, False)])
    assert (book.name(3), book.label(3), book.color_number(3)) == ("left mouse", "left mouse", 5)
    assert book.hidden(4) and not book.hidden(3)
    book.put([book.recoloured(3, 3)])
    assert book.info(3).color is None


def test_only_changes_are_told(qtbot):
    book = TargetBook()
    told = []
    book.changed.connect(lambda: told.append(1))
    book.put([book.renamed(1, "a")])
    book.put([book.renamed(1, "a")])
    book.clear()
    book.clear()
    assert len(told) == 2


def test_names_are_one_short_line():
    assert tidy_name("a\tb\n c") == "a b c"
    assert len(tidy_name("x" * 500)) == LONGEST_NAME
