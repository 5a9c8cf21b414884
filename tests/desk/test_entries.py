"""An entry drafted at the desk is read by a second person and told from then on; what may be wrong is hidden at once."""

import html
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from msgspec import structs

from desk import compared
from desk.gap_form import ELDERLY
from knowledge.changes import Change, changed
from tests.desk.conftest import words
from tests.desk.test_gap_form import ASKED, FORM, field
from tickets import entry_changes
from tickets.models import Audit, EntryChange, Gap, now


@pytest.fixture
def section(house) -> str:
    """What the form made of the drafted entry."""
    with house.store.write() as session:
        session.add_all(Gap(text=text, group_key="g7", candidates=[]) for text in ASKED)
    return field(house.as_("handler").post("/desk/gaps/draft", FORM).text, "section")


def propose(house, section: str, who: str = "handler") -> EntryChange:
    answer = house.as_(who).post("/desk/gaps/draft/propose", {"theme": "fees", "key": "g7", "text": section})
    assert answer.status_code == 303, words(answer.text)
    return house.rows(EntryChange)[-1]


def test_what_one_drafts_another_approves(house, section):
    change = propose(house, section)
    assert (change.status, change.kind, change.theme, change.question) == ("waiting", "added", "fees", FORM["question"])
    lead = house.as_("lead")
    assert '<span class="count hot" title="1 条等您处理">1</span>' in lead.page("/desk/queue")
    assert "count hot" not in house.as_("handler").page("/desk/gaps"), "nobody waits for her"
    page = words(lead.page(f"/desk/entries/{change.id}"))
    assert "等待复核" in page and "养老金卡免收年费" in page and "本行公示 [S]" in page and "退休金卡能免年费吗" in page
    assert lead.post(f"/desk/entries/{change.id}/approve").status_code == 303
    change, = house.rows(EntryChange)
    assert (change.status, change.decided_by) == ("shown", house.of_role("lead").id)
    with house.store.read() as session:
        assert [one.slug for one in entry_changes.in_force(session)] == [change.slug]
    assert all(gap.resolved_at for gap in house.rows(Gap)), "the questions that asked for it are off the list"
    assert [row.action for row in house.rows(Audit)] == ["gap.draft", "entry.propose", "entry.approve"]
    assert "通过知识条目" in words(house.as_("auditor").page("/desk/audit"))


def test_nobody_approves_her_own(house, section):
    change, lead = propose(house, section, "lead"), house.as_("lead")
    assert "另一位主管" in words(lead.page(f"/desk/entries/{change.id}"))
    answer = lead.post(f"/desk/entries/{change.id}/approve")
    assert answer.status_code == 409 and "自己写的条目要由另一位主管复核" in answer.text
    assert house.rows(EntryChange)[0].status == "waiting"
    assert house.as_("admin").post(f"/desk/entries/{change.id}/approve").status_code == 303


def test_a_draft_is_sent_back_with_a_reason_or_taken_back(house, section):
    change = propose(house, section)
    assert house.as_("lead").post(f"/desk/entries/{change.id}/refuse", {"reason": ""}).status_code == 422
    assert house.as_("intake").post(f"/desk/entries/{change.id}/refuse", {"reason": "不关我事"}).status_code == 403
    why = {"reason": "依据要写到条，打 13812345678 问"}
    assert house.as_("lead").post(f"/desk/entries/{change.id}/refuse", why).status_code == 303
    change, = house.rows(EntryChange)
    assert change.status == "refused" and "13812345678" not in change.reason
    assert "依据要写到条" in words(house.as_("handler").page("/desk/entries"))
    again = propose(house, section)
    assert again.id != change.id, "a new draft that goes on with none"
    assert house.as_("handler").post(f"/desk/entries/{again.id}/refuse", {"reason": "再想想"}).status_code == 303
    assert house.as_("lead").post(f"/desk/entries/{again.id}/approve").status_code == 409, "what is decided stays decided"


