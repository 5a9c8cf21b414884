"""The whole talk over dialogues of people who taught nothing: it may not fall behind what it could."""

import pytest

from tests.bench import talks


@pytest.mark.slow
def test_the_talk_does_what_a_good_colleague_would():
    worth = [done.worth(said) for _, said, done in talks.measured([talks.FOLDER / "mixture.txt"])]
    assert sum(worth) / len(worth) > 0.69
