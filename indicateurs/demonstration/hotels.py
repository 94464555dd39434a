"""Hotels, their rooms, and places with dated openings: the capacity of Assore, to the unit."""

from __future__ import annotations

from datetime import date

from hebergement.models import Chambre, Place, Site
from indicateurs.demonstration import presences
from indicateurs.demonstration.outils import Hasard, Ligne, Monde, a_paris, repartir
from indicateurs.demonstration.socle import CONTINGENT

# Opening of places, how many, in how many hotels, of which structures. The third row is the
# allotment of one partner association.
TRANCHES = [
    (date(2019, 1, 1), 220, 22, ("assore-a", "assore-b")),
    (date(2021, 1, 1), 220, 22, ("assore-a", "assore-b")),
    (date(2022, 1, 1), 70, 7, (CONTINGENT,)),
    (date(2023, 7, 1), 100, 10, ("assore-a", "assore-b")),
]
# One double room in three is kept for couples.
UNE_CHAMBRE_DE_COUPLE_SUR = 3
CHAMBRES_D_UN_ETAGE = 4


def generer(monde: Monde) -> list[Ligne]:
    """Every place; `_structure` and `_chambre_de_couple` say what the stays need to know."""
    hasard = Hasard(monde.graine, "hotels")
    places: list[Ligne] = []
    depuis = presences.depuis(monde)
    rang = doubles = 0
    for ouverte_le, nombre, nombre_d_hotels, codes in TRANCHES:
        instant = a_paris(ouverte_le, 9)
        dates = {"cree_le": instant, "modifie_le": instant}
        hotels = max(1, round(nombre_d_hotels * min(1, monde.echelle * 4)))
        tailles = repartir(
            monde.a_l_echelle(nombre), [hasard.uniform(0.6, 1.4) for _ in range(hotels)]
        )
        for taille in tailles:
            rang += 1
            code = codes[rang % len(codes)]
            site = monde.ajouter(
                Site, uuid=hasard.identifiant(instant), code=f"hotel-{rang:02}",
                nom=f"Hôtel {rang:02}", structure_id=monde.structures[code]["uuid"],
                arrondissement=hasard.choice(("75010", "75018", "75019", "75020")),
                presences_depuis=depuis, version=2,
                **{**dates, "modifie_le": a_paris(depuis, 9)},
            )  # fmt: skip
            numero = 0
            while taille:
                numero += 1
                lits = min(taille, hasard.choice((1, 1, 1, 2, 2, 3)))
                taille -= lits
                chambre = monde.ajouter(
                    Chambre, uuid=hasard.identifiant(instant), site_id=site["uuid"],
                    libelle=f"Chambre {numero}", etage=str(1 + (numero - 1) // CHAMBRES_D_UN_ETAGE),
                    **dates,
                )  # fmt: skip
                doubles += lits == 2
                pour_un_couple = lits == 2 and doubles % UNE_CHAMBRE_DE_COUPLE_SUR == 0
                places += [
                    monde.ajouter(
                        Place,
                        uuid=hasard.identifiant(instant),
                        site_id=site["uuid"],
                        chambre_id=chambre["uuid"],
                        libelle=f"{numero}{lettre}",
                        ouverte_le=ouverte_le,
                        _structure=code,
                        _chambre_de_couple=pour_un_couple,
                        **dates,
                    )
                    for lettre in "abc"[:lits]
                ]
    return places
