"""False alarms that no longer ring, plain ways out of an alarm, and what comes after the report to the police."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.flows import alarm_steps, all_clear, first_aid, harmless, in_alarm, reported
from nlp.text import normalise
from tests import builders
from tests.bot.test_alarm_pieces import levels, reader, say, title, word
from tickets.models import Ticket

pytestmark = pytest.mark.words

ALARM = "骗子正在骗我，让我转到安全账户"
REPORTED = "骗子骗了我三万，打过110了，笔录也做了"


@pytest.fixture
def house(store, tmp_path):
    return builders.house(store, tmp_path, read=replace(builders.understanding(), reader=reader()))


def summaries(house):
    with house.store.read() as session:
        return list(session.scalars(select(Ticket.summary).order_by(Ticket.id)))


def facts(house):
    with house.store.read() as session:
        return list(session.scalars(select(Ticket.facts).order_by(Ticket.id)))


@pytest.mark.parametrize(("text", "passes"), [
    ("我妈天天在群里转链接 说国家发补贴", True), ("我爸老爱转发那种领补贴的链接 咋劝", True), ("奶奶在群里转二维码 说能领钱", True),
    ("我婆婆天天往家族群里转养老补贴的链接", True), ("她没转钱 就是爱转链接", True), ("邻居老往群里发免费领米的链接", True),
    ("我舅妈把那个链接转发给全村人了", True),
    ("我妈要把钱转到链接里那个账户", False), ("我妈在群里发领红包的链接 让大家转钱进去", False), ("他发链接让我点", False),
    ("群里有人发链接说国家发补贴 我妈点进去填了卡号", False), ("客服发了个链接叫我填银行卡", False),
    ("发二维码让我扫码付了200", False), ("我转了3万 他发了链接", False)])
def test_who_only_passes_links_on_is_advised_and_nobody_is_woken(text, passes):
    assert harmless.passed_on(text) == passes


def test_links_passed_on_ring_for_nobody_and_the_advice_goes_on(house):
    words = say(house, "我妈天天在群里转链接 说国家发补贴，骗子吧")
    assert words == word(house, "defrauded.passed_on") and not levels(house)
    assert say(house, "她没转钱 就是爱转发 我咋劝她啊") == word(house, "defrauded.persuade")
    assert say(house, "补贴那个链接到底真的假的") == word(house, "defrauded.passed_on") and not levels(house)


@pytest.mark.parametrize(("text", "denies"), [
    ("没转钱 就是爱转发", True), ("她没转钱 就是爱转发 我咋劝她啊", True), ("你搞错了 她在家 没人骗她 就是转链接", True),
    ("不是骗子 是我家娃充的游戏 你看清楚", True), ("我不是被骗！是游戏充值想退", True), ("没人骗我妈 她就是问问", True),
    ("啊？没人骗我啊 我自己输错账号 你咋叫我报警", True), ("不是诈骗 是我自己转错了", True), ("哪有骗子啊 我自己填错的", True),
    ("不是上当 就是我手滑按错了", True), ("不是被骗 是我自己输错的 那你们给我把他电话呗", True),
    ("没转钱 他让我下软件", False), ("不是骗子 是我老师让我转的", False), ("他没骗我 他是好人", False),
    ("不是被骗 是投资 他带我做的", False), ("你搞错了 他真是警察", False), ("没人骗我 我男朋友急用钱", False),
    ("不是骗子 是真的客服", False), ("我是不是被骗了 就是转了钱", False), ("没人骗我吧", False),
    ("没转钱 就是把验证码给他了", False), ("不是骗子 是我儿子叫我转的", False)])
def test_a_denial_is_believed_but_not_her_standing_up_for_him(text, denies):
    assert all_clear.denies(text) == denies


@pytest.mark.parametrize(("text", "flag", "own"), [
    ("密码是我告诉他的 是不是就怪我了", "self_harm", True), ("都怪我，不想活了，密码都给了", "self_harm", False),
    ("我活着干啥", "self_harm", False), ("我先把卡里钱转走行吧 免得再扣", "fraud_now", True),
    ("他让我先把钱转走行吗", "fraud_now", False), ("客服叫我把钱转到安全账户行不行", "fraud_now", False),
    ("刚把钱转走给他了", "fraud_now", False), ("网贷加信用卡一共十八万，他拿去打牌了", "fraud_now", True),
    ("他赌输了 平台让我再充一万", "fraud_now", False), ("老公赌输了 我不想活了", "violence", False),
    ("他在网上赌赢了提现不了", "fraud_now", False),
])
def test_a_plan_of_her_own_or_a_fault_she_asks_about_is_no_cry(text, flag, own):
    assert harmless.own(text, {flag}) == own


@pytest.mark.parametrize("text", ["平台客服说密码是你告诉他的 不给退", "你们能不能把对方电话给我 我自己跟他说"])
def test_more_of_a_harmless_matter_is_calm(text):
    assert harmless.calm(text) and not harmless.GRAVE.search(text)


@pytest.mark.parametrize("text", [
    "我妈正在银行给骗子汇款", "对方说要先交300手续费才退", "客服让我下个软件退款", "客服叫我念验证码", "我刚把两万转给客服了",
    "让我共享屏幕操作退款", "他让我再转500"])
def test_what_a_swindler_wants_is_never_calm_whatever_was_talked_of(text):
    assert not harmless.calm(text) or harmless.GRAVE.search(text)


@pytest.mark.parametrize(("text", "left"), [
    ("不是骗子 是我家娃充的游戏 你看清楚", "是我家娃充的游戏"), ("啊？没人骗我啊 我自己输错账号 你咋叫我报警", "我自己输错账号"),
    ("她没转钱 就是爱转发 我咋劝她啊", "就是爱转发，我咋劝她啊"), ("误会，年费怎么收", "年费怎么收")])
def test_what_she_says_besides_the_denial_is_kept(text, left):
    assert all_clear.besides(text) == left


def test_a_denial_ends_the_alarm_and_the_talk_before_it_is_taken_up(house):
    asked = house.knowledge.entries["pay-minor-topup"].question
    say(house, asked)
    say(house, ALARM)
    words = say(house, f"不是骗子 是我家娃充的游戏 {asked}")
    assert words.startswith(word(house, "emergency.mistaken_so")) and "再说一遍" not in words
    assert levels(house) == ["I"], "the office keeps it"
    assert word(house, "emergency.more") not in say(house, asked)


def test_a_denial_rings_for_nobody_by_itself_nor_with_the_words_before(house):
    say(house, house.knowledge.entries["pay-minor-topup"].question)
    say(house, "平台客服说密码是你告诉他的 不给退")
    say(house, "不是骗子 是我家娃充的游戏 你看清楚")
    say(house, "我不是被骗！是游戏充值想退")
    assert not levels(house)


def test_what_was_denied_weighs_where_nothing_rang_yet(house):
    say(house, house.knowledge.entries["pay-wrong-account"].question)
    words = say(house, "不是被骗 是我自己输错的 你们能不能联系收款行")
    assert words.startswith(word(house, "ask.misheard")) and "立刻打 110" not in words and not levels(house)


@pytest.mark.parametrize(("texts", "key"), [
    (("没事了 是骗子 我挂了",), "in_alarm.no_loss"), (("我冇畀钱佢，已经收咗线", "噉即系冇事啦？"), "in_alarm.no_loss"),
    (("我没给他钱 已经挂了", "那就是没事了吧"), "in_alarm.no_loss"), (("挂断了 没理他", "那我没事了吗"), "in_alarm.no_loss"),
    (("又看了下 是正规的 没事了",), "emergency.verified"), (("打电话问了社保局 是真的",), "emergency.verified")])
def test_who_kept_everything_hears_so_calmly(house, texts, key):
    say(house, "有人打电话自称公安局，说我涉嫌洗钱，让我转到安全账户")
    *before, last = texts
    for text in before:
        say(house, text)
    assert word(house, key) in say(house, last)
    assert say(house, "我刚把三万转给他了").startswith(title(house, "fraud_gone")), "what goes after all still rings"


@pytest.mark.parametrize("text", [
    "他说是真的 没事", "问了客服 是正规的 没事", "没事了吧", "是骗子吗 我挂了", "老师给我看了 是正规平台 没问题",
    "是骗子 我刚转了三万 挂了"])
def test_nothing_ends_for_who_only_believes_him_or_asks_at_once(house, text):
    say(house, "有人打电话自称公安局，说我涉嫌洗钱，让我转到安全账户")
    words = say(house, text)
    assert word(house, "in_alarm.no_loss") not in words and word(house, "emergency.verified") not in words


def test_another_matter_files_nothing_out_of_an_alarm(house):
    say(house, ALARM)
    assert say(house, "这是另一件事") == word(house, "filing.which_matter") and levels(house) == ["I"]
    house.intake.understanding = replace(house.intake.understanding, acts=builders.Doing("ask"))
    entry = house.knowledge.entries["acct-inherit"]
    assert entry.answer[:12] in say(house, f"我就想问{entry.question}") and levels(house) == ["I"]
    assert say(house, "我真的把三万转给他了").startswith(title(house, "fraud_gone"))


OWN = "银行少给我两百块 我要告"


def test_a_complaint_after_an_alarm_that_is_over_has_a_ticket_of_its_own(house):
    say(house, ALARM)
    say(house, "儿子就在我旁边 没事")
    say(house, OWN)
    assert levels(house) == ["I", "none"] and summaries(house)[-1] == OWN
    say(house, "昨天")
    assert levels(house) == ["I", "none"] and facts(house) == ["", "昨天"]


def test_the_button_takes_what_she_said_in_the_course_of_an_alarm_but_nothing_of_the_swindle(house):
    say(house, ALARM)
    say(house, "他说银行少给我两百块")
    assert say(house, "这是另一件事") == word(house, "filing.which_matter") and levels(house) == ["I"]
    say(house, ALARM)
    say(house, OWN)
    assert word(house, "filing.separated") in say(house, "这是另一件事") and levels(house) == ["I", "none"]


@pytest.mark.parametrize(("text", "knows"), [
    ("被骗了3万 已经打过110了 现在还要干啥", True), ("我钱都转完了 卡也挂失了 笔录也做了", True), ("警察立案了 我还要做什么", True),
    ("昨天被骗两万，已经报警了，接下来怎么办", True), ("我妈被骗5万 报过案了 后面咋弄", True), ("110打了 卡也停了 还差啥", True),
    ("被骗了3万 要不要报警", False), ("被骗3万 还没报警", False), ("我报警了有用吗", False), ("报警了他还在让我转", False),
    ("刚报了警 他又打来叫我交保证金", False), ("他说他报警了要抓我", False), ("报警了吗", False), ("没做笔录", False)])
def test_whether_the_police_know_and_it_is_over(text, knows):
    plain = normalise(text)
    told = reported.REPORTED.search(plain) or reported.STATEMENT.search(plain)
    assert bool(told and not reported.GOES_ON.search(plain)) == knows


def test_who_has_reported_it_first_hears_what_comes_after(house):
    words = say(house, REPORTED)
    assert words.startswith(title(house, "fraud_reported")) and levels(house) == ["I"]
    assert title(house, "fraud_gone") not in say(house, "钱没了咋还房贷")
    assert say(house, "我刚又转了五千").startswith(title(house, "fraud_gone"))


@pytest.mark.parametrize(("text", "key"), [("刚报完警，有回执", "receipt"), ("报完警了", "reported")])
def test_who_has_just_reported_it_is_not_told_to(house, text, key):
    say(house, ALARM)
    assert word(house, f"in_alarm.{key}") in say(house, text)


def test_who_reported_it_yesterday_and_asks_what_is_left_gets_that_too(house):
    assert say(house, "昨天遭骗了两万，已经报警了，接下来怎么办").startswith(title(house, "fraud_reported"))


@pytest.mark.parametrize(("text", "name"), [
    ("那我会坐牢吗 我真不知道他拿去干啥", "jail"), ("转账记录微信的删了一半咋办", "deleted"),
    ("聊天记录我清空了还能报警吗", "deleted"),
    ("截图不小心删掉了", "deleted"), ("他让我把聊天记录删了", None), ("我把他删了", None),
    ("那我手机上的借钱软件他会不会拿去贷款", "his_loan"), ("我怕他用我名字贷款 咋查", "his_loan"),
    ("有没有人拿我身份证办网贷", "his_loan"), ("骗子会不会用我信息借钱", "his_loan"), ("他让我拿身份证去贷款", "borrow"),
    ("能不能先贷点款给他", "borrow"), ("他叫我用我名字贷款", None),
    ("做完笔录了 警察让我等", "after_statement"), ("笔录也做了 接下来呢", "after_statement"), ("笔录还没做", None),
    ("那我手机咋弄 要不要刷机", "phone"), ("会议软件删了就行了不", "phone"), ("手机被他控制了", "cut")])
def test_no_single_word_picks_the_paragraph(text, name):
    assert in_alarm.answer(text) == name


def test_who_lent_his_card_and_asks_of_prison_is_not_told_that_he_is_threatened(house):
    say(house, "我把银行卡借给了网友，他说给我五百，有人正在用来骗人")
    assert word(house, "in_alarm.jail") in say(house, "那我会坐牢吗 我真不知道他拿去干啥")
    assert word(house, "in_alarm.go") in say(house, "我是问我自己会不会坐牢"), "and not the same once more"


def test_what_stands_right_above_is_not_said_again(house):
    say(house, ALARM)
    assert word(house, "in_alarm.police") in say(house, "警察来了，在做笔录")
    assert word(house, "in_alarm.after_statement") in say(house, "做完笔录了 警察让我等 你们那单子还管不")
    assert word(house, "in_alarm.receipt") in say(house, "笔录也做完了")


@pytest.mark.parametrize(("text", "back"), [
    ("没有 就是说说 我不会的 我要喂奶去了", True), ("我就是发发牢骚", True), ("就随便说说 别担心", True),
    ("放心 我不会想不开", True),
    ("也就是说说", True), ("真的没想死 就是嘴上说说", True),
    ("就是说说也没用 我不想活了", False), ("我不会的 但是真的撑不下去", False), ("他说就是说说", False),
    ("我不会水 跳下去就行", False), ("我就是说说我想怎么死", False), ("我不会的 药已经吃了", False)])
def test_a_word_of_despair_is_taken_back_only_where_nothing_graver_stands_beside(text, back):
    assert all_clear.takes_back(text) == back


def test_after_it_was_taken_back_her_question_is_answered_with_one_line_of_care(house):
    asked = house.knowledge.entries["cc-personal-installment"].question
    say(house, "有时候真不想活了")
    assert say(house, "没有 就是说说 我不会的 我要喂奶去了") == word(house, "emergency.taken_back")
    words = say(house, asked)
    assert words.startswith(asked) and words.endswith(word(house, "emergency.care"))
    assert word(house, "emergency.care") not in say(house, "年费怎么收")
    assert say(house, "我真的不想活了").startswith(title(house, "self_harm")) or levels(house)[0] == "I"


@pytest.mark.parametrize(("text", "called"), [
    ("姓周 上午打 打我电话不要打我老公的", False), ("不要打我手机", False), ("要打我电话就下午打", False),
    ("要打我老公的手机", False), ("他们要打我", True), ("他要打我儿子", True), ("说要砍我", True)])
def test_to_be_rung_up_is_no_blow(house, text, called):
    calls, _ = first_aid.patterns(house.knowledge.emergencies["rescue"])
    assert bool(calls.search(normalise(text))) == called


def test_every_sentence_said_instead_is_there(house):
    for name in (*alarm_steps.TOLD, *alarm_steps.TOLD.values()):
        assert house.knowledge.wording(f"in_alarm.{name}", hotline="")
