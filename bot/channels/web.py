"""The customer's chat page: the same conversation in a browser, for those who do not want a foreign messenger.

The page works without JavaScript (plain forms), survives a reload, and tells us what has arrived: that is our evidence of telling.
"""

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response, UploadFile
from fastapi import Path as PathParameter
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from bot.channels.uploads import Refused, keep_upload
from bot.line import Line
from bot.messages import Button, Document, Incoming, from_plain
from bot.settings import Settings
from bot.shortening import LONGEST, MOST_AT_ONCE, portions
from knowledge.base import Knowledge
from tickets.db import Store
from tickets.models import Attachment, Chat, Delivery, Message, Owed, now
from tickets.telling import contacted

log = logging.getLogger("xiaobao.web")

PAGE = Path(__file__).parent / "web_page"
COOKIE = "xb_chat"
COOKIE_LIFE = 180 * 24 * 3600  # seconds
PRESENT_FOR = 90.0  # seconds after a look for news; a page that lies behind others looks once a minute
MOST_LOOKING = 20_000  # addresses that are remembered
SHOWN = 60  # lines of the conversation on a page
TELEPHONE = re.compile(r"(?<![\d-])(110|120|96110|12378|12363|12386|12321|12345|12356)(?![\d-])")
KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True)
class Line_:
    """One line of the page."""

    id: int
    author: str  # me | bot
    text: str
    at: datetime
    tone: str = "plain"
    buttons: tuple[tuple[Button, ...], ...] = ()
    document: Document | None = None
    key: str = ""  # what the page called her message; with ~ and a number what a long one begins with
    files: tuple[str, ...] = ()  # what she sent along, by the names that she knows

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The text cut into words and telephone numbers, so that a phone can dial them."""
        return [("tel" if TELEPHONE.fullmatch(part) else "text", part) for part in TELEPHONE.split(self.text) if part]


class WebChat:
    """The routes of the page. `line` takes the messages, `store` is only read and marked."""

    def __init__(self, line: Line, store: Store, knowledge: Knowledge, settings: Settings) -> None:
        self.line, self.store, self.knowledge, self.settings = line, store, knowledge, settings
        self.pages = Environment(loader=FileSystemLoader(PAGE), autoescape=True)
        self._looked: OrderedDict[str, float] = OrderedDict()  # by address, who looked last at the end

    def router(self) -> APIRouter:
        routes = APIRouter()
        routes.add_api_route("/", self.page, methods=["GET"], include_in_schema=False)
        routes.add_api_route("/robots.txt", robots, methods=["GET"], include_in_schema=False)
        routes.add_api_route("/chat/say", self.say, methods=["POST"], include_in_schema=False)
        routes.add_api_route("/chat/press", self.press, methods=["POST"], include_in_schema=False)
        routes.add_api_route("/chat/news", self.news, methods=["GET"], include_in_schema=False)
        routes.add_api_route("/chat/files/{owed_id}", self.file, methods=["GET"], include_in_schema=False)
        return routes

    async def page(self, request: Request) -> Response:
        """The page with its conversation; a first visit is greeted, and leaves no trace until she says something."""
        token = request.cookies.get(COOKIE, "")
        known = bool(re.fullmatch(r"[A-Za-z0-9_-]{43}", token))
        token = token if known else secrets.token_urlsafe(32)
        lines = await run_in_threadpool(self._lines, self.address(token)) if known else []
        if not lines:
            greeting = await run_in_threadpool(self.line.intake.greeting, "web")
            lines = [Line_(0, "bot", reply.text, now(), reply.tone, reply.buttons) for reply in greeting]
        html = self.pages.get_template("chat.html").render(
            bank=self.settings.bank_name, lines=lines, key=secrets.token_hex(16), last=_last(lines), heard=_last(lines, "me"),
            most=self.settings.upload_limit, longest=LONGEST, most_at_once=MOST_AT_ONCE)
        response = Response(html, media_type="text/html; charset=utf-8", headers={"cache-control": "no-store"})
        response.set_cookie(COOKIE, token, max_age=COOKIE_LIFE, httponly=True, samesite="lax", secure=self.settings.production)
        return response

    async def say(self, request: Request, key: str = Form(""), text: str = Form(""), after: int = Form(0, ge=0, le=2**53),
                  heard: int | None = Form(None, ge=0, le=2**53), file: UploadFile | None = None) -> Response:
        """A message, perhaps with a photo. The key makes sending it twice harmless. What is too long for one comes as several."""
        uploads, kind = (), "text"
        text = text.replace("\r\n", "\n").strip()  # a form's line ends
        if len(text) > MOST_AT_ONCE:
            return self._problem(request, 413, self.knowledge.wording("error.too_long", length=len(text), most=MOST_AT_ONCE))
        *begun, words = await run_in_threadpool(portions, text)
        if file is not None and file.filename:
            try:
                upload = await keep_upload(file, self.settings)
            except Refused as refused:
                said = self.knowledge.wording("filing.attachment_refused", reason=str(refused))
                return self._problem(request, 415, said)
            except OSError as error:
                log.error("a file could not be kept: %s", error.strerror or type(error).__name__)
                return self._problem(request, 503, self.knowledge.wording("error.not_saved"))
            uploads, kind = (upload,), "photo" if upload.media_type.startswith("image/") else "document"
        if not words and not uploads:
            return self._problem(request, 422, self.knowledge.wording("error.unsupported"))
        return await self._take(request, key, after, *begun, heard=heard, text=words, uploads=uploads, kind=kind)

    async def press(self, request: Request, data: str = Form(""), key: str = Form(""), label: str = Form(""),
                    after: int = Form(0, ge=0, le=2**53), heard: int | None = Form(None, ge=0, le=2**53)) -> Response:
        return await self._take(request, key or secrets.token_hex(16), after, heard=heard, button=data[:64], text="", kind="button")

    async def _take(self, request: Request, key: str, after: int, *begun: str, heard: int | None, **fields: Any) -> Response:
        """One message, behind what it begins with as messages of their own. The last bears the key: with it all has arrived."""
        token = request.cookies.get(COOKIE, "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", token):
            return self._problem(request, 403, "请先打开对话页面，并允许浏览器保存 Cookie。")
        if not same_origin(request):
            return self._problem(request, 403, "请求来源不对，请从本行页面发送。")
        if not KEY.fullmatch(key):
            return self._problem(request, 422, "消息编号不对，请刷新页面再试。")
        address = self.address(token)
        if after > 0:
            await run_in_threadpool(self._arrived, address, after)  # a form without JavaScript says what its page showed
        if after == 0 and not await run_in_threadpool(self._lines, address):  # what her page greeted her with goes first
            await self.line.receive(Incoming("web", f"hello-{address}", address, "/start"))
        named = f"{address[:16]}-{key}"
        for one in (*(Incoming("web", f"{named}~{n}", address, words) for n, words in enumerate(begun, 1)),
                    Incoming("web", named, address, **fields)):
            if (await self.line.receive(one)).status == "failed":
                return self._problem(request, 503, self.knowledge.wording("error.not_saved"))
        if "application/json" not in request.headers.get("accept", ""):
            return RedirectResponse("/#say", 303)
        return await self._news(address, after, heard)

    async def news(self, request: Request, after: int = Query(0, ge=0, le=2**53),
                   heard: int | None = Query(None, ge=0, le=2**53)) -> Response:
        """What came since `after`, with her own words since `heard`, perhaps from another tab; up to `after` all has arrived."""
        token = request.cookies.get(COOKIE, "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", token):
            return JSONResponse({"html": "", "last": 0, "heard": 0})
        address = self.address(token)
        self._looks(address)
        if after > 0:
            await run_in_threadpool(self._arrived, address, after)
        return await self._news(address, after, heard)

    def _looks(self, address: str) -> None:
        self._looked[address] = time.monotonic()
        self._looked.move_to_end(address)
        if len(self._looked) > MOST_LOOKING:
            self._looked.popitem(last=False)

    def present(self, address: str) -> bool:
        """Whether her page has asked this process for news lately: she is online. Other processes know of others."""
        return time.monotonic() - self._looked.get(address, -PRESENT_FOR) < PRESENT_FOR

    async def file(self, request: Request, owed_id: int = PathParameter(ge=1, le=2**53)) -> Response:
        """A document that we sent in this conversation, as a download; for everybody else it does not exist."""
        token = request.cookies.get(COOKIE, "")
        known = bool(re.fullmatch(r"[A-Za-z0-9_-]{43}", token))
        document = await run_in_threadpool(self._document, self.address(token), owed_id) if known else None
        path = self.settings.attachment_folder / Path(document.stored_as).name if document else None
        if path is None or not path.is_file():
            return self._problem(request, 404, "没有找到这个文件，请回到对话页面再试。")
        return FileResponse(path, media_type="application/octet-stream", headers={
            "content-disposition": f"attachment; filename*=utf-8''{quote(document.name, safe='')}",
            "cache-control": "no-store", "content-security-policy": "default-src 'none'; sandbox"})

    def _document(self, address: str, owed_id: int) -> Document | None:
        with self.store.read() as session:
            row = session.scalars(select(Owed).where(Owed.id == owed_id, Owed.channel == "web",
                                                     Owed.address == address)).one_or_none()
            return from_plain(row.body).document if row is not None else None

    async def _news(self, address: str, after: int, heard: int | None) -> Response:
        lines = await run_in_threadpool(self._lines, address, after, heard)
        template = self.pages.get_template("line.html")
        return JSONResponse({"html": "".join(template.render(line=line) for line in lines), "last": max(_last(lines), after),
                             "heard": max(_last(lines, "me"), heard or 0)}, headers={"cache-control": "no-store"})

    def address(self, token: str) -> str:
        """The chat's address is a keyed hash of the cookie: who reads the database cannot take over a conversation."""
        return hmac.new(self.settings.secret_key.encode(), b"chat:" + token.encode(), hashlib.sha256).hexdigest()[:40]

    def _lines(self, address: str, after: int = 0, heard: int | None = 0) -> list[Line_]:
        """Our replies after one and her words after another of them; without her words where the page shows them itself."""
        with self.store.read() as session:
            replies = select(Owed).where(Owed.channel == "web", Owed.address == address, Owed.id > after)
            lines = [_said(row) for row in session.scalars(replies.order_by(Owed.id.desc()).limit(SHOWN))]
            if heard is not None:
                lines += _heard(session, address, heard)
        return sorted(lines, key=lambda line: (line.at, line.author != "me", line.id))[-SHOWN:]

    def _arrived(self, address: str, upto: int) -> None:
        """Mark as delivered what the page has; a look first, so that idle pages never take the write lock."""
        waiting = (Owed.channel == "web", Owed.address == address, Owed.id <= upto, Owed.status == "owed")
        with self.store.read() as session:
            if not session.scalar(select(func.count()).select_from(Owed).where(*waiting)):
                return
        with self.store.write() as session:
            contacted(session, *waiting, at=now())
            session.execute(update(Owed).where(*waiting).values(status="sent", sent_at=now(), attempts=1))

    async def nowhere(self, request: Request, error: HTTPException) -> Response:
        """An address that is no page: in words, with the way to the conversation, for who looks at it; short for a program."""
        if "text/html" in request.headers.get("accept", ""):
            return self._problem(request, error.status_code, self.knowledge.wording("error.no_page"))
        return await http_exception_handler(request, error)

    def away(self, request: Request) -> Response:
        """The database is away: words with the way back for who looks at a page, JSON for a program."""
        page = "text/html" in request.headers.get("accept", "")
        words = self.knowledge.wording("error.not_saved")
        response = self._problem(request, 503, words) if page else JSONResponse({"error": words}, 503)
        response.headers["retry-after"] = "2"
        return response

    def _problem(self, request: Request, status: int, words: str) -> Response:
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"error": words}, status)
        page = self.pages.get_template("problem.html").render(words=words)
        return Response(page, status, media_type="text/html; charset=utf-8")


