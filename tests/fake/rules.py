"""What the Bot API refuses, in its own words: texts and buttons that are too long, broken mark-up, and too many messages."""

import math
import re
from collections import defaultdict, deque
from collections.abc import Callable

LONGEST_TEXT, LONGEST_CAPTION, LONGEST_BUTTON_DATA = 4096, 1024, 64


class Refusal(Exception):
    """An answer that is not `ok`: the HTTP status, the description and the response parameters."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


def checked_text(text: object, *, parse_mode: str = "", caption: bool = False) -> tuple[str, list[dict]]:
    """The plain text and its entities; lengths count after the mark-up is taken out. Raises Refusal."""
    plain, entities = entities_of(str(text if text is not None else ""), parse_mode)
    plain = plain.strip() if not entities else plain
    if not plain.strip() and not caption:
        raise bad("message text is empty")
    if len(plain) > (LONGEST_CAPTION if caption else LONGEST_TEXT):
        raise bad("message caption is too long" if caption else "message is too long")
    return plain, entities


def checked_keyboard(markup: object) -> dict | None:
    """An inline keyboard as it comes back in a message. Raises Refusal for data of 0 or more than 64 bytes."""
    if markup is None or not isinstance(markup, dict):
        return None
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if not str(button.get("text", "")).strip():
                raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
            kinds = set(button) - {"text", "icon_custom_emoji_id", "style"}
            if len(kinds) != 1:
                raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
            if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= LONGEST_BUTTON_DATA:
                raise bad("BUTTON_DATA_INVALID")
    return markup if "inline_keyboard" in markup else None


# ---- entities -------------------------------------------------------------------------------------------------------

TAGS = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
        "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
        "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote", "tg-emoji": "custom_emoji"}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)>")
_NAMED = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d+)|#x([0-9a-fA-F]+));")
_HREF = re.compile(r"href=[\"']?([^\"'>]+)")
RESERVED = "_*[]()~`>#+-=|{}.!"
MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler", "`": "code", "```": "pre"}


def entities_of(text: str, parse_mode: str) -> tuple[str, list[dict]]:
    match parse_mode.lower():
        case "":
            return text, []
        case "html":
            return _html(text)
        case "markdownv2":
            return _marked(text, ("```", "||", "__", "*", "_", "~", "`"), strict=True)
        case "markdown":
            return _marked(text, ("```", "*", "_", "`"), strict=False)
    raise bad("unsupported parse_mode")


def _offset(text: str) -> int:
    return len(text.encode())


def _units(text: str) -> int:
    """Length in UTF-16 code units, the measure of every entity."""
    return len(text.encode("utf-16-le")) // 2


def _entity(kind: str, plain: str, start: int, **more: str) -> dict:
    return {"type": kind, "offset": _units(plain[:start]), "length": _units(plain[start:]), **more}


def _html(text: str) -> tuple[str, list[dict]]:
    plain, entities, stack, place = "", [], [], 0
    while place < len(text):
        if text[place] == "<":
            tag = _TAG.match(text, place)
            name = tag[2].lower() if tag else ""
            if tag is None or (name not in TAGS):
                raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {_offset(text[:place])}')
            if tag[1]:
                if not stack or stack[-1][0] != name:
                    raise bad(f'can\'t parse entities: Unmatched end tag at byte offset {_offset(text[:place])}')
                _, start, attributes = stack.pop()
                href = _HREF.search(attributes)
                entities.append(_entity(TAGS[name], plain, start, **({"url": href[1]} if name == "a" and href else {})))
            else:
                stack.append((name, len(plain), tag[3]))
            place = tag.end()
        elif named := _NAMED.match(text, place):
            plain += NAMED[named[1]] if named[1] else chr(int(named[2]) if named[2] else int(named[3], 16))
            place = named.end()
        else:
            plain += text[place]
            place += 1
    if stack:
        raise bad(f'can\'t parse entities: Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return plain, entities


def _marked(text: str, marks: tuple[str, ...], *, strict: bool) -> tuple[str, list[dict]]:
    """Both Markdowns; `strict` is MarkdownV2, where every reserved character that marks nothing must be escaped."""
    plain, entities, stack, place = "", [], [], 0
    while place < len(text):
        char = text[place]
        inside_code = bool(stack) and stack[-1][0] in ("`", "```")
        if char == "\\" and place + 1 < len(text) and (strict or text[place + 1] in "_*`["):
            plain, place = plain + text[place + 1], place + 2
            continue
        mark = next((m for m in marks if text.startswith(m, place)), None)
        if mark and (not inside_code or mark == stack[-1][0]):
            if stack and stack[-1][0] == mark:
                _, start, _ = stack.pop()
                entities.append(_entity(MARKS[mark], plain, start))
            elif any(opened[0] == mark for opened in stack):
                raise _unclosed(stack[-1])
            else:
                stack.append((mark, len(plain), _offset(text[:place])))
            place += len(mark)
        elif char == "[" and not inside_code and (link := re.compile(r"\[([^\]]*)\]\(([^)]*)\)").match(text, place)):
            start = len(plain)
            plain += link[1]
            entities.append(_entity("text_link", plain, start, url=link[2]))
            place = link.end()
        elif char == "[" and not strict and not inside_code:
            raise bad(f"can't parse entities: Can't find end of the entity starting at byte offset {_offset(text[:place])}")
        elif strict and char in RESERVED and not inside_code and not (char == ">" and (not plain or plain[-1] == "\n")):
            raise bad(f"can't parse entities: Character '{char}' is reserved and must be escaped with the preceding '\\'")
        else:
            plain, place = plain + char, place + 1
    if stack:
        raise _unclosed(stack[-1])
    return plain, entities


def _unclosed(opened: tuple[str, int, int]) -> Refusal:
    names = {"*": "Bold", "_": "Italic", "__": "Underline", "~": "Strikethrough", "||": "Spoiler", "`": "Code", "```": "Pre"}
    return bad(f"can't parse entities: Can't find end of {names[opened[0]]} entity at byte offset {opened[2]}")


# ---- limits ---------------------------------------------------------------------------------------------------------

class Window:
    """At most `most` events in any `seconds`, counted as they happen."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._at: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds until one more would fit; 0 when it fits now."""
        while self._at and self._at[0] <= now - self.seconds:
            self._at.popleft()
        return 0.0 if len(self._at) < self.most else self._at[0] + self.seconds - now

    def count(self, now: float) -> None:
        self._at.append(now)


