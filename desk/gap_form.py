"""From a question that nobody could answer to an entry: a form in office words, judged by the reader of knowledge/faq itself."""

import re
from datetime import date, datetime
from urllib.parse import quote

from fastapi import Response
from sqlalchemy import select

from desk import gaps_page
from desk.exam_form import Draft
from desk.gaps_page import Group
from desk.visit import Refused, Visit
from knowledge.base import Entry, KnowledgeError
from knowledge.faq import LEAST_VARIANTS, LONGEST_ANSWER, read_section
from knowledge.today import holds
from tickets import audit, entry_changes
from tickets.gaps import HIDDEN
from tickets.models import EntryChange, now
from tickets.numbers import SHANGHAI

SOURCES, SPARE = 4, 2  # rows for sources: at least so many, and so many empty ones
RELATED = 6
SLUG = 70  # characters: the group key of a correction holds one
MARKS = {"V": "原文核对过", "S": "公开资料"}
ELDERLY, STAFF, PUBLIC = "老年", "员工", "公众"
BULLET = re.compile(r"^(?:[-*•·]\s*|\d+[.、．)）](?!\d)\s*)")
MARKED = re.compile(r"\s*\[([VS])\]$")
FIELD_OF = {"variants": "ways", "versions": "elderly"}
"""Parts of an entry that the form calls otherwise."""


def blank(visit: Visit) -> Response:
    """Filled with what customers asked (`?key=`), with the entry that is to be corrected (`?entry=`), or with nothing; and
    where a draft of it was sent back (`?from=` names one), with that draft."""
    slug, back = visit.query.get("entry", "")[:SLUG], visit.query.get("from", "")
    key = entry_changes.correcting(slug) if slug else visit.query.get("key", "")
    returned = _returned(visit, number=int(back)) if back.isascii() and back.isdigit() and len(back) < 16 else None
    returned = returned or (_returned(visit, key=key) if key else None)
    key = returned.group_key if returned else key
    group = gaps_page.find(visit, key) if key else None
    if returned is not None:
        entry, _ = read_section(returned.text, theme=returned.theme, audiences=frozenset(visit.knowledge.taxonomy.audience))
        if entry is not None:
            return _page(visit, group or Group(key, 0, now(), [], []), filled(visit, entry), returned=returned)
    if slug:
        return _correct(visit, slug)
    if not key and not back:
        group = Group(f"new-{now():%H%M%S%f}", 0, now(), [], [])
    if group is None:
        raise Refused(404, visit.word("desk.not_found"))
    asked = [text for one in group.texts if (text := " ".join(HIDDEN.sub("", one).split()))]
    near = [visit.knowledge.entries[slug] for slug in group.near]
    return _page(visit, group, Draft({
        "question": asked[0] if asked else "", "theme": near[0].theme if near else "", "audience": [PUBLIC],
        "ways": "\n".join(asked), "answer": "", "steps": "", "more": "", "basis": [], "elderly": "", "valid_until": "",
        "related": [one.id for one in near[:3]]}))


def _correct(visit: Visit, slug: str) -> Response:
    """Filled with the entry; a draft that waits already is shown instead of a second one."""
    waits = visit.session.scalars(select(EntryChange.id).where(EntryChange.slug == slug, EntryChange.status == "waiting")).first()
    if waits is not None:
        return visit.go(f"/desk/entries/{waits}")
    found = as_it_stands(visit, slug)
    if found is None:
        raise Refused(404, visit.word("desk.not_found"))
    return _page(visit, Group(entry_changes.correcting(slug), 0, now(), [], []), filled(visit, found))


def as_it_stands(visit: Visit, slug: str) -> Entry | None:
    """The entry of this name as it is told, or was before it was hidden."""
    kept = entry_changes.shown(visit.session, slug)
    if slug in visit.knowledge.entries.written or kept is None or not kept.text:
        return visit.knowledge.entries.written.get(slug)
    return read_section(kept.text, theme=kept.theme, audiences=frozenset(visit.knowledge.taxonomy.audience))[0]


def check(visit: Visit) -> Response:
    """The finished section to be handed on; or the form as it was filled in, with what the reader says at each field."""
    key = visit.said("key", most=80)
    group = gaps_page.find(visit, key) or Group(key, 0, now(), [], [])  # another may have taken it off the list meanwhile
    draft, at, back = _written(visit), now().astimezone(SHANGHAI), returned_draft(visit)
    former = as_it_stands(visit, key.partition(":")[2]) if ":" in key else None
    slug = former.id if former else _slug(visit, draft["theme"], key, at)
    text = markdown(draft, slug=slug, at=at, former=former)
    _judge(visit, draft, text, at, former=former)
    if draft.wrong:
        return _page(visit, group, draft, status=422, returned=back)
    audit.record(visit.session, staff_id=visit.me.id, action="gap.draft", target=f"entry:{slug}",
                 data={"theme": draft["theme"], "count": group.count})
    return _page(visit, group, draft, section=text, returned=back)


