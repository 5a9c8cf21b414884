"""Every table of the house, importable from one place so that migrations see them all."""

from tickets.models import append_only
from tickets.models.base import Base, Moment, now
from tickets.models.conversation import URGENT, Attachment, Chat, Customer, Delivery, Gap, Message, Owed, Parked
from tickets.models.staff import (
    Audit,
    Branch,
    DeskSession,
    Duty,
    Edition,
    Fact,
    Rectification,
    Route,
    SavedFilter,
    SignInFailure,
    Staff,
)
from tickets.models.teaching import Attempt, EntryChange, Exam, Training
from tickets.models.ticket import OPEN, PAUSED, Alert, Correction, Event, Pause, Rating, Ticket, Warning_
from tickets.models.ticket_text import document as ticket_document

__all__ = [
    "OPEN",
    "PAUSED",
    "URGENT",
    "Alert",
    "Attachment",
    "Attempt",
    "Audit",
    "Base",
    "Branch",
    "Chat",
    "Correction",
    "Customer",
    "Delivery",
    "DeskSession",
    "Duty",
    "Edition",
    "EntryChange",
    "Event",
    "Exam",
    "Fact",
    "Gap",
    "Message",
    "Moment",
    "Owed",
    "Parked",
    "Pause",
    "Rating",
    "Rectification",
    "Route",
    "SavedFilter",
    "SignInFailure",
    "Staff",
    "Ticket",
    "Training",
    "Warning_",
    "append_only",
    "now",
    "ticket_document",
]
