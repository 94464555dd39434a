"""The calendar of a site as it is drawn: places × nights, each run of nights with its page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format

from commun.horloge import aujourd_hui
from hebergement.calendrier import Etat, Troncon, calendrier
from hebergement.enums import EtatPlace, MotifAbsence
from hebergement.models import Site
from indicateurs.presentation.graphiques import jours_de

# The looks of a run of nights, and what each is called.
LEGENDE = (
    ("libre", "Libre"),
    ("occupee", "Occupée"),
    ("occupee absence", "Occupée, personne absente"),
    ("retenue", "Retenue pour une demande"),
    ("fermee", "Fermée"),
    ("occupee anomalie", "Occupée malgré une fermeture"),
    ("hors-ouverture", "Hors ouverture"),
)


@dataclass(frozen=True)
class Bande:
    """A run of nights of a place: how wide, how it looks, what it says, its page."""

    nuits: int
    classes: str
    dit: str
    adresse: str


def calendrier_d_un_site(site: Site | None, du: date, au: date) -> dict[str, Any]:
    """What its template needs; no rows without a site."""
    jours = jours_de(du, au)
    rangees = [] if site is None else calendrier(site, du, au)
    return {
        "site": site,
        "jours": jours,
        "ce_soir": aujourd_hui(),
        "mois": list(Counter(jour.replace(day=1) for jour in jours).items()),
        "legende": LEGENDE,
        "rangees": [(r.place, [_bande(troncon) for troncon in r.troncons]) for r in rangees],
    }


def _bande(troncon: Troncon) -> Bande:
    etat = troncon.etat
    classes, dit = [etat.etat.lower().replace("_", "-")], str(EtatPlace(etat.etat).label)
    if etat.absence:
        classes.append("absence")
        dit += f", absence ({MotifAbsence(etat.absence).label.lower()})"
    if etat.anomalie:
        classes.append("anomalie")
        dit += " malgré une fermeture"
    if etat.a_venir:
        classes.append("a-venir")
        dit += ", prévu"
    du, au = (date_format(jour, "j F") for jour in (troncon.du, troncon.derniere))
    quand = f"nuit du {du}" if troncon.nuits == 1 else f"nuits du {du} au {au}"
    return Bande(troncon.nuits, " ".join(classes), f"{dit}, {quand}", _adresse(etat))


def _adresse(etat: Etat) -> str:
    """The page of what makes a night what it is; of a free place there is none."""
    proposition = getattr(etat.sejour, "proposition", None)
    if proposition is not None:
        return reverse("admin:hebergement_proposition_change", args=[proposition.pk])
    if etat.sejour is not None:
        return reverse("admin:hebergement_sejour_change", args=[etat.sejour.pk])
    if etat.fermeture is not None:
        return reverse("admin:hebergement_fermeture_change", args=[etat.fermeture])
    return ""
