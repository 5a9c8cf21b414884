"""One request of a staff member: who asks, in which transaction, with which form, and how the answer is made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request

from desk import words
from desk.shelf import Shelf
from knowledge.base import Knowledge
from tickets.models import DeskSession, Staff, now
from tickets.reading import Reads, unread

TEMPLATES = Path(__file__).parent / "templates"


class Refused(Exception):
    """An expected refusal: the status and what the person is told. `typed` is given back so that nothing written is lost."""

    def __init__(self, status: int, words: str, *, typed: str = "") -> None:
        super().__init__(words)
        self.status, self.words, self.typed = status, words, typed


def absent(address: str) -> bool:
    """For a desk beside which no web chat runs."""
    return False


@dataclass(frozen=True)
class Office:
    """What every request shares."""

    knowledge: Knowledge
    settings: Any  # the house's Settings, read by name
    templates: Environment
    shelf: Shelf
    mask: Callable[[str], str]  # takes personal data out of what colleagues type about customers
    read: Reads = unread  # what the words of a complaint say: category, cause, urgency, flags
    present: Callable[[str], bool] = absent  # whether the web chat of this address is open before its customer


@dataclass
class Visit:
    """One request inside its one transaction. `staff` is None only on the pages before sign-in."""

    request: Request
    session: Session
    office: Office
    form: FormData = field(default_factory=FormData)
    staff: Staff | None = None
    door: DeskSession | None = None

    @property
    def knowledge(self) -> Knowledge:
        return self.office.knowledge

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    @property
    def me(self) -> Staff:
        if self.staff is None:
            raise Refused(401, self.word("desk.sign_in_first"))
        return self.staff

    def word(self, key: str, /, **fields: object) -> str:
        return self.office.knowledge.wording(key, **fields)

    def said(self, name: str, *, most: int = 4000) -> str:
        """A text field, stripped; a file or a missing field reads as empty. Raises Refused when it is too long."""
        return self._plain(self.form.get(name), most)

    def each(self, name: str, *, most: int = 4000) -> list[str]:
        """A field of one line that stands several times in the form, in its order, the empty ones too."""
        return [" ".join(self._plain(value, most).split()) for value in self.form.getlist(name)]

    def _plain(self, value: object, most: int) -> str:
        text = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
        if len(text) > most:
            raise Refused(422, self.word("desk.too_long", most=most), typed=text)
        return "".join(char for char in text if char.isprintable() or char in "\n\t")

    def masked(self, name: str, *, most: int = 4000) -> str:
        """A text field about a customer, without numbers of telephones, cards and papers. What is written *to* her is `said`."""
        return self.office.mask(self.said(name, most=most))[:most]

    def chosen(self, name: str, among: Any, *, empty: bool = False) -> str:
        """A code out of a known set. Raises Refused for anything else."""
        value = self.said(name, most=200)
        if value in among or (empty and value == ""):
            return value
        raise Refused(422, self.word("desk.choose"))

    def number(self, name: str, *, empty: bool = False) -> int | None:
        """A whole number such as a row's id. Raises Refused for anything else."""
        value = self.said(name, most=20)
        if value.isascii() and value.isdigit() and len(value) < 16:
            return int(value)
        if empty and value == "":
            return None
        raise Refused(422, self.word("desk.choose"))

    def path_number(self, name: str) -> int:
        value = self.request.path_params[name]
        if value.isascii() and value.isdigit() and len(value) < 16:
            return int(value)
        raise Refused(404, self.word("desk.not_found"))

    def page(self, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page of the desk. `said` in the address names the sentence shown at its head: `?said=answered`."""
        note = self.query.get("said", "")
        key = f"desk.done_{note}"
        body = self.office.templates.get_template(name).render(
            visit=self, staff=self.staff, csrf=self.door.csrf if self.door else "", path=self.request.url.path,
            note=self.word(key) if note and key in self.knowledge.wording else "", moment=now(), **context)
        return HTMLResponse(body, status)

    def go(self, path: str, said: str = "", **query: str) -> RedirectResponse:
        """See other: a page that was posted is never posted again by a reload."""
        query = {**({"said": said} if said else {}), **query}
        path, _, fragment = path.partition("#")
        glue = "&" if "?" in path else "?"
        return RedirectResponse(path + (glue + urlencode(query) if query else "") + (f"#{fragment}" if fragment else ""), 303)


def templates(knowledge: Knowledge, **shared: Any) -> Environment:
    """The pages: everything is escaped, and a name that a page misspells is a bug and raises. `shared` is known to all of them."""
    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                        lstrip_blocks=True)
    pages.filters.update(words.filters(knowledge))
    pages.tests["holds"] = lambda group, one: one in group
    pages.globals.update(shared, taxonomy=knowledge.taxonomy, stamp=words.stamp(Path(__file__).parent / "static"),
                         roles=words.ROLES)
    return pages
