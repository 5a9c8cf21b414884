"""Makes desk/static/alarm.wav, the sound of a level I alarm: two falling notes three times, small enough to load at once.

Run `python -m desk.siren` after a change; the file is kept in the repository so that nothing is made at start.
"""

import math
import struct
import wave
from pathlib import Path

RATE = 8000  # samples a second, one byte each
NOTES = ((880.0, 0.22), (660.0, 0.30), (0.0, 0.10)) * 3  # hertz, seconds
FILE = Path(__file__).parent / "static" / "alarm.wav"


def samples() -> list[int]:
    """Unsigned bytes; each note swells and fades so that it does not click."""
    made = []
    for hertz, seconds in NOTES:
        count = int(RATE * seconds)
        for n in range(count):
            swell = min(1.0, n / 160, (count - n) / 400)
            made.append(round(128 + 90 * swell * math.sin(2 * math.pi * hertz * n / RATE)))
    return made


def write(path: Path = FILE) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"{len(samples())}B", *samples()))


if __name__ == "__main__":
    write()
