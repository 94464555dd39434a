"""Who reads figures: coordinators as they are now, partners as they were signed for them."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Any, ClassVar, cast

from axes.helpers import get_client_ip_address
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.views import APIView

from commun.api.errors import Interdit
from commun.horloge import maintenant
from indicateurs.models import Consultation, Partenaire
from indicateurs.publications.lecture import Perimetre
from socle.enums import Role
from socle.models import Utilisateur

FENETRE = timedelta(minutes=1)
TROP_DE_DEMANDES = Throttled.status_code


class PourPartenaires(APIView):
    """A partner is admitted within a perimeter, and each pull is kept."""

    # What was not published, and who has asked enough.
    refus_de_lecture: ClassVar[tuple[int, ...]] = (404, 429)
    perimetre = Perimetre()
    partenaire: Partenaire | None = None
    consultation: Consultation | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        compte = compte_de_partenaire(request)
        if compte is not None and self.consultation is None:
            self.partenaire, self.consultation = admettre(request, compte)
            self.perimetre = Perimetre.de(self.partenaire)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        reponse: Any = self.conclure(request, super().dispatch(request, *args, **kwargs))
        demande: Request = self.request
        compte = compte_de_partenaire(demande)
        if self.consultation is not None:
            self.consultation.statut = reponse.status_code
            self.consultation.save(update_fields=["statut"])
        elif compte is not None:
            consigner(demande, compte, reponse.status_code)
        return cast("HttpResponseBase", reponse)

    def conclure(self, request: HttpRequest, reponse: HttpResponseBase) -> HttpResponseBase:
        """What is really answered."""
        return reponse


def compte_de_partenaire(request: Request) -> Utilisateur | None:
    """Who asks, if it is a partner."""
    qui = request.user
    return qui if isinstance(qui, Utilisateur) and qui.role == Role.PARTENAIRE else None


@transaction.atomic
def admettre(request: Request, utilisateur: Utilisateur) -> tuple[Partenaire, Consultation]:
    """The perimeter of a partner who may ask now, from here, and the pull as it begins.

    Those who ask at the same moment are counted one after the other.

    Raises:
        Interdit: the account has no perimeter, or asks from elsewhere.
        Throttled: it has asked more than it may within a minute.
    """
    verrou = Partenaire.objects.select_for_update(of=("self",), no_key=True)
    partenaire = verrou.filter(utilisateur=utilisateur).first()
    if partenaire is None:
        raise Interdit("Aucun chiffre n'est ouvert à ce compte.")
    adresse = adresse_de(request)
    if partenaire.adresses and not any(
        adresse and ip_address(adresse) in ip_network(reseau) for reseau in partenaire.adresses
    ):
        raise Interdit("Ce compte ne s'ouvre pas depuis cette adresse.")
    instant = maintenant()
    # Those that were told to wait are not held against who did not.
    admises = Consultation.objects.filter(
        utilisateur=utilisateur, fait_le__gt=instant - FENETRE
    ).exclude(statut=TROP_DE_DEMANDES)
    premiere = admises.order_by("-fait_le").values_list("fait_le", flat=True)[
        partenaire.par_minute - 1 : partenaire.par_minute
    ]
    for le in premiere:
        raise Throttled(wait=ceil((le + FENETRE - instant).total_seconds()))
    return partenaire, consigner(request, utilisateur)


def consigner(
    request: Request, utilisateur: Utilisateur, statut: int | None = None
) -> Consultation:
    """Every pull is kept, also one that was refused, or cut short."""
    return Consultation.objects.create(
        utilisateur=utilisateur,
        adresse=adresse_de(request),
        demande=request.get_full_path()[:500],
        statut=statut,
    )


def adresse_de(request: Request) -> str | None:
    """As the nearest proxy of ours has seen it."""
    demande: HttpRequest = request._request
    adresse: str | None = get_client_ip_address(demande)
    return adresse
