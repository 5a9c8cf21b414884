"""Every environment variable of the house, typed, read once, in one frozen object; an unsafe production value stops the start."""

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tickets.db import database_url

FINDER = "finder"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
NARROWEST = {4: 8, 6: 16}  # bits of a network of proxies: a wider one trusts half the world
DIFFERENT = 10  # characters of a secret; a random one of 32 has more than twenty
BOUNDS = {"port": (1, 65535), "send_rate": (1, 1000), "send_lease": (1, 3600), "body_limit": (1000, 100_000_000),
          "upload_limit": (1000, 1_000_000_000), "park_after": (1, 1000), "flood_per_minute": (1, 1_000_000)}
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PLACEHOLDER = re.compile("change.?(me|this)|replace|placeholder|example|secret|password|xiaobao|0123456789|密钥|密码|请换", re.I)


class UnsafeSettings(Exception):
    """The start is refused; the message says which variables are wrong and what would be right."""


@dataclass(frozen=True)
class Settings:
    """One field an environment variable: `database_url` is read from XIAOBAO_DATABASE_URL, and so on.

    DATABASE_URL, PORT and TELEGRAM_BOT_TOKEN are also read under those plain names, as platforms hand them out.
    """

    environment: str = "development"  # development | production
    database_url: str = "sqlite:///var/xiaobao.sqlite3"
    var_folder: Path = Path("var")  # database, attachments, screenshots, generated secrets
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""  # https address of this server as customers and Telegram reach it
    secret_key: str = ""  # signs cookies, keys hashes; at least 32 characters in production
    trusted_proxies: str = "127.0.0.1"  # whose X-Forwarded-For is believed
    telegram_bot_token: str = ""
    telegram_webhook_secret: str = ""  # derived from the secret key when empty
    telegram_api_url: str = "https://api.telegram.org"  # tests put a fake here
    telegram_staff_group: int = 0  # chat id of the staff group with forum topics; 0 = none
    bank_name: str = "本行"
    bank_hotline: str = ""  # the bank's own telephone, shown to customers when set
    send_rate: int = 29  # replies a second over all chats, for this worker
    send_lease: int = 20  # seconds a reply belongs to a worker; a dead worker's replies are sent by another after it
    body_limit: int = 1_000_000  # bytes of one request's body
    upload_limit: int = 10_000_000  # bytes of one attachment
    park_after: int = 3  # failed tries before a delivery is set aside for a person
    flood_per_minute: int = 40  # messages a minute of one chat before its answers are slowed
    log_level: str = "INFO"

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def attachment_folder(self) -> Path:
        return self.var_folder / "attachments"

    @property
    def finder_folder(self) -> Path:
        """Where the finder's computed index is kept for the next start."""
        return self.var_folder / FINDER

    @property
    def model_folder(self) -> Path:
        """Where models live that were taught by the office's corrections."""
        return self.var_folder / "models"

    def shown(self) -> dict[str, str]:
        """The settings as `xiaobao doctor` prints them: every secret is hidden."""
        hidden = ("secret", "token", "database_url")
        return {f.name: "***" if any(h in f.name for h in hidden) and getattr(self, f.name) else str(getattr(self, f.name))
                for f in fields(self)}


ALIASES = {"database_url": "DATABASE_URL", "port": "PORT", "telegram_bot_token": "TELEGRAM_BOT_TOKEN"}


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check the environment. Raises UnsafeSettings with every problem at once, never with a secret's value."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for spec in fields(Settings):
        name, plain = "XIAOBAO_" + spec.name.upper(), ALIASES.get(spec.name, "")
        raw, handed = environ.get(name, ""), environ.get(plain, "")
        if raw and handed and raw != handed:
            problems.append(f"{name} 与 {plain} 都设了而且不同：只留一个，或写成一样")
        if (raw := raw or handed) == "":
            continue
        try:
            values[spec.name] = {int: int, Path: Path, str: str}[spec.type if isinstance(spec.type, type) else str](raw)
        except ValueError:
            problems.append(f"{name} 应为整数")
    settings = Settings(**values)
    problems += _problems(settings)
    if problems:
        raise UnsafeSettings("配置有误，拒绝启动：\n" + "\n".join(f"  - {p}" for p in problems))
    if not settings.secret_key:
        try:
            settings = _replace(settings, secret_key=_development_secret(settings.var_folder))
        except OSError as error:
            problem = f"XIAOBAO_VAR_FOLDER 写不了 {settings.var_folder}：{error.strerror}"
            raise UnsafeSettings(f"配置有误，拒绝启动：\n  - {problem}") from None
    return _replace(settings, database_url=database_url(settings.database_url), public_url=settings.public_url.rstrip("/"),
                    log_level=settings.log_level.upper())


def kept_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where serving keeps the finder's index, for commands that need no other setting; None where it has not been kept yet."""
    folder = Path(environ.get("XIAOBAO_VAR_FOLDER") or Settings.var_folder) / FINDER
    return folder if folder.is_dir() else None


def _replace(settings: Settings, **changes: Any) -> Settings:
    return Settings(**{f.name: changes.get(f.name, getattr(settings, f.name)) for f in fields(settings)})


def _problems(settings: Settings) -> list[str]:
    """Everything that is wrong, always or in production only; never the value of a secret."""
    always = [*_impossible(settings), *_malformed(settings)]
    return [*always, *_unsafe(settings)] if settings.production else always


