"""The whole talk over dialogues of people who taught nothing: it may not fall behind what it could."""

from tests.bench import talks


def test_the_talk_does_what_a_good_colleague_would():
    found = {}
    for path, said, done in talks.measured(sorted(talks.FOLDER.glob("*.txt"))):
        found.setdefault(path.stem, []).append(done.worth(said))
    assert {name: sum(worth) / len(worth) > 0.66 for name, worth in found.items()} == dict.fromkeys(found, True)
