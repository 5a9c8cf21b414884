"""`make figures`: run the reading commands on the labelled texts, score them, and write the figures beside the model.

The labelled texts are not part of this repository: EVAL names the folder that holds them and score.py (default ../shared/eval).
"""

import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EVAL = Path(os.environ.get("EVAL", ROOT.parent / "shared" / "eval"))
TARGET = ROOT / "nlp" / "model" / "figures.md"
RUNS = (("classify", "dev_messages_real"), ("classify", "dev_messages_authored"), ("ask", "dev_questions_real"),
        ("ask", "dev_questions_authored"), ("scam", "dev_scam_real"))


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
    section = "\n".join(parts)
    TARGET.write_text(section, encoding="utf-8")
    card = TARGET.with_name("card.md")
    card.write_text(card.read_text(encoding="utf-8").partition("## What the commands score")[0].rstrip() + "\n\n" + section,
                    encoding="utf-8")


if __name__ == "__main__":
    main()
