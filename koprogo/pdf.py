"""Papers as PDF: a Jinja2 template laid out by WeasyPrint."""

from typing import Any, NoReturn

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string


def render_pdf(template: str, context: dict[str, Any]) -> bytes:
    """The PDF of one paper. It reads nothing but its template and static/paper.css: no address is ever fetched."""
    from weasyprint import CSS, HTML  # 30 MB, held from the first paper on

    sheet = CSS(filename=finders.find("paper.css"), url_fetcher=_refuse)
    html = HTML(string=render_to_string(template, context, using="jinja2"), url_fetcher=_refuse)
    pdf: bytes = html.write_pdf(stylesheets=[sheet])
    return pdf


def _refuse(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    raise ValueError(f"a paper fetches nothing: {url}")