class Limits:
    """About 30 messages a second in all, 1 a second in a chat (a small burst passes), 20 a minute in a group.

    Whoever breaks a limit is shut out of it for `retry_after` seconds, and asking again before that is counted as `premature`.
    """

    def __init__(self, clock: Callable[[], float], *, overall: int = 30, burst: int = 3, per_minute: int = 20) -> None:
        self.clock, self.on = clock, True
        self.overall = Window(overall, 1.0)
        self.chats: defaultdict[int, list[Window]] = defaultdict(lambda: [Window(1 + burst, 1.0), Window(10 + burst, 10.0)])
        self.groups: defaultdict[int, list[Window]] = defaultdict(lambda: [Window(per_minute, 60.0)])
        self.shut: dict[int | None, float] = {}
        self.violations, self.premature = 0, 0

    def check(self, chat: int) -> None:
        """Count one message to a chat. Raises Refusal 429."""
        if not self.on:
            return
        now = self.clock()
        for scope in (None, chat):
            if self.shut.get(scope, 0.0) > now:
                self.premature += 1
                raise _flood(self.shut[scope] - now)
        own = self.groups[chat] if chat < 0 else self.chats[chat]
        windows = [(None, self.overall), *((chat, window) for window in own)]
        for scope, window in windows:
            if (wait := window.wait(now)) > 0:
                self.violations += 1
                self.shut[scope] = now + math.ceil(wait)
                raise _flood(wait)
        for _, window in windows:
            window.count(now)

    def punish(self, chat: int, seconds: float) -> Refusal:
        """A scripted 429: the chat is shut for so long, and coming back earlier is counted."""
        self.shut[chat] = self.clock() + seconds
        return _flood(seconds)


def _flood(seconds: float) -> Refusal:
    whole = max(1, math.ceil(seconds))
    return Refusal(429, f"Too Many Requests: retry after {whole}", retry_after=whole)
