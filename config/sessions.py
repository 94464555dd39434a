"""A session that ends while somebody fills a form in."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

PERDUE = (
    "Votre session est terminée : ce que vous venez d'envoyer n'a pas été enregistré. Revenez à "
    "la page précédente pour le retrouver, puis reconnectez-vous dans un autre onglet."
)


class EnvoiSansSession:
    """Says, on the page of connection that a form was sent to instead, that it was not taken."""

    def __init__(self, suite: Callable[[HttpRequest], HttpResponse]) -> None:
        self.suite = suite

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reponse = self.suite(request)
        connexion = reverse("admin:login")
        if (
            request.method == "POST"
            and request.path != connexion
            and reponse.status_code == 302
            and reponse["Location"].startswith(f"{connexion}?")
        ):
            messages.warning(request, PERDUE)
        return reponse
