"""What would be unsafe or cannot be stops the start, all of it at once, and no secret is repeated in the refusal."""

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.settings import UnsafeSettings, read_settings

KEY = "Zk3vQ8-xT1mBn6WcJr5yHs0LpDf9GaUe2RoXi7V"
SOUND = {"XIAOBAO_ENVIRONMENT": "production", "XIAOBAO_SECRET_KEY": KEY, "XIAOBAO_PUBLIC_URL": "https://xiaobao.bank.cn"}


def problems(environ):
    with pytest.raises(UnsafeSettings) as refused:
        read_settings(environ)
    return str(refused.value).splitlines()[1:]


def test_a_sound_production_environment_is_read():
    settings = read_settings(SOUND | {"XIAOBAO_LOG_LEVEL": "warning", "DATABASE_URL": "postgres://x:y@db/xiaobao",
                                      "XIAOBAO_TELEGRAM_API_URL": "http://127.0.0.1:8081", "PORT": "443",
                                      "XIAOBAO_TRUSTED_PROXIES": "127.0.0.1,10.0.0.3"})
    assert settings.production and settings.port == 443 and settings.log_level == "WARNING"
    assert settings.database_url.startswith("postgresql+psycopg://")


@pytest.mark.parametrize(("name", "value", "said"), [
    ("XIAOBAO_SECRET_KEY", "", "至少 32 个字符"),
    ("XIAOBAO_SECRET_KEY", KEY[:31], "至少 32 个字符"),
    ("XIAOBAO_SECRET_KEY", " " * 40, "太容易猜"),
    ("XIAOBAO_SECRET_KEY", KEY[:20] + " " + KEY[20:], "太容易猜"),
    ("XIAOBAO_SECRET_KEY", "a" * 64, "太容易猜"),
    ("XIAOBAO_SECRET_KEY", "abcabcabc" * 6, "太容易猜"),
    ("XIAOBAO_SECRET_KEY", "change-me-" + KEY, "太容易猜"),
    ("XIAOBAO_SECRET_KEY", "ChangeMe" + KEY, "太容易猜"),
    ("XIAOBAO_SECRET_KEY", "your-Secret-Key-of-32-characters-or-more", "太容易猜"),
    ("XIAOBAO_SECRET_KEY", "请换成至少三十二个字符的随机密钥" + KEY, "太容易猜"),
    ("XIAOBAO_PUBLIC_URL", "", "XIAOBAO_PUBLIC_URL"),
    ("XIAOBAO_PUBLIC_URL", "http://xiaobao.bank.cn", "https://"),
    ("XIAOBAO_PUBLIC_URL", "https://", "主机名"),
    ("XIAOBAO_PUBLIC_URL", "https:///desk", "主机名"),
    ("XIAOBAO_PUBLIC_URL", "https://x:port", "主机名"),
    ("XIAOBAO_TRUSTED_PROXIES", "*", "XIAOBAO_TRUSTED_PROXIES"),
    ("XIAOBAO_TRUSTED_PROXIES", "127.0.0.1, *", "XIAOBAO_TRUSTED_PROXIES"),
    ("XIAOBAO_TRUSTED_PROXIES", "0.0.0.0/0", "XIAOBAO_TRUSTED_PROXIES"),
    ("XIAOBAO_TRUSTED_PROXIES", "::0/0", "XIAOBAO_TRUSTED_PROXIES"),
    ("XIAOBAO_TRUSTED_PROXIES", "10.0.0.1,128.0.0.0/1", "XIAOBAO_TRUSTED_PROXIES"),
    ("XIAOBAO_PUBLIC_URL", "https://localhost", "不是本机"),
    ("XIAOBAO_PUBLIC_URL", "https://127.0.0.1:8000/", "不是本机"),
    ("XIAOBAO_TELEGRAM_API_URL", "http://api.internal:8081", "明文"),
    ("XIAOBAO_TELEGRAM_WEBHOOK_SECRET", "short", "至少 16 个字符"),
    ("XIAOBAO_TELEGRAM_WEBHOOK_SECRET", "x" * 20, "重复的字符"),
])
def test_production_refuses_what_is_unsafe(name, value, said):
    (line,) = problems(SOUND | {name: value})
    assert name in line and said in line and (not value.strip() or value not in line or value in ("*", "https://"))


