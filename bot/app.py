"""Puts the house together as a web application: channels, desk, health, and the order in which they open and close."""

import asyncio
import logging
import queue
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.channels import telegram_webhook, web
from bot.edge import Edge
from bot.heartbeat import last_beat
from bot.house import House, build
from bot.kept import reader
from bot.line import Closing, Line
from bot.settings import Settings, read_settings
from desk.app import desk_router
from nlp.privacy import mask
from tickets import migrate
from tickets.models import Alert, Owed, now

log = logging.getLogger("xiaobao.web")


def create_app(settings: Settings | None = None, house: House | None = None) -> Edge:
    """The whole web process as one ASGI application. Raises what `build` raises when the house is not sound."""
    settings = settings or (house.settings if house else read_settings())
    house = house or build(settings)
    line = Line(house.intake)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        line.open()
        stop = asyncio.Event()
        looking = asyncio.create_task(house.renewal.run(house.understanding, stop)) if house.renewal else None
        yield
        stop.set()
        if looking is not None:
            await looking
        await run_in_threadpool(line.close)
        house.store.close()

    app = FastAPI(title="消保小助手", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.house, app.state.line = house, line
    page = web.WebChat(line, house.store, house.knowledge, settings)
    app.include_router(page.router())
    app.add_exception_handler(404, page.nowhere)
    app.add_exception_handler(405, page.nowhere)
    app.mount("/chat/static", StaticFiles(directory=web.PAGE / "static"), name="chat-static")
    if settings.telegram_bot_token:
        app.router.routes.insert(0, telegram_webhook.route(line, settings))
    app.include_router(desk_router(house.store, house.knowledge, settings, mask=lambda text: mask(text).text,
                                   read=reader(house.understanding), present=page.present))
    app.mount("/desk/static", StaticFiles(directory=Path(__file__).parent.parent / "desk" / "static"), name="desk-static")
    _health(app, house, line)
    _errors(app, page)
    return Edge(app, body_limit=settings.body_limit, upload_limit=settings.upload_limit, secure=settings.production)


def _health(app: FastAPI, house: House, line: Line) -> None:
    began = time.monotonic()

    @app.get("/health", include_in_schema=False)
    async def health() -> Response:
        """The process answers."""
        return PlainTextResponse("ok")

    @app.get("/ready", include_in_schema=False)
    async def ready() -> Response:
        """The process can take messages: the database answers, and its schema is one that this program can work with."""
        try:
            behind = await run_in_threadpool(migrate.behind, house.store)
        except SQLAlchemyError as error:
            return PlainTextResponse(f"database: {type(error).__name__}", 503)
        return PlainTextResponse(f"database: {behind}", 503) if behind else PlainTextResponse("ready")

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        """Counts for Prometheus, without a word of any customer. Only for the machine itself."""
        if request.client is None or request.client.host not in ("127.0.0.1", "::1"):
            return Response(status_code=404)
        body = await run_in_threadpool(_measure, house, line, began)
        return Response(body, media_type=CONTENT_TYPE_LATEST)


def _measure(house: House, line: Line, began: float) -> bytes:
    registry = CollectorRegistry()
    deliveries = Gauge("xiaobao_deliveries", "Deliveries by outcome since start", ["outcome"], registry=registry)
    for outcome, count in house.intake.counts.items():
        deliveries.labels(outcome).set(count)
    Gauge("xiaobao_line_length", "Deliveries waiting for the next commit", registry=registry).set(line.length)
    Gauge("xiaobao_uptime_seconds", "Seconds since start", registry=registry).set(time.monotonic() - began)
    owed = Gauge("xiaobao_owed", "Replies by state", ["status"], registry=registry)
    with house.store.read() as session:
        states = session.execute(select(Owed.status, func.count()).where(Owed.status != "sent").group_by(Owed.status))
        for status, count in states:
            owed.labels(status).set(count)
        waiting = session.scalar(select(func.count()).select_from(Alert).where(Alert.acknowledged_at.is_(None)))
        oldest = session.execute(select(Owed.channel, func.min(Owed.at)).where(Owed.status.in_(("owed", "sending")))
                                 .group_by(Owed.channel)).all()
        beaten = last_beat(session)
    Gauge("xiaobao_alerts_unacknowledged", "Alerts nobody has taken", registry=registry).set(waiting or 0)
    age = Gauge("xiaobao_oldest_owed_seconds", "Age of the oldest reply not sent, or on the web not read", ["channel"],
                registry=registry)
    for channel, at in oldest:
        age.labels(channel).set((now() - at).total_seconds())
    if beaten is not None:
        Gauge("xiaobao_worker_silent_seconds", "Since the worker's last round", registry=registry).set(
            (now() - beaten).total_seconds())
    return generate_latest(registry)


def _errors(app: FastAPI, page: web.WebChat) -> None:
    @app.exception_handler(Closing)
    @app.exception_handler(queue.Full)
    async def busy(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": "系统正忙，请稍后再试。紧急情况请直接拨打 110。"}, 503, headers={"retry-after": "2"})

    @app.exception_handler(SQLAlchemyError)
    async def database(request: Request, error: SQLAlchemyError) -> Response:
        log.error("database: %s at %s", type(error).__name__, request.url.path)
        return page.away(request)

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": "出了点问题，我们已经知道。请稍后再试。"}, 500)