def test_a_draft_that_was_sent_back_is_mended_and_waits_anew(house, section):
    change, lead, writer = propose(house, section), house.as_("lead"), house.as_("handler")
    page = words(writer.page("/desk/gaps"))
    assert "草稿等待复核" in page and "handler同事" in page and "起草条目</a>" not in writer.page("/desk/gaps")
    lead.post(f"/desk/entries/{change.id}/refuse", {"reason": "答案要写明以公示为准"})
    page = writer.page("/desk/gaps")
    assert 'title="1 条等您处理">1<' in page and "退回给您修改" in page and "答案要写明以公示为准" in page
    assert "等您处理" not in house.as_("intake").page("/desk/gaps") and "草稿已退回" in house.as_("intake").page("/desk/gaps")
    assert f'href="/desk/gaps/draft?from={change.id}">修改后再提交' in writer.page(f"/desk/entries/{change.id}")
    for link in (f"from={change.id}", "key=g7"):
        form = writer.page(f"/desk/gaps/draft?{link}")
        assert FORM["answer"] in field(form, "answer") and f'name="from" value="{change.id}"' in form
        assert 'value="本行公示"' in form and field(form, "elderly") == FORM["elderly"]
        assert field(form, "steps") == "带身份证\n到网点办理"
    made = writer.post("/desk/gaps/draft", {**FORM, "from": str(change.id), "answer": "免收年费，以公示为准。"}).text
    assert f'name="from" value="{change.id}"' in made.split("再改一改")[0]
    posted = {"theme": "fees", "key": "g7", "from": str(change.id), "text": field(made, "section")}
    assert writer.post("/desk/gaps/draft/propose", posted).status_code == 303
    mended, = house.rows(EntryChange)
    assert (mended.status, mended.decided_by) == ("waiting", None) and "免收年费，以公示为准。" in mended.text
    assert "上次退回的原因：答案要写明以公示为准" in words(lead.page(f"/desk/entries/{change.id}"))
    assert "等您处理" not in writer.page("/desk/gaps")
    assert lead.post(f"/desk/entries/{change.id}/approve").status_code == 303 and house.rows(EntryChange)[0].reason == ""
    assert writer.get(f"/desk/gaps/draft?from={change.id}").status_code == 404, "what is told is no draft"


def test_a_draft_that_was_sent_back_is_asked_for_two_weeks_and_no_longer(house, section):
    change, writer = propose(house, section), house.as_("handler")
    house.as_("lead").post(f"/desk/entries/{change.id}/refuse", {"reason": "答案要写明以公示为准"})
    for days, waits in ((13, True), (15, False)):
        with house.store.write() as session:
            session.get(EntryChange, change.id).decided_at = now() - timedelta(days=days)
        page = writer.page("/desk/gaps")
        assert ("等您处理" in page) is ("退回给您修改" in page) is waits, days


def test_a_draft_posted_twice_waits_once_and_a_colleagues_is_not_overwritten(house, section):
    first, again = propose(house, section), propose(house, section)
    assert first.id == again.id
    answer = house.as_("intake").post("/desk/gaps/draft/propose", {"theme": "fees", "key": "g7", "text": section})
    assert answer.status_code == 409 and "已有同事写了一条" in answer.text
    assert len(house.rows(EntryChange)) == 1
    answer = house.as_("handler").post("/desk/gaps/draft/propose", {"theme": "fees", "key": "g7", "text": "## 乱写"})
    assert answer.status_code == 422


def test_a_question_that_the_base_answers_meanwhile_is_not_approved(house, section):
    known = next(iter(house.knowledge.entries.values()))
    change = propose(house, section.replace(FORM["question"], known.question))
    answer = house.as_("lead").post(f"/desk/entries/{change.id}/approve")
    assert answer.status_code == 409 and "知识库里已有" in answer.text


