"""Who reads figures: coordinators as they are now, partners as they were signed for them."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address, ip_network

from axes.helpers import get_client_ip_address
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from commun.api.errors import Interdit
from commun.horloge import maintenant
from indicateurs.models import Consultation, Partenaire
from socle.models import Utilisateur

FENETRE = timedelta(minutes=1)


def admettre(request: Request, utilisateur: Utilisateur) -> Partenaire:
    """The perimeter of a partner who may ask now, from here.

    Raises:
        Interdit: the account has no perimeter, or asks from elsewhere.
        Throttled: it has asked more than it may within a minute.
    """
    partenaire = Partenaire.objects.filter(utilisateur=utilisateur).first()
    if partenaire is None:
        raise Interdit("Aucun chiffre n'est ouvert à ce compte.")
    adresse = adresse_de(request)
    if partenaire.adresses and not any(
        adresse and ip_address(adresse) in ip_network(reseau) for reseau in partenaire.adresses
    ):
        raise Interdit("Ce compte ne s'ouvre pas depuis cette adresse.")
    recentes = Consultation.objects.filter(
        utilisateur=utilisateur, fait_le__gt=maintenant() - FENETRE
    )
    if recentes.count() >= partenaire.par_minute:
        raise Throttled(wait=FENETRE.seconds)
    return partenaire


def consigner(request: Request, utilisateur: Utilisateur, statut: int) -> None:
    """Every pull is kept, also one that was refused."""
    Consultation.objects.create(
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