async def robots() -> Response:
    """Nothing here is for a search engine: letters, conversations, the desk."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


def _last(lines: list[Line_], author: str = "bot") -> int:
    return max((line.id for line in lines if line.author == author), default=0)


def _said(row: Owed) -> Line_:
    reply = from_plain(row.body)
    return Line_(row.id, "bot", reply.text, row.at, reply.tone, reply.buttons, reply.document)


def _heard(session: Session, address: str, after: int) -> list[Line_]:
    query = (select(Message, Delivery.key).join(Chat, Chat.id == Message.chat_id)
             .outerjoin(Delivery, Delivery.id == Message.delivery_id)
             .where(Chat.channel == "web", Chat.address == address, Message.author == "customer", Message.kind != "button",
                    Message.id > after)
             .order_by(Message.id.desc()).limit(SHOWN))
    rows = [row for row in session.execute(query) if not row.Message.text.startswith("/")]
    files = defaultdict(list)
    sent = [m.id for m, _ in rows if m.kind not in ("text", "edited")]
    for one in session.scalars(select(Attachment).where(Attachment.message_id.in_(sent)).order_by(Attachment.id)) if sent else ():
        files[one.message_id].append(one.name)
    return [Line_(m.id, "me", m.text or ("" if files[m.id] else "（照片或文件）"), m.at, files=tuple(files[m.id]),
                  key=(key or "").partition("-")[2]) for m, key in rows]


def same_origin(request: Request) -> bool:
    """A browser names the page that a form came from; a foreign page may not speak in a customer's name."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
