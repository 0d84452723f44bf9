from engine.tracking.places import KEPT, Places
from engine.tracking.regions import Region
from engine.types import Box

SIDE = 20.0


def region(x: float, peak: float = 0.9) -> Region:
    return Region(Box(x, 100, SIDE, SIDE), peak, 10.0)


def turns(places: Places, count: int) -> list[float]:
    """Left edges of the next places, each seen again before."""
    found = []
    for _ in range(count):
        turn = places.next()
        assert turn is not None
        found.append(turn[0].box.x)
    return found


def test_all_places_have_their_turn_the_brightest_first():
    places = Places()
    places.see([region(0, 0.6), region(100, 0.9), region(200, 0.7)], SIDE)
    assert turns(places, 6) == [100, 200, 0, 100, 200, 0]


def test_it_is_told_how_often_a_place_was_looked_at():
    places = Places()
    places.see([region(0)], SIDE)
    assert [places.next() for _ in range(3)] == [(region(0), looks) for looks in range(3)]


def test_a_place_waits_for_its_look_for_some_frames():
    places = Places()
    places.see([region(0)], SIDE)
    for _ in range(KEPT):
        places.see([], SIDE)
    assert places.next() == (region(0), 0)
    places = Places()
    places.see([region(0)], SIDE)
    for _ in range(KEPT + 1):
        places.see([], SIDE)
    assert places.next() is None


def test_what_was_looked_at_is_forgotten_once_no_map_shows_it():
    places = Places()
    places.see([region(0)], SIDE)
    places.next()
    places.see([], SIDE)
    assert places.next() is None


def test_what_moves_a_little_is_the_same_place_and_what_is_farther_another():
    places = Places()
    places.see([region(0, 0.9)], SIDE)
    places.next()
    places.see([region(10, 0.9)], SIDE)
    assert places.next() == (region(10), 1)
    places.see([region(40, 0.5)], SIDE)
    assert places.next() == (region(40, 0.5), 0)


def test_what_is_forgotten_is_new_when_it_is_seen_again():
    places = Places()
    places.see([region(0)], SIDE)
    places.next()
    places.forget()
    assert places.next() is None
    places.see([region(0)], SIDE)
    assert places.next() == (region(0), 0)
