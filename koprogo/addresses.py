"""The addresses of our views, made once for each view: reversing one takes thirty calls."""

from functools import cache, lru_cache
from typing import Any

from django.http import HttpResponseRedirect
from django.urls import reverse

from koprogo.headers import HTML

NUMBER = 2_000_000_000  # stands for the number of a record while its view's address is made


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a view: `url("buildings:detail", building.id)`. Raises NoReverseMatch."""
    if len(args) == 1 and type(args[0]) is int and not kwargs:
        before, behind = _around_number(name)
        return f"{before}{args[0]}{behind}"
    return _reversed(name, *args, **kwargs)


def redirect(to: str, *args: Any) -> HttpResponseRedirect:
    """To a view by its name, or to an address."""
    return HttpResponseRedirect(to if "/" in to else url(to, *args), content_type=HTML, charset="utf-8")


@cache
def _around_number(name: str) -> tuple[str, str]:
    before, _number, behind = reverse(name, args=[NUMBER]).partition(str(NUMBER))
    return before, behind


@lru_cache(maxsize=1024)
def _reversed(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)