@pytest.mark.parametrize(("name", "value"), [
    *((f"XIAOBAO_{name}", value) for name in ("SEND_RATE", "SEND_LEASE", "BODY_LIMIT", "UPLOAD_LIMIT", "PARK_AFTER",
                                              "FLOOD_PER_MINUTE", "PORT") for value in ("0", "-1", "many", "1.5")),
    ("XIAOBAO_PORT", "65536"), ("PORT", "70000"), ("XIAOBAO_TELEGRAM_STAFF_GROUP", "group"),
    ("XIAOBAO_ENVIRONMENT", "prod"), ("XIAOBAO_LOG_LEVEL", "LOUD"),
    ("XIAOBAO_DATABASE_URL", "mysql://x/y"), ("XIAOBAO_DATABASE_URL", "var/xiaobao.sqlite3"), ("DATABASE_URL", "sqlite://"),
    ("XIAOBAO_DATABASE_URL", "postgresql+asyncpg://x/y"), ("XIAOBAO_DATABASE_URL", "postgresql://x:y@z:port/q"),
    ("XIAOBAO_DATABASE_URL", "sqlite:///:memory:"), ("XIAOBAO_DATABASE_URL", "postgresql://"),
    ("XIAOBAO_DATABASE_URL", "postgresql://x:y@z"), ("XIAOBAO_DATABASE_URL", "postgresql://x:y@a,b/"),
    ("XIAOBAO_TRUSTED_PROXIES", "abc"), ("XIAOBAO_TRUSTED_PROXIES", "0/0"), ("XIAOBAO_TRUSTED_PROXIES", "10.0.0.1/8"),
    ("XIAOBAO_TELEGRAM_STAFF_GROUP", "1001234567890"), ("XIAOBAO_TELEGRAM_STAFF_GROUP", "-99999999999999999999"),
    *(("XIAOBAO_PUBLIC_URL", f"https://{rest}") for rest in ("x:y@a.cn", "a.cn/?b=c", "a.cn/#b", "a.cn/b c", "a b.cn", "a.cn?")),
    ("XIAOBAO_PUBLIC_URL", "ftp://x.cn"), ("XIAOBAO_PUBLIC_URL", "xiaobao.bank.cn"), ("XIAOBAO_TELEGRAM_API_URL", "api"),
    ("XIAOBAO_TELEGRAM_BOT_TOKEN", "no-token"), ("XIAOBAO_TELEGRAM_WEBHOOK_SECRET", "mit Leerzeichen"),
])
def test_what_cannot_be_is_refused_in_development_too(name, value):
    (line,) = problems({name: value})
    plain = {"DATABASE_URL": "XIAOBAO_DATABASE_URL", "PORT": "XIAOBAO_PORT"}.get(name, name)
    assert plain in line or "TELEGRAM_BOT_TOKEN" in line


@pytest.mark.parametrize(("own", "plain", "one", "other"), [
    ("XIAOBAO_DATABASE_URL", "DATABASE_URL", "sqlite:////a/geheim", "postgresql://x:y@db/geheim"),
    ("XIAOBAO_PORT", "PORT", "8001", "8002"),
    ("XIAOBAO_TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN", "1:" + KEY, "2:" + KEY),
])
def test_two_names_of_one_setting_may_not_differ_and_an_empty_one_is_not_set(own, plain, one, other):
    (line,) = problems({own: one, plain: other})
    assert own in line and plain in line and "geheim" not in line and KEY not in line
    field = own.removeprefix("XIAOBAO_").lower()
    wanted = getattr(read_settings({own: one}), field)
    assert all(getattr(read_settings(environ), field) == wanted
               for environ in ({plain: one}, {own: "", plain: one}, {own: one, plain: ""}, {own: one, plain: one}))


def test_a_folder_that_cannot_be_written_is_said_in_plain_words(tmp_path):
    (tmp_path / "file").touch()
    (line,) = problems({"XIAOBAO_VAR_FOLDER": str(tmp_path / "file")})
    assert "XIAOBAO_VAR_FOLDER" in line and str(tmp_path / "file") in line


def test_every_problem_is_said_at_once():
    wrong = {"XIAOBAO_SEND_RATE": "0", "XIAOBAO_PORT": "x", "XIAOBAO_LOG_LEVEL": "LOUD", "XIAOBAO_SECRET_KEY": "short",
             "XIAOBAO_TRUSTED_PROXIES": "*", "XIAOBAO_PUBLIC_URL": "http://a", "DATABASE_URL": "mysql://a:geheim@b/c"}
    said = problems(SOUND | wrong)
    assert len(said) == len(wrong) and "geheim" not in "\n".join(said)


def test_every_command_that_needs_settings_ends_with_them_in_plain_words(monkeypatch):
    monkeypatch.setenv("XIAOBAO_SEND_RATE", "0")
    for command in (["serve"], ["worker"], ["up"], ["chat"], ["migrate"], ["doctor"], ["audit", "verify"], ["user", "list"]):
        answer = CliRunner().invoke(main, command)
        assert answer.exit_code == 1 and "XIAOBAO_SEND_RATE" in answer.output and "Traceback" not in answer.output, command
