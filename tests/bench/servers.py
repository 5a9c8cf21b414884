"""What the whole path is measured beside: a route that does nothing, and python-telegram-bot's webhook that acknowledges."""

import asyncio
import logging
import sys

import uvicorn
from fastapi import FastAPI, Request, Response

SECRET = "bench-secret-0123456789"
TOKEN = "123456:" + "b" * 35


def nothing(port: int) -> None:
    """A FastAPI route that reads the body and answers 200."""
    app = FastAPI()

    @app.post("/telegram/webhook")
    async def route(request: Request) -> Response:
        await request.body()
        return Response(status_code=200)

    uvicorn.run(app, port=port, log_level="warning", access_log=False, http="httptools")


def acknowledge(port: int) -> None:
    """PTB's own webhook: parse, put in the in-memory queue, answer 200. Its handlers do nothing durable."""
    from telegram import Bot, Update, User
    from telegram.ext import Application, MessageHandler, filters

    class Offline(Bot):
        async def initialize(self) -> None:
            self._bot_user = User(1, "bench", True, username="bench_bot")

        async def set_webhook(self, *args: object, **kwargs: object) -> bool:
            return True

        async def delete_webhook(self, *args: object, **kwargs: object) -> bool:
            return True

        async def shutdown(self) -> None:
            return None

    async def handle(update: Update, context: object) -> None:
        return None

    logging.getLogger("telegram").setLevel(logging.ERROR)
    application = Application.builder().bot(Offline(TOKEN)).build()
    application.add_handler(MessageHandler(filters.ALL, handle))
    application.run_webhook("127.0.0.1", port, "telegram/webhook", secret_token=SECRET, webhook_url="https://127.0.0.1/x",
                            stop_signals=None)


def house(port: int) -> None:
    """The real thing, with the real models, on the database of the environment."""
    from bot.commands.running import serve
    serve.main(args=["--port", str(port)], standalone_mode=False)


if __name__ == "__main__":
    asyncio.set_event_loop(asyncio.new_event_loop())
    {"nothing": nothing, "acknowledge": acknowledge, "house": house}[sys.argv[1]](int(sys.argv[2]))