def _impossible(settings: Settings) -> Iterator[str]:
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(settings, name) <= most:
            yield f"XIAOBAO_{name.upper()} 应在 {least} 到 {most} 之间"


def _malformed(settings: Settings) -> Iterator[str]:
    if settings.environment not in ("development", "production"):
        yield "XIAOBAO_ENVIRONMENT 只能是 development 或 production"
    if settings.log_level.upper() not in LOG_LEVELS:
        yield f"XIAOBAO_LOG_LEVEL 只能是 {'、'.join(LOG_LEVELS)}"
    if not _known_database(settings.database_url):
        yield "XIAOBAO_DATABASE_URL 应以 sqlite:/// 或 postgresql:// 开头，并写全地址（文件，或主机和库名）"
    if settings.telegram_webhook_secret and not _SECRET.fullmatch(settings.telegram_webhook_secret):
        yield "XIAOBAO_TELEGRAM_WEBHOOK_SECRET 只能含 A-Z a-z 0-9 _ -，长度 1–256"
    if settings.telegram_bot_token and not re.fullmatch(r"\d+:[A-Za-z0-9_-]{30,}", settings.telegram_bot_token):
        yield "TELEGRAM_BOT_TOKEN 的格式不对，应为「数字:字母数字」"
    if settings.public_url and not (_address(settings.public_url)[1] and _plain(settings.public_url)):
        yield "XIAOBAO_PUBLIC_URL 应是 https:// 开头、带主机名的地址，不带用户名、空格、? 和 #"
    if not -(2**52) < settings.telegram_staff_group <= 0:
        yield "XIAOBAO_TELEGRAM_STAFF_GROUP 应是群的 chat id，一个负数"
    for proxy in filter(lambda one: one != "*" and _network(one) is None, _proxies(settings)):
        yield f"XIAOBAO_TRUSTED_PROXIES 里的「{proxy[:40]}」不是 IP 地址或网段"
    if not _address(settings.telegram_api_url)[1]:
        yield "XIAOBAO_TELEGRAM_API_URL 应是 https:// 开头、带主机名的地址"


def _unsafe(settings: Settings) -> Iterator[str]:
    if len(settings.secret_key) < 32:
        yield "生产环境必须设置 XIAOBAO_SECRET_KEY，至少 32 个字符"
    elif _guessable(settings.secret_key):
        yield ("生产环境的 XIAOBAO_SECRET_KEY 太容易猜：不能有空格、重复的字符或占位的词。"
               "生成一个：python3 -c 'import secrets; print(secrets.token_urlsafe(48))'")
    if not settings.public_url.startswith("https://"):
        yield "生产环境必须设置 XIAOBAO_PUBLIC_URL，并以 https:// 开头"
    elif _address(settings.public_url)[1] in LOOPBACK:
        yield "生产环境的 XIAOBAO_PUBLIC_URL 应是客户能打开的地址，不是本机"
    webhook = settings.telegram_webhook_secret
    if webhook and (len(webhook) < 16 or _guessable(webhook)):
        yield "生产环境的 XIAOBAO_TELEGRAM_WEBHOOK_SECRET 至少 16 个字符，不能是重复的字符或占位的词"
    if any(proxy == "*" or ((found := _network(proxy)) and found.prefixlen < NARROWEST[found.version])
           for proxy in _proxies(settings)):
        yield "生产环境的 XIAOBAO_TRUSTED_PROXIES 不能信任所有人（* 或很大的网段）：写代理的地址"
    scheme, host = _address(settings.telegram_api_url)
    if scheme == "http" and host not in LOOPBACK:
        yield "生产环境的 XIAOBAO_TELEGRAM_API_URL 应以 https:// 开头（本机除外）：token 会明文传出"


def _guessable(secret: str) -> bool:
    """Spaces, hardly any different characters, or a word of an example that was copied."""
    return any(c.isspace() for c in secret) or len(set(secret)) < DIFFERENT or _PLACEHOLDER.search(secret) is not None


def _address(url: str) -> tuple[str, str]:
    """Scheme and host of a web address; empty when it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        return "", ""
    return (parts.scheme, parts.hostname or "") if parts.scheme in ("http", "https") else ("", "")


def _plain(url: str) -> bool:
    """Nothing in it but scheme, host, port and path."""
    parts = urlsplit(url)
    return not (parts.query or parts.fragment or "@" in parts.netloc or any(c.isspace() or c in "?#" for c in url))


def _proxies(settings: Settings) -> list[str]:
    return [one.strip() for one in settings.trusted_proxies.split(",") if one.strip()]


def _network(proxy: str) -> IPv4Network | IPv6Network | None:
    """The network, or None: what is no network is taken by the server for a name that never matches."""
    try:
        return ip_network(proxy)
    except ValueError:
        return None


def _known_database(url: str) -> bool:
    try:
        parsed = make_url(database_url(url))
    except (ArgumentError, ValueError):
        return False
    return parsed.drivername in ("sqlite", "postgresql+psycopg") and parsed.database not in (None, "", ":memory:")


def _development_secret(folder: Path) -> str:
    """A secret made on the first start and kept in var/. Web and worker start together: only one of them may make it."""
    path = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        mine = folder / f".secret_key.{os.getpid()}"
        mine.write_text(secrets.token_urlsafe(48), encoding="ascii")
        mine.chmod(0o600)
        try:
            os.link(mine, path)  # whole or not at all
        except FileExistsError:
            pass
        mine.unlink()
    return path.read_text(encoding="ascii").strip()
