"""The page of the API's description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commun.api.filters import refuser_inconnus


class _ErreursEnJson(APIView):
    """An error is a problem detail, not a page of YAML or HTML."""

    def handle_exception(self, exc: Exception) -> Response:
        reponse = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return reponse


class DescriptionView(_ErreursEnJson, SpectacularAPIView):
    """Without what the library would let be asked: it puts a version into a header as it is."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuser_inconnus(request, {"format"})


class LectureView(_ErreursEnJson, SpectacularSwaggerSplitView):
    """The description as a page. Its script is a file of its own: the security policy permits no
    inline script."""
