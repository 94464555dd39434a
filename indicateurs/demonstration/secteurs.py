"""Where rounds go: sectors at the surface, stations underground and their lines."""

from __future__ import annotations

from django.utils.text import slugify

from indicateurs.demonstration.outils import Hasard, Ligne, Monde, a_paris
from indicateurs.demonstration.socle import DEBUT
from maraudes.enums import Milieu
from maraudes.models import Ligne as LigneDeMetro
from maraudes.models import Secteur

SURFACE = [
    "Porte de la Chapelle", "Boulevard Ney", "Porte d'Aubervilliers", "Square Forceval",
    "Porte de la Villette", "Rosa Parks", "Stalingrad", "Jardins d'Éole", "Canal de l'Ourcq",
    "Canal Saint-Denis", "Gare du Nord", "La Chapelle",
]  # fmt: skip
# Station: lines. Where the line is not known, none is made up.
STATIONS = {
    "Marcadet-Poissonniers": "4 12", "Château Rouge": "4", "Simplon": "4", "Gare du Nord": "4 5",
    "Marx Dormoy": "12", "Jules Joffrin": "12", "Lamarck-Caulaincourt": "12",
    "Porte de la Chapelle": "12", "La Chapelle": "2", "Stalingrad": "2 5 7", "Jaurès": "2 5 7bis",
    "Porte de la Villette": "7", "Corentin Cariou": "7", "Crimée": "7", "Riquet": "7",
    "Barbès-Rochechouart": "2 4", "Porte de Clignancourt": "4", "Front Populaire": "12",
    "Aubervilliers–Boulevard Victor Hugo": "", "Abbesses": "12", "Pigalle": "2 12",
    "Notre-Dame-de-Lorette": "12", "Anvers": "2", "Blanche": "2", "Colonel Fabien": "2",
    "Belleville": "2 11", "Louis Blanc": "7 7bis", "Château-Landon": "7", "Gare de l'Est": "4 5 7",
    "Château d'Eau": "4", "Laumière": "5", "Ourcq": "5", "Porte de Pantin": "5", "Hoche": "5",
    "Bolivar": "7bis",
}  # fmt: skip


def _code(nom: str) -> str:
    return slugify(nom.replace("'", "-").replace("–", "-"))


def generer(monde: Monde) -> dict[str, list[Ligne]]:
    """The sectors of the surface, the stations of line 12, and the others of the métro."""
    hasard = Hasard(monde.graine, "secteurs")
    instant = a_paris(DEBUT, 9)
    dates = {"cree_le": instant, "modifie_le": instant}
    codes = sorted({c for lignes in STATIONS.values() for c in lignes.split()})
    lignes = {
        c: monde.ajouter(
            LigneDeMetro, uuid=hasard.identifiant(instant), code=c.replace("bis", " bis"), **dates
        )
        for c in codes
    }
    groupes: dict[str, list[Ligne]] = {"surface": [], "12": [], "metro": []}
    for nom in SURFACE:
        groupes["surface"].append(
            monde.ajouter(
                Secteur, uuid=hasard.identifiant(instant), code=f"surface-{_code(nom)}", nom=nom,
                milieu=Milieu.SURFACE, frequence_cible=hasard.choice((2, 3, 5)), **dates,
            )
        )  # fmt: skip
    for nom, desservie in STATIONS.items():
        station = monde.ajouter(
            Secteur, uuid=hasard.identifiant(instant), code=f"metro-{_code(nom)}", nom=nom,
            milieu=Milieu.SOUS_SOL, frequence_cible=1, **dates,
        )  # fmt: skip
        for code in desservie.split():
            monde.ajouter(
                Secteur.lignes.through, secteur_id=station["uuid"], ligne_id=lignes[code]["uuid"]
            )
        groupes["12" if "12" in desservie.split() else "metro"].append(station)
    return groupes
