"""How fast one message is read, beside jieba's own cut of the same messages: `python -m tests.bench.reading_speed`.

Every message is clocked in turn by both, in processor time, so that whoever else uses the machine weighs on both alike.
"""

import logging
import statistics
import subprocess
import sys
import time

from tests.bench.figures_table import Row, machine, written
from tests.bench.mix import messages

LOADING = """
import time
began = time.process_time()
from nlp.classifier import Reader
from nlp.privacy import mask
reader = Reader.load()
reader.read([mask("你们乱收费").text])
spent = time.process_time() - began
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(spent, int(peak) / 1024)
"""


def clock(act, text: str) -> float:
    """Milliseconds of processor time."""
    began = time.thread_time()
    act(text)
    return (time.thread_time() - began) * 1000


def rows(count: int = 1500) -> list[Row]:
    import jieba

    from nlp.classifier import Reader
    from nlp.privacy import mask

    jieba.setLogLevel(logging.ERROR)
    jieba.initialize()
    reader, texts = Reader.load(), [text for text in messages(shares=None) if text[0] != "\t"][:count]
    ours, theirs = [], []
    for text in texts:
        theirs.append(clock(jieba.lcut, text))
        ours.append(clock(lambda said: reader.read([mask(said).text]), text))
    batches = []
    for _ in range(3):
        began = time.thread_time()
        for start in range(0, len(texts), 256):
            reader.read([mask(text).text for text in texts[start:start + 256]])
        batches.append(len(texts) / (time.thread_time() - began))
    median, share = statistics.median(ours), statistics.median(ours) / statistics.median(theirs)
    loaded = subprocess.run([sys.executable, "-c", LOADING], check=True, capture_output=True, text=True).stdout
    load, memory = map(float, loaded.split())
    how = f"{len(texts)} 条语料，平均 {statistics.mean(map(len, texts)):.0f} 字，处理器时间"
    return [
        Row("读一条（遮蔽＋全部判断），中位数", f"{median:.2f} ms", "≤ 0.60 ms", median <= 0.6, how),
        Row("读一条 ÷ jieba 分词同一条", f"{share:.1f}", "≤ 3.0", share <= 3,
            f"jieba 中位数 {statistics.median(theirs):.2f} ms，逐条交替"),
        Row("成批读，每秒", f"{max(batches):,.0f} 条", "≥ 5,000", max(batches) >= 5000, "每批 256 条，含遮蔽，三次中最静的一次"),
        Row("载入分类器（处理器时间）", f"{load:.2f} s", "≤ 1.5 s", load <= 1.5, "新进程，含 import、词典和第一条"),
        Row("分类器进程内存", f"{memory:.0f} MB", "≤ 250 MB", memory <= 250, "峰值常驻内存"),
    ]


if __name__ == "__main__":
    print(machine(), "\n")
    print(written(rows()))
