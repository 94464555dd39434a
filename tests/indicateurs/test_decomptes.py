"""Every published cell, and the persons behind it, against the naive recount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from commun.horloge import hier
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.periodes import Pas, contenantes, contenues, lire
from indicateurs.publications.cellules import Cle, Decompte, est_publie, groupements
from indicateurs.publications.complements import DES_COMPLEMENTS, Partage
from indicateurs.publications.comptage import Entrees, denombrer, mois_de
from indicateurs.publications.contributions import reunir
from indicateurs.publications.figures import COMPTES
from indicateurs.publications.liens import relier
from indicateurs.secret import Cellule, Somme, Union
from indicateurs.secret.modele import par_cle, verifier
from tests.indicateurs.monde import Monde
from tests.indicateurs.naif import FLUIDES, Fait, Naif, personnes, tous_les_faits

pytestmark = pytest.mark.django_db
MAINTENANT = datetime(2024, 3, 10, 11, tzinfo=UTC)
PERIODES = ("2023-03", "2023-T4", "2023", "2024-02")
DU_NIVEAU = {
    Niveau.TYPE: "type", Niveau.ORGANISME: "organisme", Niveau.STRUCTURE: "structure",
    Niveau.ARRONDISSEMENT: "arrondissement",
}  # fmt: skip


@pytest.fixture(autouse=True)
def maintenant() -> Any:
    with time_machine.travel(MAINTENANT, tick=False):
        yield


def contributions(naif: Naif, code: str) -> list[Fait]:
    """The facts whose persons are behind a figure."""
    de = naif.de
    emises = [o for o in de("orientation") if (o.d or {})["statut"] != "ANNULEE"]
    echues = [o for o in emises if (o.d or {})["echue"] == "True" and o.personne]

    def qui_ajoutent(quoi: str) -> list[Fait]:
        return [fait for fait in de(quoi) if fait.nombre]

    sources: dict[str, Callable[[], list[Fait]]] = {
        "passages": lambda: de("passage"),
        "passages_personnes": lambda: de("passage"),
        "actes": lambda: de("acte"),
        "actes_personnes": lambda: de("acte"),
        "actes_infirmiers": lambda: de("acte", categorie="SOINS_INFIRMIERS"),
        "actes_acces_aux_droits": lambda: de("acte", categorie="ACCES_AUX_DROITS"),
        "materiel_distribue": lambda: qui_ajoutent("donne"),
        "materiel_recupere": lambda: qui_ajoutent("repris"),
        "rencontres": lambda: de("rencontre", issue="ECHANGE"),
        "rencontres_non_identifiees": list,
        "approches": lambda: de("rencontre"),
        "refus": lambda: de("rencontre", issue="REFUS"),
        "nuitees": lambda: de("nuitee"),
        "nuits_disponibles": lambda: de("forcee"),
        "entrees": lambda: de("entree"),
        "sorties": lambda: de("sortie"),
        "jours_de_sejour": lambda: qui_ajoutent("sortie"),
        "sorties_fluides": lambda: [
            s for s in de("sortie") if (s.d or {})["destination"] in FLUIDES
        ],
        "sorties_hors_deces": lambda: [
            s for s in de("sortie") if (s.d or {})["motif"] != "DECES"
        ],
        "file_active": lambda: de("presence"),
        "femmes": lambda: [p for p in de("presence") if p.personne and p.personne.genre == "F"],
        "genre_connu": lambda: [
            p for p in de("presence") if p.personne and p.personne.genre != "NON_RENSEIGNE"
        ],
        "orientations": lambda: emises,
        "orientations_annulees": lambda: de("orientation", statut="ANNULEE"),
        "orientations_echues": lambda: echues,
        "orientations_abouties": lambda: [o for o in echues if (o.d or {})["a_temps"] == "True"],
    }  # fmt: skip
    return sources[code]()


def compter(code: str, mois: Sequence[str] = (), pas: Pas | None = None) -> dict[Cle, Decompte]:
    """The cells of a period, or of some months of it, as everything is known now."""
    periodes = {m: lire(m)[1] for m in mois or mois_de(code)}
    reunir(periodes, None, periodes.keys())
    return denombrer(code, Entrees(tuple(periode.debut for periode in periodes.values())), pas)


def publiables() -> list[Fait]:
    """What is of the network alone is of no territory."""
    return [fait for fait in tous_les_faits(hier()) if fait.structure is not None]


def ranger(faits: list[Fait], niveau: Niveau, axe: str | None) -> dict[tuple[str, str], list[Fait]]:
    """Facts by territory and by value of the breakdown."""
    tas: dict[tuple[str, str], list[Fait]] = defaultdict(list)
    for fait in faits:
        territoire = fait.axe(DU_NIVEAU[niveau]) if niveau in DU_NIVEAU else ""
        if axe is None:
            tas[territoire, ""].append(fait)
        elif axe in {"genre", "age", *(fait.d or {})}:
            tas[territoire, fait.axe(axe)].append(fait)
    return tas


@pytest.mark.parametrize("graine", range(2))
def test_every_cell_and_the_persons_behind_it_are_the_naive_recount_s(graine: int) -> None:
    Monde(graine)
    faits = publiables()
    compares = restes = 0
    for periode in PERIODES:
        pas, jours = lire(periode)
        trouves = compter(periode)
        pendant = [fait for fait in faits if jours.debut <= fait.jour < jours.fin]
        attendus: dict[Cle, tuple[int, int | None]] = {}
        for niveau, axe in groupements(pas):
            for (territoire, valeur), siens in ranger(pendant, niveau, axe).items():
                naif = Naif(siens, jours.fin - timedelta(days=1))
                for indicateur in COMPTES:
                    if not est_publie(indicateur, niveau, axe):
                        continue
                    cle = Cle(periode, indicateur.code, niveau, territoire, axe or "", valeur)
                    if combien := naif(indicateur.code):
                        derriere = (
                            personnes(contributions(naif, indicateur.code))
                            if indicateur.de_personnes
                            else None
                        )
                        attendus[cle] = (combien, derriere)
        figures = {cle: d for cle, d in trouves.items() if cle.indicateur in PAR_CODE}
        non_nuls = {cle: (d.exacte, d.personnes) for cle, d in figures.items() if d.exacte}
        assert non_nuls == attendus
        compares += len(attendus)
        restes += verifier_les_restes(trouves, pendant, jours.fin - timedelta(days=1))
        trouves = figures
        for cle in trouves.keys() - attendus.keys():
            assert not cle.axe, cle
            assert cle.niveau in {Niveau.RESEAU, Niveau.STRUCTURE}, cle
    assert compares > 1_000
    assert restes > 500


def verifier_les_restes(trouves: dict[Cle, Any], faits: list[Fait], dernier: Any) -> int:
    """What a figure has beyond its parts, and who is behind it: the facts of the whole that are
    not those of a part."""
    par_lieu: dict[tuple[str, str], dict[tuple[str, str], list[Fait]]] = {}
    compares = 0
    for cle, reste in trouves.items():
        complement = DES_COMPLEMENTS.get(cle.indicateur)
        if complement is None:
            continue
        ici = cle.niveau, cle.axe
        if ici not in par_lieu:
            par_lieu[ici] = ranger(faits, Niveau(cle.niveau), cle.axe or None)
        naif = Naif(par_lieu[ici].get((cle.territoire, cle.code), []), dernier)
        grand = naif(complement.grand)
        assert reste.exacte == grand - sum(naif(petit) for petit in complement.petits), cle
        if complement.partage is not Partage.SOMME:
            assert reste.personnes == reste.exacte
        else:
            siens = contributions(naif, complement.grand)
            autres = [id(f) for petit in complement.petits for f in contributions(naif, petit)]
            assert reste.personnes == personnes([f for f in siens if id(f) not in autres]), cle
        compares += 1
    return compares


@pytest.mark.parametrize("graine", range(2))
def test_links_are_true_of_any_world_and_tie_every_cell(graine: int) -> None:
    """All cuts of a year together; and but for what nobody is behind, no cell stands alone."""
    Monde(graine)
    comptes = {}
    for code in ("2023", *contenues("2023", Pas.TRIMESTRE), *contenues("2023", Pas.MOIS)):
        comptes.update(compter(code))
    liens = relier(comptes)
    cellules = [Cellule(cle, d.exacte, d.personnes or 0) for cle, d in comptes.items()]
    verifier(par_cle(cellules), liens)  # raises where one is false
    lies: set[Any] = set()
    for lien in liens:
        lies |= {*vars(lien).values()} - {None} if not isinstance(lien, Somme | Union) else {
            *lien.parts, lien.total if isinstance(lien, Somme) else lien.union,
        }  # fmt: skip
    seules = {cle for cle, d in comptes.items() if d.exacte and d.personnes and cle not in lies}
    assert not seules
    # A year is its quarters and its months, in each of the two ways.
    annuelles = [
        lien
        for lien in liens
        if isinstance(lien, Somme)
        and (lien.total.periode, lien.total.indicateur) == ("2023", "passages")  # type: ignore[attr-defined]
        and lien.parts[0].periode != "2023"  # type: ignore[attr-defined]
    ]
    assert {lire(lien.parts[0].periode)[0] for lien in annuelles} == {Pas.MOIS, Pas.TRIMESTRE}  # type: ignore[attr-defined]


def test_a_period_s_code_says_what_it_is_in() -> None:
    assert contenantes("2024-05") == ("2024-T2", "2024")
    assert contenantes("2024-T4") == ("2024",)
    assert contenues("2024-T1", Pas.MOIS) == ("2024-01", "2024-02", "2024-03")
    assert len(contenues("2024", Pas.MOIS)) == 12
    for faux in ("2024-13", "2024-T5", "24", "2024-1", "1999", "2024-00", "２０２４"):
        with pytest.raises(ValueError, match=faux):
            lire(faux)
