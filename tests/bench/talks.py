"""How often the talk does what a good colleague would: dialogues by strangers in `tests/talks/`, labelled as nlp/talks.py says.

    python -m tests.bench.talks [FILE…] [--misses]

A message counts one where a right thing was done and no wrong one beside it, half where the entry that answers was only offered
among others or another thing was done beside the right one. Every dialogue begins in a new chat and goes on whatever was answered.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

import msgspec

from bot.flows import asking, filing, first_aid, lookup, sought, ways_on
from bot.house import build
from bot.messages import Incoming
from bot.turn import Turn
from nlp.talks import Said, dialogues
from tests import builders
from tickets.migrate import upgrade

FOLDER = Path(__file__).parents[1] / "talks"
BY_KEY = (
    (r"filing\.(?:ack|ack_unsure|ack_asked|separated)|(?:praise|report|suggestion)\.filed", "FILE"),
    (r"filing\.question_(?:noted|near)|emergency\.asked(?:_paying)?", "NOTE"),
    (r"filing\.(?:appended|appended_too|ring|resumed|noted|noted_now|amended|misheard|heard)", "ADD"),
    (r"filing\.(?:paused|wrong|not_wanted|amended|misheard|so_it_is)|progress\.withdraw(?:n|_confirm|_again|_which|_half)", "UNDO"),
    (r"emergency\.(?:mistaken(?:_so)?|taken_back)|ask\.(?:not_that|misheard)", "UNDO"),
    (r"emergency\.(?:filed|filed_desk|again|again_desk)|first_aid\.next|defrauded\.(?!passed_on|persuade)\w+", "ALARM"),
    (r"emergency\.(?:told|right|dont|more|more_self_harm|still_here|not_alone|relieved|keep_him|stay_with_him|tell_police|"
     r"search|found|safer|hospital|debt_later|better|when|how_is_it_gone|dont_go|"
     r"threat_on|threat_more|threatened_on|threatened_safe|means|no_numbers|"
     r"machine|step_back|sit_down|out_of_gas|stay_outside|"
     r"letter|silent|call_120|called_120|address|address_110|listens|listens_on|no_hurry)|in_alarm\.\w+", "KEPT"),
    (r"progress\.(?:none(?:_\w+)?|list|one|pressed|unknown_number|review_\w+|cannot)|filing\.what_now", "STATUS"),
    (r"progress\.(?:numbers|in_hand|hurried|with_colleague|none_withdrawn|some_withdrawn)", "STATUS"),
    (r"human\.(?:called|again)", "HUMAN"),
    (r"(?:greeting|small_talk)\.(?!masked)\w+|emergency\.fine|filing\.(?:prompt|filed|later|photo_no_ticket)", "SMALL"),
    (r"filing\.which_matter", "SMALL"),
    (r"filing\.(?:prompt|which_matter|where_first)", "FILE"),
    (r"defrauded\.(?:passed_on|persuade)", "SCAM"),
    (r"scam\.(?:scam|scam_unsure|clean|notice|untouched|again|too_short)", "SCAM"),
    (r"ask\.(?:no_answer|misses)|lookup\.(?:rate|unknown)", "NONE"),
    (r"ask\.(?:hand_over(?:_again)?|beside)", "SAME"),
    (r"ask\.(?:part|perhaps|back|follow|follow_filed|next_step|steps_done)", "PART"),
    (r"(?:listening|feeling)\.\w+", "HEARD"),
)
"""What the words that are said (`wording.toml`) tell of what was done."""
SERVES = {"ANSWER": {"ANSWER", "PART"}, "ADD": {"ADD", "NOTE", "KEPT"}, "NONE": {"NONE", "NOTE", "SAME", "PART", "HEARD"},
          "ALARM": {"ALARM", "AID", "KEPT"}, "SMALL": {"SMALL", "HEARD"}}
"""What is as right as the act itself."""
HALFWAY = {"NONE": {"NEAR"}, "SMALL": {"NONE"}, "ADD": {"HEARD"}}
HARMLESS = {"AID", "SMALL", "ADD", "KEPT", "NOTE"}


class Done(msgspec.Struct):
    """What the talk did with a message."""

    acts: set[str] = msgspec.field(default_factory=set)
    entries: set[str] = msgspec.field(default_factory=set)
    offered: set[str] = msgspec.field(default_factory=set)
    repeated: set[str] = msgspec.field(default_factory=set)  # told that it stands above

    def worth(self, said: Said) -> float:
        """1 right, 0.5 halfway, 0 wrong."""
        acts = self.acts or {"SMALL"}  # only our question was asked once more
        right = {act for act in said.labels if self._did(act, said.labels[act], acts)}
        served = set().union(*(SERVES.get(act, {act}) for act in right))
        if right:
            return 0.5 if acts - served - HARMLESS else 1.0
        if "ANSWER" in said.labels and said.labels["ANSWER"] & self.offered:
            return 0.5
        if "ANSWER" in said.labels and said.labels["ANSWER"] & self.repeated:
            return 0.5
        return 0.5 if any(acts & HALFWAY.get(act, set()) for act in said.labels) else 0.0

    def _did(self, act: str, ids: frozenset[str], acts: set[str]) -> bool:
        if act == "ANSWER":
            said = bool(ids & self.repeated) and "PART" in acts
            return said or ("ANSWER" in acts and (not ids or bool(ids & self.entries or self.entries & {"fees", "term"})))
        return bool(acts & SERVES.get(act, {act}))


def measured(paths: Sequence[Path]) -> Iterator[tuple[Path, Said, Done]]:
    """Every message of these files, and what the talk of the whole house did with it."""
    now = Done()

    def recorded(owner, name: str, note):
        kept = getattr(owner, name)

        def call(*args, **fields):
            note(now, *args)
            return kept(*args, **fields)
        return mock.patch.object(owner, name, call)

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/talks.sqlite3"
        upgrade(url)
        settings = builders.settings(Path(folder), database_url=url, flood_per_minute=10_000)
        house = build(settings)
        short = {entry.answer: entry.id for entry in house.knowledge.entries.values()}
        with (recorded(Turn, "word", _worded), recorded(asking, "answer", lambda done, turn, slug: _answered(done, slug)),
              recorded(asking, "_same", lambda done, turn, slug: done.repeated.add(slug)),
              recorded(ways_on, "another", lambda done, turn, slug: _answered(done, slug)),
              recorded(asking, "_quote", lambda done, turn, slug, line: done.repeated.add(slug)),
              recorded(ways_on, "_headed", lambda done, turn, slug, line: done.repeated.add(slug)),
              recorded(asking, "_once_more", lambda done, turn, slug: done.repeated.add(slug)),
              recorded(asking, "follows", lambda done, turn, slug=None: done.repeated.add(slug or sought.matter(turn) or "")),
              recorded(filing, "join", lambda done, *_: done.acts.add("ADD")),
              recorded(filing, "keep", lambda done, *_: done.acts.add("ADD")),
              recorded(lookup, "say_fees", lambda done, *_: _answered(done, "fees")),
              recorded(lookup, "explain", lambda done, *_: _answered(done, "term")),
              recorded(first_aid, "guide", lambda done, *_: done.acts.add("AID"))):
            for path in paths:
                for number, dialogue in enumerate(dialogues(path)):
                    for place, said in enumerate(dialogue):
                        now = Done()
                        address = f"{path.stem}-{number}"
                        outcome = house.intake.receive([Incoming("web", f"{address}-{place}", address, said.text)])[0]
                        for reply in outcome.replies:
                            data = [button.data for row in reply.buttons for button in row]
                            told = next((entry for answer, entry in short.items() if reply.text.startswith(answer)), None)
                            if told:
                                _answered(now, told)
                            if "none" in data:
                                now.acts.add("NEAR")
                            if "ANSWER" not in now.acts:
                                now.offered.update(one.removeprefix("faq:") for one in data if one.startswith("faq:"))
                        yield path, said, now


def _worded(done: Done, _turn: Turn, key: str) -> None:
    done.acts.update(act for pattern, act in KINDS if pattern.fullmatch(key))


def _answered(done: Done, slug: str) -> None:
    done.acts.add("ANSWER")
    done.entries.add(slug)


KINDS = [(re.compile(pattern), act) for pattern, act in BY_KEY]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, help="files of dialogues (default: all)")
    parser.add_argument("--misses", action="store_true", help="print every message that was not served rightly")
    chosen = parser.parse_args(arguments)
    paths = chosen.paths or sorted(FOLDER.rglob("*.txt"))
    found: dict[Path, list[float]] = {path: [] for path in paths}
    for path, said, done in measured(paths):
        worth = done.worth(said)
        found[path].append(worth)
        if chosen.misses and worth < 1:
            wanted = " | ".join(" ".join((act, *sorted(ids))) for act, ids in said.labels.items())
            did = " ".join((*sorted(done.acts), *sorted(done.entries), *(f"({one})" for one in sorted(done.offered))))
            print(f"{worth:.1f}  {said.text}\n       wanted {wanted}\n       did    {did or 'asked our question again'}")
    for path, worths in found.items():
        print(f"{path.stem}: {sum(worths) / len(worths):.3f} of {len(worths)} messages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
