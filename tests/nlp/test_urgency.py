"""Who must come at once: the flags and levels, whatever the trained model happens to say."""

import pytest

from nlp.messages_corpus import FLAGS
from nlp.signs import Heard, hear, patterns
from nlp.text import normalise
from nlp.urgency import level, raise_flags, shown

NOTHING = dict.fromkeys(FLAGS, 0.0)


def raised(text, intent="complaint", **learnt):
    return raise_flags(NOTHING | learnt, hear(normalise(text)), intent=intent)


def test_a_rule_alone_raises_nothing_the_learnt_score_rules_out():
    assert raised("我要去法院起诉你们") == set()
    assert raised("我要去法院起诉你们", legal=0.1) == {"legal"}


@pytest.mark.parametrize("text", ["想跳楼", "我要上吊了", "不想活了", "天天来店里催,我真想一了百了"])
def test_three_characters_that_mean_one_thing_need_no_score(text):
    assert raised(text) == {"self_harm"}


@pytest.mark.parametrize("text", ["跳楼价", "想去跳伞", "这价格简直要自杀", "想死你了", "真想一次还清一了百了"])
def test_what_only_looks_like_them_does(text):
    assert raised(text, self_harm=0.05) == set()


def test_a_sure_score_needs_no_rule():
    assert raised("今天天气不错", fraud_now=0.9) == {"fraud_now"}
    assert raised("今天天气不错", fraud_now=0.15) == set()


def test_what_is_past_or_joked_needs_a_surer_score():
    now, past = "安全账户", "去年听说有人被骗进安全账户"
    assert raised(now, fraud_now=0.16) == {"fraud_now"}
    assert raised(past, fraud_now=0.16) == set()


@pytest.mark.parametrize("text", ["吞了我的卡", "机器把我三百块吞了，吞币", "给我找个活人", "有没有活人"])
def test_a_machine_that_swallows_and_a_call_for_a_person_need_a_surer_score(text):
    assert raised(text, self_harm=0.6) == set()
    assert raised(text, self_harm=0.8) == {"self_harm"}
    assert raised("吞了一百片药", self_harm=0.6) == raised("一定要活人签字才行", self_harm=0.6) == {"self_harm"}


def test_a_question_about_the_law_needs_more_than_a_threat():
    assert raised("律师函", intent="question", legal=0.05) == set()


def test_who_praises_quarrels_with_nobody_unless_it_is_said_as_surely_as_a_threat():
    text = "卡里的钱被盗刷，客服处理得快"
    assert raised(text, stolen=0.7) == {"stolen"} and raised(text, intent="praise", stolen=0.7) == set()
    assert raised("谢谢啊，我去银保监投诉你们", intent="praise", regulator=0.95) == {"regulator"}
    assert raised("你们那个大堂经理小陈真不错", intent="praise", violence=0.5) == set()
    assert raised("手腕划了血一直流也好", intent="praise", self_harm=0.9) == {"self_harm"}
    assert raised("谢谢你们照顾我这个七十岁的老太太", intent="praise", elderly=0.3) == {"elderly"}


@pytest.mark.parametrize("text", ["让他们别打了", "就刚才，在建设路"])
def test_few_words_must_mean_despair_or_violence_more_surely(text):
    assert raised(text, self_harm=0.5, violence=0.5) == set()
    assert raised(text, self_harm=0.7) == {"self_harm"}


@pytest.mark.parametrize(("flags", "intent", "expected"), [
    ({"fraud_now"}, "question", "I"), ({"crowd20"}, "progress", "I"), ({"self_harm"}, "chat", "I"),
    ({"elderly"}, "complaint", "II"), ({"elderly"}, "praise", "none"), ({"angry"}, "complaint", "III"),
    (set(), "complaint", "none"),
    ({"angry", "media"}, "complaint", "II"),
])
def test_levels_follow_the_regulation(flags, intent, expected):
    assert level(flags, intent=intent) == expected


def test_a_crowd_is_shown_as_a_group_and_anger_is_not_shown():
    assert shown({"crowd20", "angry", "elderly"}) == ("elderly", "group")


def test_every_flag_has_a_rule_that_some_text_meets():
    known = {name.partition(".")[2] for name in patterns() if name.startswith("flag.")}
    assert known == set(FLAGS)
    assert raise_flags(NOTHING, Heard([], frozenset(FLAGS), frozenset()), intent="complaint") == set()


@pytest.mark.parametrize("text", ["算了", "不用了。", "走了", "就这样吧", "没意思", "累了！"])
def test_a_word_or_two_of_the_day_are_no_despair(text):
    assert raised(text, intent="chat", self_harm=0.97) == set()
    assert raised("不想活了", intent="chat", self_harm=0.97) == {"self_harm"}


