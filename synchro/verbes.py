"""What an operation may say, one line each, and the verb of the API that it calls.

The same view does it as for a request of its own, asked in the author's name: same rights, same
checks, same services, same refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accueil.api.viewsets import PassageViewSet
from contacts.api.viewsets import ActeViewSet, RemiseMaterielViewSet
from coordination.api.viewsets import OrientationViewSet
from hebergement.api.viewsets import (
    AbsenceViewSet,
    ConstatsDUnSiteViewSet,
    DemandeHebergementViewSet,
)
from maraudes.api.viewsets import MaraudeViewSet, ObservationViewSet, RencontreViewSet
from socle.api.viewsets import AccordPartageViewSet, PersonneViewSet
from socle.models import Utilisateur
from synchro.lecture import en_instant

# What a device's clock may have told in the data of an operation.
INSTANTS = ("saisi_le", "parti_le", "debut_le", "fin_le", "decidee_le")


@dataclass(frozen=True)
class Verbe:
    """A verb of the API: its view, its action, and the address that it has there.

    Args:
        chemin: with `{uuid}` where the operation's `objet` goes.
        evenement: it makes a record that keeps the three times.
    """

    vue: Any
    action: str
    chemin: str
    evenement: bool = False
    methode: str = field(default="POST")

    def executer(
        self,
        *,
        auteur: Utilisateur,
        objet: UUID | None,
        donnees: dict[str, Any],
        saisi_le: Any,
        decalage: timedelta | None,
    ) -> Response:
        """Do it, in the caller's transaction; what the API would answer.

        Raises:
            Exception: whatever the API would have told as a problem.
        """
        dites = redater(donnees, decalage)
        if self.action == "create":
            dites.setdefault("saisi_le", redater({"saisi_le": saisi_le}, decalage)["saisi_le"])
        request = self._demander(auteur, objet, dites)
        request.decalage = decalage if self.evenement else None
        vue = self.vue()
        vue.request, vue.args, vue.kwargs = request, (), {}
        vue.action, vue.detail, vue.format_kwarg = self.action, "{uuid}" in self.chemin, None
        if vue.detail:
            vue.kwargs["uuid"] = str(objet)
        for permission in vue.get_permissions():
            if not permission.has_permission(request, vue):
                raise PermissionDenied
        reponse: Response = getattr(vue, self.action)(request, **vue.kwargs)
        return reponse

    def _demander(self, auteur: Utilisateur, objet: UUID | None, donnees: Any) -> Any:
        http = HttpRequest()
        http.method = self.methode
        http.path = http.path_info = f"/api/v1/{self.chemin.format(uuid=objet)}"
        # An operation says what was seen; whoever is accepted last is displayed, history has all.
        http.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "443", "HTTP_IF_MATCH": "*"}
        request: Any = Request(http)
        request._full_data = donnees
        request.user = auteur
        return request


def redater(donnees: Mapping[str, Any], decalage: timedelta | None) -> dict[str, Any]:
    """The data with the instants that the device's clock told, told by ours."""
    dites = dict(donnees)
    for nom in INSTANTS if decalage is not None else ():
        instant = en_instant(dites.get(nom))
        if instant is not None:
            assert decalage is not None
            dites[nom] = (instant + decalage).isoformat()
    return dites


def _creer(vue: Any, chemin: str, *, evenement: bool = False) -> Verbe:
    return Verbe(vue, "create", f"{chemin}/", evenement)


def _corriger(vue: Any, chemin: str) -> Verbe:
    return Verbe(vue, "partial_update", f"{chemin}/{{uuid}}/", methode="PATCH")


def _faire(vue: Any, chemin: str, action: str) -> Verbe:
    return Verbe(vue, action, f"{chemin}/{{uuid}}/{action}/")


VERBES: dict[str, Verbe] = {
    "personne.creer": _creer(PersonneViewSet, "personnes"),
    "personne.modifier": _corriger(PersonneViewSet, "personnes"),
    "accord.donner": _creer(AccordPartageViewSet, "accords-partage"),
    "accord.retirer": _faire(AccordPartageViewSet, "accords-partage", "retirer"),
    "maraude.creer": _creer(MaraudeViewSet, "maraudes"),
    "maraude.corriger": _corriger(MaraudeViewSet, "maraudes"),
    "maraude.demarrer": _faire(MaraudeViewSet, "maraudes", "demarrer"),
    "maraude.cloturer": _faire(MaraudeViewSet, "maraudes", "cloturer"),
    "rencontre.creer": _creer(RencontreViewSet, "rencontres", evenement=True),
    "rencontre.corriger": _corriger(RencontreViewSet, "rencontres"),
    "observation.creer": _creer(ObservationViewSet, "observations", evenement=True),
    "observation.corriger": _corriger(ObservationViewSet, "observations"),
    "passage.creer": _creer(PassageViewSet, "passages", evenement=True),
    "passage.corriger": _corriger(PassageViewSet, "passages"),
    "acte.creer": _creer(ActeViewSet, "actes", evenement=True),
    "acte.corriger": _corriger(ActeViewSet, "actes"),
    "materiel.creer": _creer(RemiseMaterielViewSet, "materiel", evenement=True),
    "materiel.corriger": _corriger(RemiseMaterielViewSet, "materiel"),
    "orientation.creer": _creer(OrientationViewSet, "orientations", evenement=True),
    "orientation.accepter": _faire(OrientationViewSet, "orientations", "accepter"),
    "orientation.refuser": _faire(OrientationViewSet, "orientations", "refuser"),
    "orientation.annuler": _faire(OrientationViewSet, "orientations", "annuler"),
    "demande.creer": _creer(DemandeHebergementViewSet, "demandes-hebergement"),
    "absence.creer": _creer(AbsenceViewSet, "absences"),
    "presence.constater": Verbe(ConstatsDUnSiteViewSet, "create", "sites/{uuid}/presences/"),
}
