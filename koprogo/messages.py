"""The messages that the next page shows."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from django.conf import settings
from django.contrib.messages import middleware
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.core.signing import BadSignature
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property


class _Signer:
    """Of a cookie: as good as Django's own, in three calls instead of thirty."""

    @cached_property
    def _key(self) -> bytes:
        return hashlib.sha256(f"koprogo.messages:{settings.SECRET_KEY}".encode()).digest()

    def sign_object(self, messages: list[str], serializer: Any, **_options: Any) -> str:
        content = urlsafe_b64encode(serializer().dumps(messages))
        return f"{content.decode()}:{self._signature(content)}"

    def unsign_object(self, text: str, serializer: Any) -> Any:
        """Raises BadSignature, binascii.Error."""
        content, _colon, signature = text.partition(":")
        if not hmac.compare_digest(signature.encode(), self._signature(content.encode()).encode()):
            raise BadSignature
        return serializer().loads(urlsafe_b64decode(content))

    def _signature(self, content: bytes) -> str:
        return hmac.digest(self._key, content, "sha256").hex()


SIGNER = _Signer()


class Cookie(CookieStorage):
    def __init__(self, request: HttpRequest) -> None:
        BaseStorage.__init__(self, request)
        self.signer = SIGNER


class Storage(FallbackStorage):
    """Django's own, in a cookie and if need be the session, made when there is a message: most pages have none."""

    storage_classes = (Cookie, SessionStorage)

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