def filled(visit: Visit, entry: Entry) -> Draft:
    """An entry as the form holds it: what `markdown` makes of it again is the same entry."""
    basis = [(MARKED.sub("", text), found[1] if (found := MARKED.search(text)) else "") for text in entry.basis]
    return Draft({
        "question": entry.question, "theme": entry.theme, "audience": list(entry.audience), "ways": "\n".join(entry.variants),
        "answer": entry.answer, "steps": "\n".join(entry.steps), "more": "\n".join(entry.more), "basis": basis,
        "elderly": entry.versions.get(ELDERLY, ""), "valid_until": str(entry.valid_until or ""),
        "related": [slug for slug in entry.related if slug in visit.knowledge.entries]})


def returned_draft(visit: Visit) -> EntryChange | None:
    """The draft that was sent back and that this form goes on with."""
    number = visit.number("from", empty=True)
    return _returned(visit, number=number) if number is not None else None


def _returned(visit: Visit, *, number: int | None = None, key: str = "") -> EntryChange | None:
    which = EntryChange.id == number if number is not None else EntryChange.group_key == key
    found = select(EntryChange).where(which, EntryChange.kind == "added", EntryChange.status == "refused").order_by(
        EntryChange.id.desc()).limit(1)
    return visit.session.scalars(found.with_for_update() if visit.request.method == "POST" else found).first()


def download(visit: Visit) -> Response:
    """The section as a file; what the reader of the files would refuse is no section of ours."""
    entry, text = section_of(visit)
    title = re.sub(r"[^\w\u4e00-\u9fff]", "", entry.question)[:30]
    name = f"知识条目-{visit.knowledge.taxonomy.theme[entry.theme].name}-{title}.md"
    return Response(text.encode(), media_type="text/markdown; charset=utf-8", headers={
        "content-disposition": f"attachment; filename=\"entry.md\"; filename*=UTF-8''{quote(name, safe='')}",
        "x-content-type-options": "nosniff"})


def section_of(visit: Visit) -> tuple[Entry, str]:
    """The entry that a posted section holds, and the section."""
    theme, text = visit.chosen("theme", visit.knowledge.taxonomy.theme), visit.said("text", most=40_000) + "\n"
    try:
        entry, _ = read_section(text, theme=theme, audiences=frozenset(visit.knowledge.taxonomy.audience))
    except KnowledgeError:
        entry = None
    if entry is None:
        raise Refused(422, visit.word("desk.entry_other"), typed=text)
    return entry, text


def markdown(draft: Draft, *, slug: str, at: date, former: Entry | None = None) -> str:
    """The section as it will stand in knowledge/faq. It is sure ([V]) only where every source was compared with its original.
    `former`: the entry that it corrects, of which it keeps what the form does not ask for."""
    basis = [f"- {text} [{mark}]" if mark else f"- {text}" for text, mark in draft["basis"]]
    lines = [f"## {slug} | {draft['question']}", f"audience: {', '.join(draft['audience'])}",
             f"confidence: {'V' if basis and all(mark == 'V' for _, mark in draft['basis']) else 'S'}", f"checked: {at:%Y-%m-%d}"]
    lines += [f"valid_until: {draft['valid_until']}"] if draft["valid_until"] else []
    lines += [f"related: {', '.join(draft['related'])}"] if draft["related"] else []
    lines += ["staff_only: true"] if draft["audience"] == [STAFF] else []
    lines += [f"faq: {former.faq}"] if former and former.faq else []
    lines += ["", "### 问法", *(f"- {text}" for text in _ways(draft)), "### 答", *_prose(draft["answer"])]
    if steps := _items(draft["steps"]):
        lines += ["### 步骤", *(f"{place}. {text}" for place, text in enumerate(steps, 1))]
    if more := _items(draft["more"]):
        lines += ["### 追问", *(f"- {text}" for text in more)]
    lines += ["### 依据", *basis]
    if elderly := _prose(draft["elderly"]):
        lines += [f"### {ELDERLY}版", *elderly]
    for audience, said in former.versions.items() if former else ():
        lines += [f"### {audience}版", *_prose(said)] if audience != ELDERLY else []
    return "\n".join(lines) + "\n"


def _written(visit: Visit) -> Draft:
    taxonomy, known = visit.knowledge.taxonomy, visit.knowledge.entries
    texts, marks = visit.each("basis", most=300), visit.each("mark", most=1)
    if len(texts) != len(marks) or not {*marks} <= {"", *MARKS}:
        raise Refused(422, visit.word("desk.choose"))
    basis = [(plain, mark or (found[1] if (found := MARKED.search(text)) else ""))
             for text, mark in zip(texts, marks, strict=True) if (plain := MARKED.sub("", BULLET.sub("", text)))]
    return Draft({
        "question": " ".join(visit.said("question", most=100).split()),
        "theme": visit.chosen("theme", taxonomy.theme, empty=True),
        "audience": _ticked(visit, "audience", taxonomy.audience), "ways": visit.said("ways"),
        "answer": visit.said("answer", most=2000), "steps": visit.said("steps"), "more": visit.said("more"), "basis": basis,
        "elderly": visit.said("elderly", most=2000), "valid_until": " ".join(visit.said("valid_until", most=20).split()),
        "related": _ticked(visit, "related", known)})