def test_an_entry_that_may_be_wrong_is_hidden_and_told_again(house):
    known = next(iter(house.knowledge.entries.values()))
    assert "停用" not in house.as_("handler").page(f"/desk/knowledge/{known.id}")
    lead = house.as_("lead")
    assert "这一条可能有错，停用" in lead.page(f"/desk/knowledge/{known.id}")
    assert lead.post(f"/desk/knowledge/{known.id}/hide", {"reason": " "}).status_code == 422
    assert lead.post(f"/desk/knowledge/{known.id}/hide", {"reason": "新规已出"}).status_code == 303
    assert lead.post(f"/desk/knowledge/{known.id}/hide", {"reason": "新规已出"}).status_code == 409
    change, = house.rows(EntryChange)
    assert (change.kind, change.status, change.slug) == ("hidden", "shown", known.id)
    assert "停用中" in lead.page(f"/desk/entries/{change.id}")
    with house.store.read() as session:
        assert entry_changes.in_force(session) == [Change(known.id, known.theme, "")], "its text is kept for the desk alone"
    assert lead.post(f"/desk/entries/{change.id}/end", {"reason": "已改"}).status_code == 303
    with house.store.read() as session:
        assert entry_changes.in_force(session) == []
    assert lead.post("/desk/knowledge/no-such/hide", {"reason": "新规已出"}).status_code == 404


def corrected(house, slug: str, answer: str) -> EntryChange:
    """A colleague corrects a live entry with the form that opens filled, and proposes it."""
    desk = house.as_("handler")
    page = desk.page(f"/desk/gaps/draft?entry={slug}")
    sources = re.findall(r'<input name="basis" maxlength="300" value="([^"]+)"', page)
    form = {"key": f"entry:{slug}", "question": re.search(r'name="question" maxlength="100" value="([^"]*)"', page)[1],
            "theme": house.knowledge.entries[slug].theme, "ways": field(page, "ways"), "answer": answer,
            "audience": re.findall(r'name="audience" value="([^"]+)" checked', page),
            "basis": [html.unescape(one) for one in sources], "mark": ["V"] * len(sources), "elderly": field(page, "elderly")}
    made = desk.post("/desk/gaps/draft", form)
    assert made.status_code == 200 and "原来那一条不再用" in made.text, re.findall(r'class="error"[^>]*>([^<]+)', made.text)
    posted = {"theme": form["theme"], "key": form["key"], "text": field(made.text, "section")}
    answer = desk.post("/desk/gaps/draft/propose", posted)
    assert answer.status_code == 303, words(answer.text)
    return house.rows(EntryChange)[-1]


def in_force(house) -> dict[str, object]:
    with house.store.read() as session:
        entries, problems = changed(house.knowledge.entries.written, entry_changes.in_force(session), house.knowledge.taxonomy)
    assert problems == []
    return entries


@pytest.mark.parametrize("hidden_before", [False, True])
def test_a_live_entry_is_corrected_and_takes_the_old_ones_place(house, hidden_before):
    known = next(one for one in house.knowledge.entries.values() if "学生" in one.versions and ELDERLY in one.versions)
    lead = house.as_("lead")
    assert f'href="/desk/gaps/draft?entry={known.id}">改这一条' in house.as_("handler").page(f"/desk/knowledge/{known.id}")
    assert "改这一条" not in house.as_("auditor").page(f"/desk/knowledge/{known.id}")
    if hidden_before:
        lead.post(f"/desk/knowledge/{known.id}/hide", {"reason": "新规已出"})
        assert "改这一条" in house.as_("handler").page(f"/desk/entries/{house.rows(EntryChange)[0].id}")
    change = corrected(house, known.id, "按新规改过的答案。")
    again = house.as_("intake").get(f"/desk/gaps/draft?entry={known.id}")
    assert again.headers["location"] == f"/desk/entries/{change.id}", "who comes second sees the draft that waits"
    page = lead.page(f"/desk/entries/{change.id}")
    assert "代替原来那一条" in page and f"<del><span class=\"hidden\">删去：</span>{html.escape(known.answer)}</del>" in page
    assert '<ins><span class="hidden">新增：</span>按新规改过的答案。</ins>' in page and 'scope="row">问法' not in page
    assert lead.post(f"/desk/entries/{change.id}/approve").status_code == 303
    now = in_force(house)[known.id]
    assert now.answer == "按新规改过的答案。" and now.question == known.question and set(now.variants) == set(known.variants)
    assert now.versions == known.versions and now.faq == known.faq, "what the form does not ask for stays"
    hidden, = house.rows(EntryChange, kind="hidden")
    refused = lead.post(f"/desk/entries/{hidden.id}/end", {"reason": "恢复"})
    assert refused.status_code == 409 and "请先把改过的那一条下架" in refused.text
    assert lead.post(f"/desk/entries/{change.id}/end", {"reason": "又不对"}).status_code == 303 and known.id not in in_force(house)
    page = lead.page(f"/desk/entries/{change.id}")
    assert "原来那一条仍然停用" in page and f'action="/desk/entries/{hidden.id}/end"' in page
    assert "恢复原来那一条" not in house.as_("handler").page(f"/desk/entries/{change.id}")
    assert lead.post(f"/desk/entries/{hidden.id}/end", {"reason": "恢复"}).status_code == 303
    assert in_force(house)[known.id] == known and "原来那一条已恢复" in lead.page(f"/desk/entries/{change.id}")


