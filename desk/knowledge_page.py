"""The maintained answers for colleagues, the staff-only ones included: search, and one entry with its steps and sources."""

from fastapi import Response

from desk.nav import LEADS
from desk.visit import Refused, Visit
from tickets.models import now
from tickets.numbers import SHANGHAI

SHOWN = 20


def search(visit: Visit) -> Response:
    words, theme = visit.query.get("q", "").strip()[:200], visit.query.get("theme", "")
    today = now().astimezone(SHANGHAI).date()
    fit = visit.knowledge.fit(today)
    if words:
        found = [one for one in visit.office.shelf.find(words, most=SHOWN) if one.id in fit]
    else:
        found = [one for one in fit.values() if one.theme == theme] if theme else []
    themes = {code: sum(one.theme == code for one in fit.values()) for code in visit.knowledge.taxonomy.theme}
    return visit.page("knowledge.html", words=words, theme=theme, found=found, themes=themes,
                      due=visit.knowledge.due_for_review(today)[:30] if not words and not theme else [])


def entry(visit: Visit) -> Response:
    found = visit.knowledge.entries.get(visit.request.path_params["entry"])
    if found is None:
        raise Refused(404, visit.word("desk.not_found"))
    related = [visit.knowledge.entries[slug] for slug in found.related if slug in visit.knowledge.entries]
    return visit.page("entry.html", entry=found, related=related, may_hide=visit.me.role in LEADS)
