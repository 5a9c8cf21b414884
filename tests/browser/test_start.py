"""The web process starts fast and stays small: guarded with a margin, since other work shares the machine of a test run."""

from concurrent.futures import ThreadPoolExecutor

from tests.bench.start_speed import started
from tickets.migrate import upgrade

LONGEST, LARGEST = 2 * 2.5, 300  # twice what we want in seconds of processor time; MB


def test_the_first_message_is_answered_soon_and_the_process_is_small(tmp_path):
    url = f"sqlite:///{tmp_path / 'start.sqlite3'}"
    upgrade(url)
    with ThreadPoolExecutor(1) as apart:  # Playwright's loop runs in this thread once a browser has been opened
        first, again = (apart.submit(started, str(tmp_path), url).result() for _ in range(2))
    assert again[1] < LONGEST, f"{again[1]:.1f} s of processor time until the first answer"
    assert max(first[3], again[3]) <= LARGEST, "memory of its own, mapped files left out"
