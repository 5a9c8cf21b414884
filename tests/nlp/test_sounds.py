"""The table of sounds says what pypinyin says, and what is not Chinese stands for itself."""

import random

from nlp.sounds import FIRST, LAST, _said, sounds


def test_the_table_agrees_with_pypinyin():
    chars = [*"行长重银卡账骗贷转帐号", *map(chr, random.Random(3).sample(range(FIRST, LAST + 1), 400))]
    assert sounds("".join(chars)) == [_said(char) or char for char in chars]


def test_confusions_fold_and_signs_stand_for_themselves():
    assert sounds("张章 A3,") == ["zan", "zan", " ", "A", "3", ","]
    assert sounds("深圳") == ["sen", "zen"]
