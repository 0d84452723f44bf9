"""In which order a worker is told what to do."""

from engine.commands import Commands
from engine.hurry import NOW, SOON, Hurry


def nothing():
    pass


def taken(commands, opening=False, loading=False):
    return commands.next(0.0, opening, loading)


def test_first_come_first_served_and_generations_rise_where_asked():
    commands = Commands()
    assert [commands.post(nothing, renew=renew) for renew in (False, True, False, True)] == [0, 1, 1, 2]
    assert [taken(commands).generation for _ in range(4)] == [0, 1, 1, 2]
    assert taken(commands) is None


def test_while_a_source_opens_only_what_is_early_is_done_and_the_rest_follows_in_order():
    commands = Commands()
    for kind in ({}, {"urgency": SOON}, {"early": True}, {"plays": True}):
        commands.post(nothing, renew=True, **kind)
    assert taken(commands, opening=True) is None
    assert taken(commands, opening=True) is None
    assert taken(commands, opening=True).early
    assert taken(commands, opening=True) is None
    assert [taken(commands).generation for _ in range(3)] == [1, 2, 4]


def test_what_was_put_back_comes_first_but_after_what_is_urgent():
    commands = Commands()
    commands.post(nothing, renew=True, tracks=True)
    first = taken(commands)
    commands.put_back(first)
    commands.post(nothing, renew=True)
    commands.post(nothing, renew=True, urgency=SOON)
    assert commands.tracking_held
    assert taken(commands) is None  # something urgent waits behind this one, which is held
    assert taken(commands).urgency == SOON
    assert taken(commands) is first and not commands.tracking_held
    assert taken(commands).generation == 2


def test_a_stop_that_overtakes_a_play_takes_it_back_and_leaves_later_ones():
    commands = Commands()
    commands.post(nothing, tracks=True)
    commands.put_back(taken(commands))
    commands.post(nothing, plays=True)
    commands.post(nothing, urgency=SOON, stops=True)
    commands.post(nothing, renew=True, plays=True)
    found = [taken(commands) for _ in range(6)]
    assert [(c.tracks, c.plays, c.stops) for c in found if c is not None] == [
        (False, False, True),
        (True, False, False),
        (False, True, False),
    ]
    assert next(c for c in found if c and c.plays).generation == 1


def test_what_tracks_waits_for_the_networks_with_all_behind_it():
    commands = Commands()
    commands.post(nothing, tracks=True)
    commands.put_back(taken(commands))
    commands.post(nothing, plays=True)
    assert taken(commands, loading=True) is None and taken(commands, loading=True) is None
    assert taken(commands).tracks and taken(commands).plays


def test_of_several_seeks_only_the_newest_counts():
    commands = Commands()
    for _ in range(3):
        commands.post(nothing, renew=True, seek=True, urgency=SOON)
    assert [commands.outdated(taken(commands)) for _ in range(3)] == [True, True, False]


def test_a_step_before_a_seek_is_outdated_and_one_behind_it_is_not():
    commands = Commands()
    commands.post(nothing, moves=True)
    commands.post(nothing, renew=True, seek=True, urgency=SOON)
    commands.post(nothing, moves=True)
    assert [commands.outdated(taken(commands)) for _ in range(3)] == [True, False, False]


def test_of_seeks_in_a_row_every_result_is_of_interest_and_nothing_from_before_them():
    commands = Commands()
    commands.post(nothing, renew=True)
    first = commands.post(nothing, renew=True, seek=True)
    for _ in range(3):
        commands.post(nothing, renew=True, seek=True)
    assert commands.wanted == first < commands.generation
    commands.post(nothing, plays=True)
    assert commands.wanted == first
    again = commands.post(nothing, renew=True, seek=True)
    assert commands.wanted == again, "what was played since is out of date"
    other = commands.post(nothing, renew=True)
    assert commands.wanted == other


def test_how_urgent_it_is_until_it_is_taken():
    commands = Commands()
    assert commands.hurry.level == 0
    commands.post(nothing, urgency=SOON)
    commands.post(nothing, early=True, urgency=NOW)
    assert commands.hurry.level == NOW
    taken(commands)
    assert commands.hurry.level == NOW
    taken(commands)
    assert commands.hurry.level == 0


def test_hurry_counts():
    hurry = Hurry()
    for _ in range(2):
        hurry.begins(SOON)
    hurry.ends(SOON)
    assert hurry.level == SOON
    hurry.ends(SOON)
    assert hurry.level == 0
