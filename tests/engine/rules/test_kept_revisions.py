"""What is made of revisions is kept for as long as they are used, and in bounded number."""

from engine.rules.kept_revisions import MOST, KeptRevisions


def test_what_was_not_used_for_longest_goes() -> None:
    kept = KeptRevisions[int]()
    for number in range(MOST):
        kept.keep(str(number), number)
    assert kept.get("0") == 0
    kept.keep("one more", 99)

    assert kept.get("1") is None
    assert (kept.get("0"), kept.get("2"), kept.get("one more")) == (0, 2, 99)


def test_what_is_made_anew_takes_the_place_of_the_old_one() -> None:
    kept = KeptRevisions[str]()
    kept.keep("a", "old")
    assert kept.keep("a", "new") == "new"
    assert kept.get("a") == "new"
