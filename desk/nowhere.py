"""An address of the desk that is no page: said in words, with the menu around it."""

from fastapi import Response
from starlette.convertors import Convertor, register_url_convertor

from desk.visit import Refused, Visit


class Elsewhere(Convertor[str]):
    """Any path but those of the static files, which are served beside the pages."""

    regex = "(?!static/).*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("elsewhere", Elsewhere())


def page(visit: Visit) -> Response:
    raise Refused(404, visit.word("desk.no_page"))