def test_an_entry_of_the_offices_own_is_corrected_too(house, section):
    first, lead = propose(house, section), house.as_("lead")
    lead.post(f"/desk/entries/{first.id}/approve")
    written = house.knowledge.entries.written
    try:
        house.knowledge.entries.renew(in_force(house))
        second = corrected(house, first.slug, "改过的答案。")
        assert lead.post(f"/desk/entries/{second.id}/approve").status_code == 303
    finally:
        house.knowledge.entries.renew(written)
    assert [(one.kind, one.status) for one in house.rows(EntryChange)] == [("added", "ended"), ("added", "shown")]
    assert in_force(house)[first.slug].answer == "改过的答案。"
    lead.post(f"/desk/entries/{second.id}/end", {"reason": "又不对"})
    assert "这一条和它原来的一条都已下架" in lead.page(f"/desk/entries/{second.id}")


def test_of_many_ways_to_ask_only_those_that_come_or_go_are_shown(house):
    old = next(one for one in house.knowledge.entries.values() if len(one.variants) > 6)
    new = structs.replace(old, variants=(*old.variants[1:], "新加的问法"))
    ways, = compared.compared(SimpleNamespace(knowledge=house.knowledge), old, new)
    assert (ways.label, ways.before, ways.after) == ("问法", [(True, old.variants[0])], [(True, "新加的问法")])


@pytest.mark.parametrize("before, after, gone, come", [
    ("三个工作日内到账。", "五个工作日内到账。", "三", "五"),
    ("带身份证\n到网点办理\n", "带身份证\n带社保卡\n到网点办理\n", "", "带社保卡\n"),
    ("年费三百元，可退", "年费二百五，不退", "三百元，可", "二百五，不"),
    ("请打客服热线", "到柜面办", "请打客服热线", "到柜面办")])
def test_what_a_correction_changes_is_marked_and_no_more(before, after, gone, come):
    left, right = compared.pieces(before, after)
    assert ("".join(text for _, text in left), "".join(text for _, text in right)) == (before, after)
    assert ["".join(text for changed, text in side if changed) for side in (left, right)] == [gone, come]


def test_an_entry_that_nobody_asked_for_is_written_anew(house):
    desk = house.as_("handler")
    assert 'href="/desk/gaps/draft">新写一条' in desk.page("/desk/gaps")
    key = re.search(r'name="key" value="(new-\d+)"', desk.page("/desk/gaps/draft"))[1]
    made = desk.post("/desk/gaps/draft", {**FORM, "key": key})
    posted = {"theme": "fees", "key": key, "text": field(made.text, "section")}
    assert desk.post("/desk/gaps/draft/propose", posted).status_code == 303
    assert house.rows(EntryChange)[0].status == "waiting"


def test_an_approved_entry_is_taken_down(house, section):
    change = propose(house, section)
    lead = house.as_("lead")
    lead.post(f"/desk/entries/{change.id}/approve")
    assert house.as_("handler").post(f"/desk/entries/{change.id}/end", {"reason": "过时"}).status_code == 403
    assert "并入知识库文件" in lead.page(f"/desk/entries/{change.id}")
    assert lead.post(f"/desk/entries/{change.id}/end", {"reason": "过时"}).status_code == 303
    assert "已下架" in lead.page(f"/desk/entries/{change.id}") and house.rows(EntryChange)[0].status == "ended"
