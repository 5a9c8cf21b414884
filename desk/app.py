"""The desk's edge: one request, one transaction, committed before the answer leaves; expected refusals become pages here."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from desk import access, entries_page, warnings_page
from desk.alerts import banner, waited
from desk.nav import NAV
from desk.routes import ROUTES, Route
from desk.shelf import Shelf
from desk.visit import Office, Refused, Visit, absent, templates
from knowledge.base import Knowledge
from tickets import exams, signing_in
from tickets.accounts import AccountRefused
from tickets.db import Store
from tickets.entry_changes import ChangeRefused
from tickets.lifecycle import MoveRefused
from tickets.models import now
from tickets.reading import Reads, unread

log = logging.getLogger("xiaobao.desk")

EXAMS = "/desk/exams"
COUNTED = {"/desk/warnings": warnings_page.waiting, "/desk/gaps": entries_page.waiting, EXAMS: lambda visit: exams.open_now(now())}
PRIVATE = {"cache-control": "no-store", "vary": "cookie"}


def desk_router(store: Store, knowledge: Knowledge, settings: Any, *, mask: Callable[[str], str],
                read: Reads = unread, present: Callable[[str], bool] = absent) -> APIRouter:
    """Every page of the desk. `mask` takes personal data out of a text, `read` says what a complaint is about, `present` whether
    the web chat of this address is open before its customer. `settings` is the house's; read are secret_key, production,
    public_url, attachment_folder, bank_name, bank_hotline and telegram_staff_group."""
    return router_of(store, office(knowledge, settings, mask=mask, read=read, present=present))


def office(knowledge: Knowledge, settings: Any, *, mask: Callable[[str], str], read: Reads = unread,
           present: Callable[[str], bool] = absent) -> Office:
    """What all requests share; reading the pages and indexing the answers takes a moment, so it is done once."""
    pages = templates(knowledge, nav=NAV, alerts_of=banner, waited=waited,
                      waiting=_waiting)
    return Office(knowledge, settings, pages, Shelf(knowledge.entries), mask, read, present)


def _waiting(visit: Visit) -> dict[str, int]:
    """What waits for her behind a word of the menu, asked of the database at once; her exams only where one is open."""
    asked = {path: query.scalar_subquery() for path, count in COUNTED.items() if (query := count(visit)) is not None}
    found = dict(zip(asked, visit.session.execute(select(*asked.values())).one(), strict=True))
    return found | {EXAMS: exams.due(visit.session, visit.me, now())} if found[EXAMS] else found


def router_of(store: Store, office: Office) -> APIRouter:
    desk, router = Desk(store, office), APIRouter()
    for route in ROUTES:
        router.add_route(route.path, desk.endpoint(route), methods=[route.method], include_in_schema=False)
    return router


class Desk:
    """Turns a row of the route table into an ASGI endpoint. The pages themselves are plain functions of a Visit."""

    def __init__(self, store: Store, office: Office) -> None:
        self.store, self.office = store, office

    def endpoint(self, route: Route) -> Any:
        async def answer(request: Request) -> Response:
            form = FormData()
            try:
                if route.writes:
                    form = await request.form(max_files=1, max_fields=500, max_part_size=route.largest_field)
            except HTTPException:
                return await run_in_threadpool(self._problem, request, 400, "desk.bad_form")
            try:
                response = await run_in_threadpool(self._serve, route, request, form)
            finally:
                await form.close()
            for name, value in PRIVATE.items():
                response.headers.setdefault(name, value)
            return response

        return answer

    def _serve(self, route: Route, request: Request, form: FormData) -> Response:
        if "%00" in request.url.query or "\0" in request.url.path:
            return self._problem(request, 400, "desk.bad_form")  # PostgreSQL keeps no such character, so nobody looks for one
        try:
            if route.before_sign_in:
                return self._at_the_door(route, request, form)
            with self.store.write() if route.commits else self.store.read() as session:
                visit = Visit(request, session, self.office, form)
                response = self._inside(route, visit)
            if not route.commits and not route.background and visit.door is not None:
                self._seen(visit)
            return response
        except StaleDataError:
            return self._problem(request, 409, "desk.changed_meanwhile", typed=access.typed(form))
        except SQLAlchemyError as error:
            log.error("database: %s at %s", type(error).__name__, route.path)
            return self._problem(request, 503, "desk.not_saved", typed=access.typed(form))

    def _inside(self, route: Route, visit: Visit) -> Response:
        try:
            access.enter(visit, route.roles, writes=route.writes)
            response = route.view(visit)
            if route.commits:
                signing_in.seen(visit.session, visit.door)
            return response
        except (Refused, MoveRefused, AccountRefused, ChangeRefused) as error:
            words = visit.word(error.key) if isinstance(error, ChangeRefused) else str(error)
            refused = error if isinstance(error, Refused) else Refused(409, words, typed=access.typed(visit.form))
            response = self._refuse(route, visit, refused)  # drawn before the rollback, which empties what it shows
            visit.session.rollback()
            visit.door = None  # the rollback emptied it, and a refusal keeps nobody signed in
            return response

    def _at_the_door(self, route: Route, request: Request, form: FormData) -> Response:
        try:
            return route.view(self.store, self.office, request, form)
        except Refused as refused:
            return self._problem(request, refused.status, words=str(refused))

    def _refuse(self, route: Route, visit: Visit, refused: Refused) -> Response:
        if refused.status == 401 and not route.writes and not route.background:
            following = visit.request.url.path + (f"?{visit.request.url.query}" if visit.request.url.query else "")
            return visit.go(access.SIGN_IN_PAGE, next=following)
        if refused.status == 403 and visit.staff is not None and visit.staff.must_change_password and not route.writes:
            return visit.go(access.PASSWORD_PAGE)
        return _told(visit, refused.status, refused.words, refused.typed)

    def _problem(self, request: Request, status: int, key: str = "", *, words: str = "", typed: str = "") -> Response:
        """A page that needs no database: nothing of what went wrong there may stand in its way."""
        visit = Visit(request, None, self.office)  # type: ignore[arg-type]
        return _told(visit, status, words or visit.word(key), typed)

    def _seen(self, visit: Visit) -> None:
        """An active reader stays signed in; at most one small write a minute."""
        if now() - visit.door.seen_at >= signing_in.SEEN_EVERY:
            with self.store.write() as session:
                signing_in.seen(session, visit.door)


def _told(visit: Visit, status: int, words: str, typed: str) -> Response:
    return visit.page("problem.html", status=status, words=words, typed=typed, back=_came_from(visit.request))


def _came_from(request: Request) -> str:
    """The page of the desk whose form was refused, without what it said then; the queue where the browser names none."""
    try:
        came = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return access.HOME
    if came.netloc != request.headers.get("host", "") or not came.path.startswith("/desk/"):
        return access.HOME
    asked = urlencode([(name, value) for name, value in parse_qsl(came.query) if name != "said"])
    return came.path + (f"?{asked}" if asked else "")