@pytest.mark.parametrize("text", ["你妈死了", "我老伴没了就剩这点钱", "客服都去死"])
def test_a_curse_and_grief_need_to_be_meant_very_surely(text):
    assert raised(text, intent="chat", self_harm=0.65) == set()


@pytest.mark.parametrize(("text", "flag"), [
    ("我外婆要给骗子打钱，你们保安给劝住了，太谢谢了", "fraud_now"), ("借给同学三千一直不还，把我拉黑了", "fraud_now"),
    ("朋友想租我的卡，我还没给他，能租吗", "fraud_now"), ("要投诉那个姑娘，她说话难听", "fraud_now"),
    ("他们还知道我在哪上班", "violence"),
    ("我们三十个学生想听课，能不能来", "crowd20"), ("差不多四十个人，下周二", "crowd20"), ("我现在在国外", "stolen")])
def test_what_a_flag_is_not_outweighs_the_score(text, flag):
    assert flag not in raised(text, **{flag: 0.95}), text


@pytest.mark.parametrize(("text", "flag"), [
    ("上回拦住了，谢谢，可是他今天又要转", "fraud_now"), ("借给网友三千不还，把我拉黑了", "fraud_now"),
    ("卡租给他了，他不还", "fraud_now"),
    ("我要投诉，有人让我转钱到安全账户", "fraud_now"), ("我知道你住哪", "violence"),
    ("我们三十个人想查账，都去总行门口讨说法", "crowd20"),
    ("我在外地，卡丢了", "stolen")])
def test_but_not_where_the_words_say_more(text, flag):
    assert flag in raised(text, **{flag: 0.95}), text


@pytest.mark.parametrize("text", ["网贷还不清了，想死", "天然气打开了", "我手里拿着一把刀", "我现在坐在天台上"])
def test_a_life_in_danger_rings_without_the_model(text):
    assert "self_harm" in raised(text)


@pytest.mark.parametrize("text", ["催债催得想死", "热得想死", "想死你了", "气死我了", "手里有刀片嗓子疼", "煤气费怎么交"])
def test_but_no_turn_of_speech(text):
    assert "self_harm" not in raised(text)


@pytest.mark.parametrize(("flag", "text"), [
    ("fraud_now", "她说再问就把我拉黑"), ("fraud_now", "工头说不补就停工"), ("fraud_now", "闺女刚转过来了"),
    ("fraud_now", "房东收了房租，我转过去了，合同签好，钥匙也给我了"), ("fraud_now", "顺丰把我的银镯子送到了，我签收了"),
    ("fraud_now", "那个柜员要我把手机递过去，他帮我弄的"), ("crowd20", "五十多个人排队领大米，真热闹"),
    ("crowd20", "二十多个工友都没拿到钱"), ("violence", "再不理我我就打12378"), ("self_harm", "我爷爷悔得说死了都不瞑目")])
def test_a_private_quarrel_a_rent_a_parcel_and_a_queue_are_no_emergency(flag, text):
    assert raised(text, **{flag: 0.95}) == set()


@pytest.mark.parametrize(("flag", "text"), [
    ("fraud_now", "房东让我先交定金才给看房，转过去了，合同是发来的"), ("fraud_now", "小伙子拿我手机帮我弄，验证码也点了"),
    ("crowd20", "五十多个人堵着门口领大米"), ("violence", "我先砸玻璃再打12378")])
def test_what_only_looks_like_them_stays_one(flag, text):
    assert raised(text, **{flag: 0.95}) == {flag}


@pytest.mark.parametrize(("flag", "text"), [
    ("self_harm", "我老婆整夜不睡，我担心她想不开"), ("self_harm", "怕我哥做傻事"),
    ("fraud_now", "发洗衣粉的小年轻领着奶奶去取款机点了几下，里面少了三万")])
def test_who_fears_for_another_and_who_was_led_to_the_machine_need_no_score(flag, text):
    assert raised(text) == {flag}
    assert raised(f"去年的小说里，{text}", **{flag: 0.0}) == set()


@pytest.mark.parametrize(("text", "rings"), [
    ("你们柜台不让我取我自己的钱", False), ("柜台不让我取钱", False), ("你们银行凭啥子不让我取钱", False),
    ("窗口不给我取五万", False),
    ("柜台不让我取钱可是对方说今天不交就冻结", True), ("柜员拦着不让取，我孙子等着用", True), ("银行不让我取给老师", True),
    ("柜员非说我被骗了不给我转钱", True), ("柜台不让我转到安全账户", True)])
def test_a_counter_that_refuses_her_own_money_is_no_swindle_where_nobody_urges_her(text, rings):
    assert ("fraud_now" in raised(text, fraud_now=0.48)) == rings
