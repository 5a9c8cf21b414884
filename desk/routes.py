"""Every route of the desk in one table: address, method, page, and who may. A test walks all of it, role by role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desk import (
    access,
    account_page,
    alerts,
    attachments,
    audit_page,
    branches_page,
    dashboard_page,
    drift_page,
    duty_page,
    entries_page,
    exam_form,
    exams_page,
    gap_form,
    gaps_page,
    import_page,
    intake_page,
    knowledge_page,
    ledger_page,
    lookup_page,
    nowhere,
    outbox_page,
    people_page,
    queue_page,
    rectification_page,
    reports_page,
    routing_page,
    ticket_actions,
    ticket_page,
    training_page,
    warnings_page,
    wrong_answer,
)
from desk.nav import ADMINS, AUDITORS, EVERYONE, LEADS, OVERSEERS, WORKERS
from tickets.intake_sheet import MOST_BYTES


@dataclass(frozen=True)
class Route:
    """`before_sign_in` pages get (store, office, request, form), all others a Visit. `background` requests are made by the
    page and not by a person: they do not keep a session awake. `only_looks`: a post that writes nothing and takes no write lock."""

    method: str
    path: str
    view: Callable[..., Any]
    roles: frozenset[str] = EVERYONE
    before_sign_in: bool = False
    background: bool = False
    only_looks: bool = False
    largest_field: int = 500_000  # bytes of one field that is no file

    @property
    def writes(self) -> bool:
        return self.method == "POST"

    @property
    def commits(self) -> bool:
        return self.writes and not self.only_looks


ROUTES: list[Route] = [
    Route("GET", "/desk/sign-in", access.sign_in_page, before_sign_in=True),
    Route("POST", "/desk/sign-in", access.sign_in, before_sign_in=True),
    Route("POST", "/desk/sign-out", access.sign_out),
    Route("GET", "/desk/password", account_page.password_page),
    Route("POST", "/desk/password", account_page.change_password),
    Route("GET", "/desk/account", account_page.account),
    Route("POST", "/desk/account/totp", account_page.enable_totp),
    Route("POST", "/desk/account/totp/off", account_page.disable_totp),
    Route("POST", "/desk/account/link", account_page.link_code),
    Route("POST", "/desk/account/unlink", account_page.unlink),
    Route("GET", "/desk", queue_page.home),
    Route("GET", "/desk/", queue_page.home),
    Route("GET", "/desk/queue", queue_page.queue),
    Route("POST", "/desk/queue/assign", queue_page.assign, WORKERS),
    Route("POST", "/desk/queue/ledger", ledger_page.download),
    Route("POST", "/desk/queue/filters", queue_page.save_filter),
    Route("POST", "/desk/queue/filters/{id}/remove", queue_page.remove_filter),
    Route("GET", "/desk/news", alerts.news, background=True),
    Route("GET", "/desk/alerts", alerts.page),
    Route("POST", "/desk/alerts/acknowledge", alerts.acknowledge, WORKERS),
    Route("POST", "/desk/alerts/{id}/take", alerts.take, WORKERS),
    Route("GET", "/desk/tickets/new", intake_page.blank, WORKERS),
    Route("POST", "/desk/tickets/new", intake_page.file, WORKERS),
    Route("GET", "/desk/import", import_page.blank, WORKERS),
    Route("GET", "/desk/import/template", import_page.template, WORKERS),
    Route("POST", "/desk/import", import_page.look, WORKERS, only_looks=True),
    Route("POST", "/desk/import/confirm", import_page.confirm, WORKERS, largest_field=MOST_BYTES * 4 // 3 + 100),
    Route("GET", "/desk/tickets/{number}", ticket_page.ticket),
    Route("POST", "/desk/tickets/{number}/answer", ticket_actions.answer, WORKERS),
    Route("POST", "/desk/tickets/{number}/seen", ticket_actions.seen, WORKERS),
    Route("POST", "/desk/tickets/{number}/note", ticket_actions.note, WORKERS),
    Route("POST", "/desk/tickets/{number}/correct", ticket_actions.correct, WORKERS),
    Route("POST", "/desk/tickets/{number}/urgency", ticket_actions.urgency, WORKERS),
    Route("POST", "/desk/tickets/{number}/wrong-answer", wrong_answer.wrong, WORKERS),
    Route("POST", "/desk/tickets/{number}/details", ticket_actions.details, WORKERS),
    Route("POST", "/desk/tickets/{number}/move", ticket_actions.move, WORKERS),
    Route("GET", "/desk/tickets/{number}/letter", ticket_page.letter),
    Route("GET", "/desk/tickets/{number}/letter/read", ticket_page.letter_on_screen),
    Route("GET", "/desk/attachments/{id}", attachments.download),
    Route("GET", "/desk/knowledge", knowledge_page.search),
    Route("GET", "/desk/knowledge/{entry}", knowledge_page.entry),
    Route("GET", "/desk/gaps", gaps_page.gaps),
    Route("GET", "/desk/gaps/draft", gap_form.blank, WORKERS),
    Route("POST", "/desk/gaps/draft", gap_form.check, WORKERS),
    Route("POST", "/desk/gaps/draft/download", gap_form.download, WORKERS, only_looks=True),
    Route("POST", "/desk/gaps/draft/propose", entries_page.propose, WORKERS),
    Route("GET", "/desk/entries", entries_page.overview),
    Route("GET", "/desk/entries/{id}", entries_page.entry),
    Route("POST", "/desk/entries/{id}/approve", entries_page.approve, LEADS),
    Route("POST", "/desk/entries/{id}/refuse", entries_page.refuse, WORKERS),
    Route("POST", "/desk/entries/{id}/end", entries_page.end, LEADS),
    Route("POST", "/desk/knowledge/{entry}/hide", entries_page.hide, LEADS),
    Route("POST", "/desk/gaps/resolve", gaps_page.resolve, WORKERS),
    Route("GET", "/desk/glossary", lookup_page.glossary),
    Route("GET", "/desk/fees", lookup_page.fees),
    Route("GET", "/desk/exams", exams_page.overview),
    Route("GET", "/desk/exams/new", exam_form.blank, LEADS),
    Route("POST", "/desk/exams", exam_form.create, LEADS),
    Route("GET", "/desk/exams/{id}", exams_page.sit),
    Route("POST", "/desk/exams/{id}/begin", exams_page.begin),
    Route("POST", "/desk/exams/{id}/answer", exams_page.answer),
    Route("POST", "/desk/exams/{id}/cancel", exams_page.cancel, LEADS),
    Route("GET", "/desk/exams/{id}/report", exams_page.report, OVERSEERS),
    Route("POST", "/desk/exams/{id}/report", exams_page.download, OVERSEERS),
    Route("GET", "/desk/training", training_page.plan),
    Route("POST", "/desk/training", training_page.add, LEADS),
    Route("POST", "/desk/training/download", training_page.download, OVERSEERS),
    Route("POST", "/desk/training/{id}", training_page.keep, LEADS),
    Route("POST", "/desk/training/{id}/edit", training_page.edit, LEADS),
    Route("POST", "/desk/training/{id}/remove", training_page.remove, LEADS),
    Route("GET", "/desk/outbox", outbox_page.outbox, OVERSEERS),
    Route("POST", "/desk/outbox/{id}/retry", outbox_page.retry, LEADS),
    Route("POST", "/desk/outbox/{id}/resolve", outbox_page.resolve, LEADS),
    Route("POST", "/desk/parked/{id}/resolve", outbox_page.resolve_parked, LEADS),
    Route("GET", "/desk/people", people_page.people, ADMINS),
    Route("POST", "/desk/people", people_page.add, ADMINS),
    Route("POST", "/desk/people/{id}", people_page.change, ADMINS),
    Route("POST", "/desk/people/{id}/reset", people_page.reset, ADMINS),
    Route("POST", "/desk/people/{id}/active", people_page.set_active, ADMINS),
    Route("GET", "/desk/branches", branches_page.branches, ADMINS),
    Route("POST", "/desk/branches", branches_page.add, ADMINS),
    Route("POST", "/desk/branches/{id}", branches_page.change, ADMINS),
    Route("GET", "/desk/duty", duty_page.duty, EVERYONE),
    Route("POST", "/desk/duty", duty_page.add, LEADS),
    Route("POST", "/desk/duty/{id}/remove", duty_page.remove, LEADS),
    Route("GET", "/desk/routing", routing_page.routing, ADMINS),
    Route("POST", "/desk/routing", routing_page.add, ADMINS),
    Route("POST", "/desk/routing/{id}/remove", routing_page.remove, ADMINS),
    Route("GET", "/desk/audit", audit_page.audit_log, AUDITORS),
    Route("GET", "/desk/dashboard", dashboard_page.page),
    Route("GET", "/desk/model", drift_page.page, OVERSEERS),
    Route("GET", "/desk/reports", reports_page.preview, OVERSEERS),
    Route("POST", "/desk/reports/download", reports_page.download, OVERSEERS),
    Route("POST", "/desk/reports/editions/{id}", reports_page.edition, OVERSEERS),
    Route("GET", "/desk/reports/tickets", reports_page.behind, OVERSEERS),
    Route("GET", "/desk/warnings", warnings_page.warnings, OVERSEERS),
    Route("GET", "/desk/warnings/{id}/tickets", warnings_page.tickets, OVERSEERS),
    Route("POST", "/desk/warnings/{id}/judge", warnings_page.judge, LEADS),
    Route("POST", "/desk/warnings/{id}/rectify", warnings_page.rectify, LEADS),
    Route("GET", "/desk/causes", warnings_page.causes, OVERSEERS),
    Route("POST", "/desk/causes/rectify", warnings_page.rectify_group, LEADS),
    Route("GET", "/desk/rectification", rectification_page.ledger, OVERSEERS),
    Route("POST", "/desk/rectification", rectification_page.add, LEADS),
    Route("POST", "/desk/rectification/download", rectification_page.download, OVERSEERS),
    Route("POST", "/desk/rectification/{id}", rectification_page.change, LEADS),
    Route("GET", "/desk/{rest:elsewhere}", nowhere.page),  # last: whatever is no page
]
