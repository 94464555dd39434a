"""The allotment of the partner association: all the places of its hotels."""

from __future__ import annotations

from collections import Counter

from hebergement.models import Contingent, Place, Site
from indicateurs.demonstration.outils import Hasard, Monde
from indicateurs.demonstration.socle import CONTINGENT


def generer(monde: Monde) -> None:
    hasard = Hasard(monde.graine, "contingents")
    structure = monde.structures[CONTINGENT]
    sites = {s["uuid"] for s in monde.lignes[Site] if s["structure_id"] == structure["uuid"]}
    places = {p["uuid"]: p for p in monde.lignes[Place] if p["site_id"] in sites}
    combien = Counter(p["site_id"] for p in places.values())
    ouvertes = {p["site_id"]: p for p in places.values()}
    for site, place in ouvertes.items():
        monde.ajouter(
            Contingent, uuid=hasard.identifiant(place["cree_le"]), site_id=site,
            organisme_id=structure["organisme_id"], places=combien[site],
            debut=place["ouverte_le"], cree_le=place["cree_le"], modifie_le=place["cree_le"],
        )  # fmt: skip
