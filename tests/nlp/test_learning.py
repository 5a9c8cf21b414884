"""What the desk corrects makes a better model; what somebody poisons does not; emergencies are never heard less well."""

import msgspec
import pytest

from nlp import lessons, messages_corpus, promotion
from nlp.classifier import Reader
from nlp.learning import by_chance, challenge, is_held, vet
from nlp.lessons import Private, Taught, harmless
from nlp.novelty import unknown_share
from tests.nlp.lesson_texts import new_product, small_model, unseen, write_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def own_folder(corpus, tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("champion"), corpus)


@pytest.fixture(scope="module")
def champion(own_folder):
    return Reader.load(own_folder)


def taught(texts, champion, pair, *, people=5, **fields):
    """What `people` colleagues made of what the champion had said, one ticket each."""
    category, cause = pair
    found = []
    for number, (text, said) in enumerate(zip(texts, champion.read(texts), strict=True), 1):
        was = {head: now or "" for head, now, right in (("category", said.category, category), ("cause", said.cause, cause))
               if now != right}
        found.append(Taught(number, text, "complaint", category, cause, "none", (), was, number % people + 1, **fields))
    return found


@pytest.fixture(scope="module")
def taught_new_product(corpus, champion, tmp_path_factory):
    """500 corrections of a category that the model gets wrong: what came of them, and the challenger's folder."""
    folder = tmp_path_factory.mktemp("challenger")
    corrections = taught(new_product(500), champion, ("CASH", "PROCESS"))
    assert len(corrections) == 500 and sum("category" in one.was for one in corrections) > 400
    return challenge(corrections, champion, folder, corpus=corpus), folder


@pytest.mark.slow
def test_corrections_of_a_category_that_the_model_gets_wrong_win_and_are_promoted(taught_new_product, champion, tmp_path):
    verdict, folder = taught_new_product
    assert verdict.promoted and verdict.reasons == ()
    assert verdict.corrections["category"][1] > 0.95 > 0.2 > verdict.corrections["category"][0]
    before, after = verdict.corpus["level_one_recall"]
    assert after >= before > 0
    promotion.promote(tmp_path / "models", folder, packaged=folder)
    served = promotion.serving(tmp_path / "models", folder)
    assert served.promoted and served.reader.read([new_product(4)[3]])[0].category == "CASH"


@pytest.mark.slow
def test_flipped_labels_win_on_their_own_kind_and_are_refused_by_the_corpus(corpus, champion, tmp_path):
    flipped = taught(unseen("LOAN/PROCESS") * 12, champion, ("CASH", "PROCESS"))
    assert len(flipped) > 250
    verdict = challenge(flipped, champion, tmp_path, corpus=corpus)
    assert not verdict.promoted and {"category_falls", "category_f1_falls"} & set(verdict.reasons)
    assert verdict.won > verdict.lost  # on the poisoned half they do look better


def test_one_person_cannot_teach_the_office_against_its_colleagues(champion):
    honest = taught(new_product(60), champion, ("CASH", "PROCESS"), people=4)
    loans = unseen("LOAN/PROCESS")
    mean = [msgspec.structs.replace(one, ticket=1000 + one.ticket, by=99) for one in taught(loans, champion, ("CASH", "FEE"))]
    usual = [msgspec.structs.replace(one, category=said.category, cause=said.cause)
             for one, said in zip(honest, champion.read([one.text for one in honest]), strict=True)]
    vetted = vet([*usual, *mean], champion)
    assert vetted.odd_staff == (99,) and vetted.odd == len(mean)
    assert {one.by for one, _ in vetted.kept} == {1, 2, 3, 4}


def test_a_flood_by_one_person_is_cut_to_what_the_others_gave(champion):
    flood = [msgspec.structs.replace(one, by=7 if one.ticket > 40 else one.by % 3 + 1)
             for one in taught(new_product(240), champion, ("PAYMENT", "FACILITY"))]
    vetted = vet(flood, champion)
    assert vetted.too_many_by_one == 200 - 60 and sum(one.by == 7 for one, _ in vetted.kept) == 60


def test_too_few_corrections_say_nothing(corpus, champion, tmp_path):
    verdict = challenge(taught(new_product(20), champion, ("CASH", "PROCESS")), champion, tmp_path, corpus=corpus)
    assert verdict.reasons == ("too_few",) and not (tmp_path / "weights.npz").exists()


def test_half_of_all_tickets_are_never_taught_and_always_the_same():
    held = [n for n in range(2000) if is_held(n)]
    assert 900 < len(held) < 1100 and held == [n for n in range(2000) if is_held(n)]


@pytest.mark.parametrize("text", ["我的卡 6222021234567890128 被扣了", "打我电话13912345678", "合同号 20260101123 有问题"])
def test_what_was_not_masked_is_not_trained_on(text, champion):
    with pytest.raises(Private):
        harmless(text)
    vetted = vet([Taught(1, text, "complaint", "LOAN", "FEE", "none", (), {"category": "CASH"}, 1)], champion)
    assert vetted.private == 1 and vetted.kept == []


def test_tails_and_names_do_not_reach_the_training_text():
    assert harmless("我叫张小三，卡号[卡号 尾号0128]被扣了") == "我叫某某，卡号[卡号]被扣了"


@pytest.mark.slow
def test_a_corrected_category_moves_no_emergency_and_brings_no_word_of_hers_into_the_model(corpus, champion, own_folder,
                                                                                           taught_new_product):
    challenger = Reader.load(taught_new_product[1])
    everything = [*new_product(500), *(m.text for m in messages_corpus.read(corpus))]
    assert [r.urgency for r in challenger.read(everything)] == [r.urgency for r in champion.read(everything)]
    words = (taught_new_product[1] / "words.txt").read_text(encoding="utf-8")
    assert "数币" not in words and words == (own_folder / "words.txt").read_text(encoding="utf-8")


def test_an_urgency_put_down_teaches_the_signs_of_level_one_only():
    one = Taught(1, "我爷爷以前被骗过", "question", None, None, "none", (), {"urgency": "I"}, 1)
    lesson = lessons.lesson(one)
    assert lesson.known == {"fraud_now", "self_harm", "violence", "crowd20"} and lesson.flags == frozenset()
    assert lessons.settling([lesson], "flags") == [0] and lessons.settling([lesson], "intent") == []


def test_the_sign_test_counts_a_fair_coin():
    assert by_chance(0, 0) == 1.0 and by_chance(5, 0) == 1 / 32 and by_chance(3, 3) > 0.5


def test_the_share_of_unknown_words_rises_with_what_is_new(champion):
    assert unknown_share(champion, "信用卡年费乱扣") < unknown_share(champion, "量子纠缠矿机理财爆仓")
    assert unknown_share(champion, "？？") == 0.0
