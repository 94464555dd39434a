"""The list of a model's records."""

from __future__ import annotations

from django.http import HttpRequest
from unfold.views import ChangeList


class Liste(ChangeList):
    """Counts its rows once: where nothing is left out, the whole is what is shown."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count
