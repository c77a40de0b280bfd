"""A short piece of `make fuzz`, row C16, the same every time."""

from itertools import islice

from tests.fuzz.intake import Run, broken_pictures

FILES = 1500


def test_c16_broken_pictures_are_judged_and_nothing_breaks() -> None:
    run = Run()

    for content in islice(broken_pictures(16), FILES):
        run.look(content)
        assert run.broken == ""

    assert sum(run.verdicts.values()) == FILES
    assert {"accepted", "image_damaged", "image_type_not_accepted"} <= set(run.verdicts)


def test_the_same_seed_makes_the_same_files() -> None:
    assert list(islice(broken_pictures(7), 50)) == list(islice(broken_pictures(7), 50))
