"""The history checker's own eyes: it must see what is missing, and only that."""
from __future__ import annotations

from hearth_testing.faults.history import LOSS, Record, Rhythm, Watch, compare, resumed, unaccounted

RATE, BEGAN = 10, 1000.0


def frames(since: int, to: int, without: tuple[int, ...] = ()) -> list[tuple[int, float]]:
    """A camera's frames; number n is due at BEGAN + n / RATE, rounded as the marks are."""
    return [(number, round(BEGAN + number / RATE, 3)) for number in range(since, to) if number not in without]


def watch(struck: float, *listed: tuple[float, float]) -> Watch:
    return Watch("Front door", "main", BEGAN, struck, listed)


def test_what_was_sent_follows_from_two_frames() -> None:
    assert list(Rhythm.of(frames(50, 60)).sent((BEGAN + 0.95, BEGAN + 1.3))) == [10, 11, 12]


def test_the_loss_is_counted_from_the_last_picture() -> None:
    loss = compare(watch(BEGAN + 20.5), frames(0, 200))
    assert round(loss.seconds, 2) == 0.6 and not loss.problems()


def test_more_than_two_seconds_are_a_problem() -> None:
    assert compare(watch(BEGAN + 20), frames(0, 178)).seconds > LOSS
    assert compare(watch(BEGAN + 20), frames(0, 178)).problems()
    assert compare(watch(BEGAN + 20), []).problems(), "nothing kept is not nothing lost"


def test_a_hole_before_the_fault_is_seen_unless_the_camera_made_it() -> None:
    kept = frames(0, 200, without=(70, 71))
    assert compare(watch(BEGAN + 20), kept).holes == (70, 71)
    assert compare(watch(BEGAN + 20), kept, {70, 71}).problems() == []


def test_what_comes_after_the_fault_hides_nothing() -> None:
    kept = frames(0, 150) + frames(230, 300)
    assert round(compare(watch(BEGAN + 20), kept).seconds, 1) == 5.1
    assert resumed(kept, BEGAN + 20) == BEGAN + 23 and resumed(kept, BEGAN + 40) is None


def test_footage_of_long_ago_that_was_listed_is_missed() -> None:
    """The fault took a whole segment from before the stretch that was watched."""
    late = Watch("Front door", "main", BEGAN + 15, BEGAN + 20, ((BEGAN, BEGAN + 20),))
    loss = compare(late, frames(60, 200))
    assert not loss.holes and loss.gone[0] == 5 and loss.gone[-1] == 59
    assert "that were listed are gone" in loss.problems()[0]


def test_what_was_listed_last_is_the_two_seconds_that_may_go() -> None:
    assert not compare(watch(BEGAN + 20, (BEGAN, BEGAN + 20)), frames(0, 185)).gone
    assert compare(watch(BEGAN + 20, (BEGAN, BEGAN + 20)), frames(0, 175)).gone == (175, 176, 177, 178, 179)


def test_what_is_neither_kept_nor_told_is_found() -> None:
    span, kept = (BEGAN, BEGAN + 20), frames(0, 200, without=tuple(range(50, 80)))
    assert unaccounted(kept, [], span) == list(range(50, 80))
    assert unaccounted(kept, [(BEGAN + 5, BEGAN + 8)], span) == []
    assert unaccounted(kept, [(BEGAN + 6.5, BEGAN + 8)], span) == list(range(50, 60))
    # Of a span without any picture, those around it tell which ones were due.
    nothing = (BEGAN + 5.5, BEGAN + 7.5)
    assert unaccounted(kept, [], nothing) == list(range(55, 75))
    assert unaccounted(kept, [(BEGAN + 5, BEGAN + 8)], nothing) == []
    assert unaccounted([], [(BEGAN, BEGAN + 20)], span), "nothing at all is no proof"


def test_the_median_is_part_of_the_promise() -> None:
    record = Record()
    for _ in range(3):
        record.add(compare(watch(BEGAN + 20), frames(0, 185)))
    assert not record.problems and "median" in record.verdict()[0]
    assert "Front door" in record.table() and "1.60" in record.table()
