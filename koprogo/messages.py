"""The messages that the next page shows."""

from typing import Any

from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
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

    def _store(self, messages: list[Any], *arguments: Any, **options: Any) -> list[Any]:
        if not messages and not self._used_storages:  # nothing was there, and nothing has come
            return []
        return super()._store(messages, *arguments, **options)  # type: ignore[misc]
