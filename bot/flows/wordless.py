"""Photos and documents, and what we cannot read at all."""

from bot.flows import emergency, filing, loose_files, menu, progress, staff_alerts
from bot.turn import Turn
from tickets.models import Event, Ticket
from tickets.register import OPEN

TOLD = ("voice", "location")
"""What says something that we cannot read, and a person can."""


def of_album(turn: Turn) -> bool:
    """A further photo of those that she sent together: with the first, which was answered for all of them. False: it is none, or
    it has words of its own."""
    album, first = turn.incoming.album, turn.state.get("album", {})
    if not album or turn.text or first.get("id") != album:
        return False
    ticket = turn.ticket = turn.session.get(Ticket, first["ticket"]) if first.get("ticket") else None
    if ticket is not None:
        turn.session.add(Event(ticket_id=ticket.id, kind="added", actor="customer", data={"what": "file"}, at=turn.at))
    return True


def keep_album(turn: Turn) -> None:
    if turn.incoming.album:
        turn.remember(album={"id": turn.incoming.album, "ticket": turn.ticket.id if turn.ticket else None})


def with_file(turn: Turn) -> bool:
    """A photo or document joins her ticket, whatever its caption says, unless the caption is a complaint of its own."""
    reading = turn.understood.reading
    if reading is not None and (reading.intent == "complaint" or turn.state.get("filing")):
        return False
    mine = progress.tickets_of_chat(turn.session, turn.chat.id, limit=20)
    ticket = filing.continued(turn) or next((one for one in mine if one.status in OPEN), next(iter(mine), None))
    if ticket is None:
        return False
    turn.ticket = ticket
    turn.session.add(Event(ticket_id=ticket.id, kind="added", actor="customer", data={"what": "file"}, at=turn.at))
    staff_alerts.file_came(turn, ticket)
    turn.say(turn.word("filing.photo_received", number=ticket.number), ticket=ticket)
    return True


def unread(turn: Turn) -> None:
    """Something we cannot read, or a file of somebody who has not told us anything yet."""
    if emergency.under_way(turn):
        return _amid_alarm(turn)
    if not turn.incoming.uploads:
        return turn.say(turn.word("error.unsupported"), buttons=menu.menu_buttons(turn))
    turn.remember(expect="complaint")
    loose_files.keep(turn)
    turn.say(turn.word("filing.photo_no_ticket"))


def _amid_alarm(turn: Turn) -> None:
    """A voice, a place, a face in an alarm: she cannot write, or answers where she is. It goes with the alarm, no menu comes, and
    a voice or a place wakes the duty again."""
    ticket, kind = emergency.known(turn), turn.incoming.kind
    turn.understood.text = staff_alerts.sent(turn, kind if kind in TOLD else "other")
    if kind in TOLD:
        turn.say(turn.word(f"emergency.sent_{kind}") + staff_alerts.woken_again(turn, ticket), ticket=ticket)
    emergency.silent(turn)
