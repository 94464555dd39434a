"""The page of the API's description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from commun.api.filters import refuser_inconnus


class _ErreursEnJson:
    """An error is a problem detail, not a page of YAML or HTML."""

    def handle_exception(self, exc: Exception) -> Response:
        reponse: Response = super().handle_exception(exc)  # type: ignore[misc]
        self.request.accepted_renderer = JSONRenderer()  # type: ignore[attr-defined]
        self.request.accepted_media_type = JSONRenderer.media_type  # type: ignore[attr-defined]
        return reponse


class DescriptionView(_ErreursEnJson, SpectacularAPIView):
    """Without what the library would let be asked: it puts a version into a header as it is."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuser_inconnus(request, {"format"})


class LectureView(_ErreursEnJson, SpectacularSwaggerSplitView):
    """The description as a page. Its script is a file of its own: the security policy permits no
    inline script."""
