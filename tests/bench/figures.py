"""`make figures`: score the reading commands on the labelled texts and on our own lists, and write the figures beside the model.

The labelled texts are not part of this repository: EVAL names the folder that holds them and score.py (default ../shared/eval).
Our own lists are written by people who wrote nothing of the corpus or the base. What `urgency_seen.txt` holds was looked at while
rules and thresholds were made, and of `urgency_apart.txt` the errors once; the bars of level I were set with `urgency_third.txt`
in view; `urgency_fourth.txt` was written after all that and only measures. The messages of `strangers/` are by eight writers who
were told the labels' rules and found their own situations; nobody is taught by them.
"""

import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from knowledge.base import load
from nlp import messages_corpus
from nlp.classifier import Reader
from nlp.measure import scores
from nlp.retrieval import Finder
from nlp.train import truth
from tests.bench import talks

ROOT = Path(__file__).parent.parent.parent
LISTS = ROOT / "tests" / "nlp"
EVAL = Path(os.environ.get("EVAL", ROOT.parent / "shared" / "eval"))
TARGET = ROOT / "nlp" / "model" / "figures.md"
RUNS = (("classify", "dev_messages_real"), ("classify", "dev_messages_authored"), ("ask", "dev_questions_real"),
        ("ask", "dev_questions_authored"), ("scam", "dev_scam_real"))


def pairs(name: str) -> list[list[str]]:
    """`label|text` lines of one of our lists."""
    lines = (LISTS / name).read_text(encoding="utf-8").splitlines()
    return [line.split("|", 1) for line in lines if "|" in line and not line.startswith("#")]


def own() -> str:
    """Level I and the right entry on our own lists."""
    reader, finder = Reader.load(), Finder(load().entries)
    rows = ["On our own lists (`tests/nlp/`), by writers who wrote nothing of the corpus or the base:\n",
            "| list | emergencies | recall of level I | harmless | false alarms |", "|---|---:|---:|---:|---:|"]
    for name in ("urgency_seen.txt", "urgency_apart.txt", "urgency_third.txt", "urgency_fourth.txt"):
        labelled = pairs(name)
        said = [reading.urgency == "I" for reading in reader.read([text for _, text in labelled])]
        grave = [alarm for (label, _), alarm in zip(labelled, said, strict=True) if label == "I"]
        harmless = [alarm for (label, _), alarm in zip(labelled, said, strict=True) if label != "I"]
        rows.append(f"| {name} | {len(grave)} | {sum(grave) / len(grave):.3f} | {len(harmless)} | "
                    f"{sum(harmless) / len(harmless):.3f} |")
    rows += ["", strangers(reader)]
    asked = [(entry, [one.entry for one in finder.ask(text).candidates[:3]]) for entry, text in pairs("paraphrases.txt")]
    first, three = (sum(entry in found[:most] for entry, found in asked) / len(asked) for most in (1, 3))
    entries = len({entry for entry, _ in asked})
    rows += ["", f"paraphrases.txt: {len(asked)} unseen ways to ask {entries} entries, right entry first {first:.3f}, in the first "
             f"three {three:.3f}.\n"]
    return "\n".join([*rows, reach(finder), talk()])


def talk() -> str:
    """The whole talk over dialogues of people who taught nothing (talks.py says what counts)."""
    found: dict[str, list[float]] = {}
    for path, said, done in talks.measured(sorted(talks.FOLDER.glob("*.txt"))):
        found.setdefault(path.stem, []).append(done.worth(said))
    return "tests/talks/, every message judged by what was done with it: " + ", ".join(
        f"{name} {sum(worth) / len(worth):.3f} of {len(worth)}" for name, worth in found.items()) + ".\n"


def strangers(reader: Reader) -> str:
    """The reader on messages of writers by whom it was never taught."""
    messages = messages_corpus.read(LISTS / "strangers")
    found = scores([truth(one) for one in messages], reader.read([one.text for one in messages]))
    shown = ("intent_accuracy", "intent_f1", "category", "category_top3", "cause", "cause_top3", "flags_precision", "flags_recall")
    return f"strangers/: {len(messages)} messages of eight writers who taught nothing: " + ", ".join(
        f"{name.replace('_', ' ')} {found[name]:.3f}" for name in shown) + "."


def reach(finder: Finder) -> str:
    """How far the base reaches for questions that nobody wrote with it in mind."""
    asked = [(theme, *rest.split("|", 1)) for theme, rest in pairs("asked.txt")]
    found = [(theme, entry, finder.ask(text)) for theme, entry, text in asked]
    answered = [(theme, one) for theme, _, one in found if one.entry is not None]
    themed = sum(one.theme == theme for theme, one in answered)
    held = [(entry, one.candidates[0].entry) for _, entry, one in found if entry != "-"]
    refused = [finder.ask(text).entry is None for _, text in pairs("refuse.txt")]
    return (f"asked.txt: {len(asked)} general questions of strangers, answered {len(answered) / len(asked):.3f}, right theme when "
            f"answered {themed / len(answered):.3f}; of the {len(held)} that an entry answers well, this entry first "
            f"{sum(right == first for right, first in held) / len(held):.3f}. refuse.txt: {len(refused)} to refuse, refused "
            f"{sum(refused) / len(refused):.3f}.\n")


def main() -> None:
    if not (EVAL / "score.py").is_file():
        sys.exit(f"没有找到 {EVAL}/score.py；用环境变量 EVAL 指明存放标注文本的文件夹。")
    parts = [f"## What the commands score\n\n`make figures`, {date.today()}: each command against the labels, by score.py.\n"]
    with tempfile.TemporaryDirectory() as folder:
        for command, name in RUNS:
            gold, out = EVAL / f"{name}.jsonl", Path(folder) / f"{name}.jsonl"
            with out.open("w", encoding="utf-8") as file:
                subprocess.run([sys.executable, "-m", "bot.cli", command, str(gold)], cwd=ROOT, stdout=file, check=True)
            said = subprocess.run([sys.executable, str(EVAL / "score.py"), command, str(gold), str(out)], check=True,
                                  capture_output=True, text=True).stdout
            print(f"{command} {name}\n{said}")
            parts.append(f"`xiaobao {command}` on {name}:\n\n```\n{said.strip()}\n```\n")
    parts.append(own())
    print(parts[-1])
    section = "\n".join(parts)
    TARGET.write_text(section, encoding="utf-8")
    card = TARGET.with_name("card.md")
    card.write_text(card.read_text(encoding="utf-8").partition("## What the commands score")[0].rstrip() + "\n\n" + section,
                    encoding="utf-8")


if __name__ == "__main__":
    main()
