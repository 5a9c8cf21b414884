"""The `xiaobao` command: what runs the house and what reads files of messages, each loaded only when it is called."""

import os
from importlib import import_module

import click

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
def main() -> None:
    """消保小助手：受理投诉、回答问题、识别诈骗。"""
    os.umask(0o077)  # what is written here is customers' words: database, backups, attachments and reports are the owner's alone


if __name__ == "__main__":
    main()
