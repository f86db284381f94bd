"""The messages that the next page shows."""

from typing import Any

from django.contrib.messages import middleware
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property


class Storage(FallbackStorage):
    """Django's own, in a cookie and if need be the session, made when there is a message: most pages have none."""

    def __init__(self, request: Any, *arguments: Any, **options: Any) -> None:
        BaseStorage.__init__(self, request, *arguments, **options)
        self._used_storages: set[BaseStorage] = set()

    @cached_property
    def storages(self) -> list[BaseStorage]:
        return [storage(self.request) for storage in self.storage_classes]

    def _get(self, *arguments: Any, **options: Any) -> Any:
        if CookieStorage.cookie_name not in self.request.COOKIES:
            return [], True
        return super()._get(*arguments, **options)  # type: ignore[misc]

    def update(self, response: HttpResponseBase) -> Any:
        if not self._queued_messages and not self._used_storages:  # type: ignore[attr-defined]  # nothing was there, and nothing has come
            return []
        return super().update(response)


class MessageMiddleware(middleware.MessageMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        request._messages = Storage(request)  # type: ignore[attr-defined]
