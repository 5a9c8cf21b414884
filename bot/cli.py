"""The `xiaobao` command: what runs the house and what reads files of messages, each loaded only when it is called."""

import os
from importlib import import_module
from pathlib import Path

import click

from bot.env_file import EnvFileError, read_env_file

# command → the module in bot/commands that holds it; nothing heavy is imported to show the help.
WHERE = {command: module for module, commands in {
    "reading": ("classify", "ask", "scam", "retrieve", "train"),
    "running": ("up", "serve", "worker", "chat", "migrate", "backup", "doctor"),
    "people": ("user",), "reporting": ("report",), "keeping": ("audit", "erase"), "demo": ("demo",),
}.items() for command in commands}


class Lazy(click.Group):
    """A group that imports a command's module only when the command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *WHERE])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in WHERE:
            return getattr(import_module(f"bot.commands.{WHERE[name]}"), name)
        return super().get_command(ctx, name)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xiaobao", prog_name="xiaobao")
@click.option("--env-file", type=click.Path(dir_okay=False, path_type=Path),
              help="从文件读环境变量，写法同 systemd 的 EnvironmentFile，以文件为准")
def main(env_file: Path | None) -> None:
    """消保小助手：受理投诉、回答问题、识别诈骗。"""
    if env_file is not None:
        try:
            os.environ.update(read_env_file(env_file))
        except EnvFileError as error:
            raise click.ClickException(str(error)) from None
        except (OSError, ValueError) as error:
            raise click.ClickException(f"读不了 {env_file}：{getattr(error, 'strerror', None) or '不是 UTF-8 文本'}") from None
    os.umask(0o077)  # what is written here is customers' words: database, backups, attachments and reports are the owner's alone


if __name__ == "__main__":
    main()
