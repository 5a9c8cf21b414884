"""How much of one text is read and stored, in every way in: its beginning and its end."""

LONGEST, END = 4000, 1000  # characters (Telegram sends at most 4096), the end among them


def shortened(text: str) -> str:
    """The beginning and the end of a text that is too long: what matters most often comes last."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST - END - 1]}…{text[-END:]}"
