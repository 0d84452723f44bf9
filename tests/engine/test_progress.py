import io

from engine.progress import Progress, clock_time


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_the_line_has_rate_and_time_left():
    clock = Clock()
    progress = Progress(400, stream=Terminal(), clock=clock)
    for _ in range(100):
        clock.now += 0.02
        progress.step()
    line = progress.line("tracked")
    assert " 25%  100/400 frames  50.0 frames/s  0:06 left  tracked" in line
    assert line.startswith("[######                  ]")


def test_it_draws_at_most_ten_times_a_second_and_leaves_a_clean_line():
    clock, terminal = Clock(), Terminal()
    with Progress(1000, stream=terminal, clock=clock) as progress:
        for _ in range(200):
            clock.now += 0.01
            progress.step()
    drawn = terminal.getvalue().split("\r")
    assert 15 <= len(drawn) <= 25
    assert drawn[-1] == "" and not drawn[-2].strip()


def test_nothing_is_written_without_a_terminal_or_when_quiet():
    pipe, terminal = io.StringIO(), Terminal()
    for progress in (Progress(2, stream=pipe), Progress(2, stream=terminal, quiet=True)):
        with progress:
            progress.step()
            progress.step()
    assert pipe.getvalue() == "" and terminal.getvalue() == ""


def test_a_live_source_has_no_end():
    clock = Clock()
    progress = Progress(None, stream=Terminal(), clock=clock)
    clock.now += 2.0
    progress.step()
    assert progress.line() == "1 frames  2.0 s each"


def test_clock_time():
    assert clock_time(59.6) == "1:00"
    assert clock_time(3725) == "1:02:05"
    assert clock_time(-1) == "0:00"