def _judge(visit: Visit, draft: Draft, text: str, at: datetime, *, former: Entry | None) -> None:
    """All that the reader finds, and what would stop the start or puzzle the finder once the section stands among the others."""
    for name in ("answer", "elderly"):
        if _prose(draft[name]) != _lines(draft[name]):
            _wrong(draft, name, visit.word("desk.entry_hash"))
    entry, faults = read_section(text, theme=draft["theme"], audiences=frozenset(visit.knowledge.taxonomy.audience))
    for fault in faults:
        key = f"desk.entry_{fault.part}_{fault.kind}"
        said = visit.word(key, **{"least": LEAST_VARIANTS, **fault.fields}) if key in visit.knowledge.wording else ""
        _wrong(draft, FIELD_OF.get(fault.part, fault.part) if said else "form", said or visit.word("desk.entry_other"))
    if not draft["theme"]:
        _wrong(draft, "theme", visit.word("desk.entry_theme_missing"))
    if entry and not holds(entry, at.date()):
        _wrong(draft, "valid_until", visit.word("desk.entry_valid_until_past"))
    ways = _ways(draft)
    for name, texts in (("question", [draft["question"]]), ("ways", ways)):
        for one in texts:
            if visit.office.mask(one) != one:
                _wrong(draft, name, visit.word("desk.entry_private", text=one))
    for text, owner in taken(visit, {draft["question"], *ways}, but=former.id if former else "").items():
        if text == draft["question"]:
            _wrong(draft, "question", visit.word("desk.entry_question_taken", entry=owner.question))
        else:
            _wrong(draft, "ways", visit.word("desk.entry_variants_taken", text=text, entry=owner.question))


def _wrong(draft: Draft, name: str, said: str) -> None:
    draft.wrong[name] = f"{draft.wrong[name]} {said}" if name in draft.wrong else said


def taken(visit: Visit, texts: set[str], *, but: str = "") -> dict[str, Entry]:
    """Those that stand in the base already, in another entry than `but`: a question stands there once, or the next start is
    refused."""
    every = visit.knowledge.entries.written.values()
    return {text: one for one in every if one.id != but for text in (one.question, *one.variants) if text in texts}


def _slug(visit: Visit, theme: str, key: str, at: datetime) -> str:
    """Theme, day and group: the same for a draft that is looked over again, another for another group of this day."""
    group = re.sub(r"[^a-z0-9]+", "-", re.sub(r"^id-", "g", key.lower()))[:24].strip("-")
    group = re.sub(r"[0-9]{9,}", lambda found: found[0][-8:], group)  # the audit takes no long number
    slug = "-".join(filter(None, ((theme or "other").replace("_", "-"), f"{at:%Y%m%d}", group)))
    taken, place = visit.knowledge.entries.written, 2
    while (free := slug if place == 2 else f"{slug}-{place - 1}") in taken:
        place += 1
    return free


def _page(visit: Visit, group: Group, draft: Draft, *, section: str = "", status: int = 200,
          returned: EntryChange | None = None) -> Response:
    known = visit.knowledge.entries
    found = visit.office.shelf.find(draft["question"], most=RELATED)
    related = dict.fromkeys([*draft["related"], *group.near, *(one.id for one in found)])
    rows = [*draft["basis"], *[("", "")] * max(SOURCES - len(draft["basis"]), SPARE)]
    return visit.page("gap_draft.html", status=status, group=group, draft=draft, section=section, returned=returned, marks=MARKS,
                      rows=rows, most=LONGEST_ANSWER, least=LEAST_VARIANTS, written=len("\n".join(_lines(draft["answer"]))),
                      related=[known[slug] for slug in related if slug in known])


def _ways(draft: Draft) -> list[str]:
    """One a line, each once; the standard question itself is no other way to ask."""
    return [text for text in dict.fromkeys(_items(draft["ways"])) if text != draft["question"]]


def _items(text: str) -> list[str]:
    """One a line, without the bullet or number it was typed with."""
    return [item for line in _lines(text) if (item := BULLET.sub("", line))]


def _prose(text: str) -> list[str]:
    """Lines that stand in a section without a bullet, so that none of them may begin a heading."""
    return [line for line in _lines(text) if not line.startswith("#")]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _ticked(visit: Visit, name: str, among: object) -> list[str]:
    values = list(dict.fromkeys(visit.each(name, most=200)))
    if not {*values} <= {*among}:
        raise Refused(422, visit.word("desk.choose"))
    return values
