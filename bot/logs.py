"""Logs as one JSON object a line: places, kinds and counts, never what a customer wrote nor a token."""

import logging
import re
import sys
from datetime import UTC, datetime
from types import TracebackType

import msgspec

_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")


class Lines(logging.Formatter):
    """A record as JSON. Exceptions are shown by type and place: their text may quote a customer."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
                "level": record.levelname, "from": record.name, "what": _TOKEN.sub("***", record.getMessage())}
        if record.exc_info and record.exc_info[0] is not None:
            trace = record.exc_info[2]
            places = []
            while trace is not None:
                places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
                trace = trace.tb_next
            line["error"] = f"{record.exc_info[0].__name__} at {' > '.join(places[-6:])}"
        return msgspec.json.encode(line).decode()


def configure(level: str) -> None:
    """Send every log to standard error in our shape. The HTTP clients' request lines hold the bot token, so they are silenced.

    What ends the process is a log line like any other: Python's own traceback would quote the token or a customer.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("httpx", "httpcore", "telegram", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _ended


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, error, trace)
    return logging.getLogger("xiaobao").critical("ended by a bug", exc_info=(kind, error, trace))
