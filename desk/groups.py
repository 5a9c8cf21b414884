"""For whom something is: the roles and branches ticked in a form, and how they are written on a page."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from desk.visit import Refused, Visit
from desk.words import ROLES
from tickets.models import Branch


def ticked_roles(visit: Visit) -> list[str]:
    return _known(visit, "roles", ROLES)


def ticked_themes(visit: Visit) -> list[str]:
    return _known(visit, "themes", visit.knowledge.taxonomy.theme)


def ticked_branches(visit: Visit) -> list[int]:
    known = {str(one.id): one.id for one in branches(visit)}
    return [known[one] for one in _known(visit, "branches", known)]


def branches(visit: Visit) -> list[Branch]:
    return list(visit.session.scalars(select(Branch).where(Branch.active).order_by(Branch.path)))


def for_whom(roles: Iterable[str], chosen: Iterable[int], names: Mapping[int, str]) -> str:
    """`主管、承办 · 城东支行`; nothing ticked is 全体."""
    parts = ["、".join(ROLES.get(one, one) for one in roles), "、".join(names.get(one, str(one)) for one in chosen)]
    return " · ".join(part for part in parts if part) or "全体"


def _known(visit: Visit, name: str, among: Iterable[str]) -> list[str]:
    values = [one for one in visit.form.getlist(name) if isinstance(one, str)]
    if not set(values) <= set(among):
        raise Refused(422, visit.word("desk.choose"))
    return list(dict.fromkeys(values))
