"""Whoever pulls everything that is published, of every period and breakdown, pins nothing."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from indicateurs.enums import Niveau
from indicateurs.models import Chiffre, Partenaire
from indicateurs.publications.preparation import preparer, signer
from socle.enums import Genre
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    OrganismeFactory,
    PassageFactory,
    PersonneFactory,
    StructureFactory,
    UtilisateurFactory,
)
from tests.indicateurs.attaquant import Attaquant

pytestmark = pytest.mark.django_db
SERIES = "/api/v1/indicateurs/series/"
# In the order in which they are published: a quarter after its months, the year at the end.
PERIODES = [
    "2023-01", "2023-02", "2023-03", "2023-T1", "2023-T2", "2023-T3", "2023-T4", "2023",
]  # fmt: skip
PAS = ("mois", "trimestre", "annee")
DE_LA_PERSONNE = {"genre", "age"}
# The directory is public: which structure is of which kind, association and place.
ANNUAIRE: dict[str, Callable[[Structure], str]] = {
    "type": lambda s: s.type,
    "organisme": lambda s: s.organisme.code,
    "arrondissement": lambda s: s.arrondissement,
}


@pytest.fixture(autouse=True)
def maintenant() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False):
        yield


def peupler(graine: int) -> list[Structure]:
    """Few centres, a skewed public: many who come once, some who come often, a few of each kind."""
    hasard = random.Random(graine)
    organismes = OrganismeFactory.create_batch(2)
    structures = [
        StructureFactory(
            organisme=organismes[n % 2], type=sorte, arrondissement=lieu, code=f"centre-{n}"
        )
        for n, (sorte, lieu) in enumerate(
            [("ESPACE_REPOS", "75018"), ("CAARUD", "75018"), ("CAARUD", "75019"), ("HSA", "75010")]
        )
    ]
    genres = [Genre.H] * 12 + [Genre.F] * 3 + [Genre.NON_RENSEIGNE] * 2 + [Genre.AUTRE]
    for _ in range(130):
        personne = PersonneFactory(
            organisme=organismes[0], genre=hasard.choice(genres),
            annee_naissance=hasard.choice([None, 1950, 1970, 1985, 1990, 2001]),
        )  # fmt: skip
        for _ in range(hasard.choice([1, 1, 1, 2, 3, 6])):
            (structure,) = hasard.choices(structures, [12, 6, 2, 1])
            passage = PassageFactory(
                structure=structure, personne=personne,
                survenu_le=datetime(
                    2023, hasard.randrange(1, 7), hasard.randrange(1, 28), 12, tzinfo=UTC
                ),
            )  # fmt: skip
            if hasard.random() < 0.4:
                ActeFactory(contact=passage.contact)
    return structures


class Partenaires:
    """All partners pooled, and what everybody knows of such figures; nothing of how they are
    masked."""

    def __init__(self, client: Any, structures: list[Structure]) -> None:
        self.client, self.structures = client, structures
        self.attaquant = Attaquant()
        self.masques: set[Any] = set()
        self.noms: set[Any] = set()

    def noter(self, cle: Any, point: dict[str, Any]) -> bool:
        """Whether the figure makes sense there."""
        if point["secret"]:
            assert point["valeur"] is None
            self.masques.add(cle)
            self.attaquant.voit(cle, None)
        elif point["retire"]:
            self.attaquant.devine(cle)
        elif point["valeur"] is None:
            return False
        else:
            self.attaquant.voit(cle, point["valeur"])
        self.noms.add(cle)
        return True

    def demander(self, code: str, additif: bool, pas: str, axe: str | None, structure: str) -> None:
        demande = {"indicateur": code, "par": pas, "annee": 2023}
        demande |= {"ventilation": axe} if axe else {}
        demande |= {"structure": structure} if structure else {}
        reponse = self.client.get(SERIES, demande)
        if reponse.status_code == 400:
            return
        assert reponse.status_code == 200, reponse.json()
        series = reponse.json()["series"]
        for rang, point in enumerate(series[0]["points"]):
            periode = point["periode"]
            total = (code, periode, structure, "", "")
            if not self.noter(total, point):
                continue
            parts = []
            for serie in series[1:]:
                # One structure is the same cell, asked for as a place or as a part.
                part = (
                    (code, periode, serie["code"], "", "")
                    if axe == "structure"
                    else (code, periode, structure, axe, serie["code"])
                )
                if self.noter(part, serie["points"][rang]):
                    parts.append(part)
            if axe and parts:
                if additif or axe in DE_LA_PERSONNE:
                    self.attaquant.sait_somme(total, parts)
                else:
                    self.attaquant.sait_union(total, parts)

    def savoir_des_lieux(self, codes: dict[str, bool]) -> None:
        for code, additif in codes.items():
            for periode in {nom[1] for nom in self.noms}:
                for axe, de in ANNUAIRE.items():
                    for valeur in {de(s) for s in self.structures}:
                        groupe = (code, periode, "", axe, valeur)
                        parts = [
                            (code, periode, s.code, "", "")
                            for s in self.structures
                            if de(s) == valeur and (code, periode, s.code, "", "") in self.noms
                        ]
                        if groupe in self.noms and parts:
                            savoir = self.attaquant.sait_somme if additif else (
                                self.attaquant.sait_union
                            )  # fmt: skip
                            savoir(groupe, parts)

    def savoir_du_temps(self, codes: dict[str, bool]) -> None:
        coupes = {
            "2023-T1": [["2023-01", "2023-02", "2023-03"]],
            "2023": [[f"2023-T{n}" for n in (1, 2, 3, 4)]],
        }
        for code, *reste in self.noms:
            for morceaux in coupes.get(reste[0], []):
                parts = [(code, morceau, *reste[1:]) for morceau in morceaux]
                if all(part in self.noms for part in parts):
                    savoir = self.attaquant.sait_somme if codes[code] else self.attaquant.sait_union
                    savoir((code, *reste), parts)

    def savoir_des_figures(self) -> None:
        """What one figure says of another, everywhere that both are told."""
        for nom in list(self.noms):
            for petite, grande in (
                ("passages_personnes", "passages"), ("passages_personnes", "file_active"),
                ("actes_personnes", "actes"), ("femmes", "file_active"), ("femmes", "genre_connu"),
                ("genre_connu", "file_active"), ("actes_infirmiers", "actes"),
            ):  # fmt: skip
                autre = (grande, *nom[1:])
                if nom[0] == petite and autre in self.noms:
                    self.attaquant.sait_borne(nom, autre)
            femmes = ("file_active", *nom[1:3], "genre", "F")
            if nom[0] == "femmes" and not nom[3] and femmes in self.noms:
                self.attaquant.sait_somme(nom, [femmes])


@pytest.mark.timeout(240)
@pytest.mark.parametrize("graine", [1])
def test_no_masked_cell_is_pinned_by_all_that_partners_can_obtain(
    graine: int, coordinatrice: Utilisateur, api: Api
) -> None:
    structures = peupler(graine)
    for periode in PERIODES:
        signer(preparer(periode), coordinatrice)
    ars = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    Partenaire.objects.create(utilisateur=ars, niveaux=Niveau.values, par_minute=6000)
    client = api(ars)
    catalogue = client.get("/api/v1/indicateurs/").json()["indicateurs"]
    voulus = {"passages", "passages_personnes", "file_active", "femmes", "genre_connu", "actes",
              "actes_personnes", "actes_infirmiers"}  # fmt: skip
    codes = {i["code"]: i["additif"] for i in catalogue if i["code"] in voulus}
    axes = {i["code"]: i["ventilations"] for i in catalogue}
    assert codes.keys() == voulus
    partenaires = Partenaires(client, structures)
    for code, additif in codes.items():
        for pas in PAS:
            for structure in ("", *(s.code for s in structures)):
                for axe in (None, *axes[code]):
                    if not structure or axe not in {"structure", "type", "organisme",
                                                    "arrondissement"}:  # fmt: skip
                        partenaires.demander(code, additif, pas, axe, structure)
    partenaires.savoir_des_lieux(codes)
    partenaires.savoir_du_temps(codes)
    partenaires.savoir_des_figures()
    unites = {i["code"]: i["unite"] for i in catalogue}
    vraies = _valeurs_exactes()
    masques = partenaires.masques
    largeurs = {
        cle: 10 if unites[cle[0]] == "personnes" else max(10, -(-vraies[cle] // 5))
        for cle in masques
    }
    assert len(largeurs) > 300
    assert not partenaires.attaquant.etroits(largeurs, vraies)
    montres = Chiffre.objects.filter(secret=False, retire=False, exacte__gt=0).count()
    print(f"{len(masques)} masqués, {montres} montrés")
    assert montres > len(masques) / 2


def _valeurs_exactes() -> dict[Any, int]:
    """What is not kept is zero, be it taken out."""
    vraies: dict[Any, int] = defaultdict(int)
    noms = {"TYPE": "type", "ORGANISME": "organisme", "ARRONDISSEMENT": "arrondissement"}
    for c in Chiffre.objects.filter(exacte__isnull=False).select_related("publication"):
        periode = c.publication.periode
        if c.niveau in noms:
            cle = (c.indicateur, periode, "", noms[c.niveau], c.territoire)
        else:
            cle = (c.indicateur, periode, c.territoire, c.axe, c.code)
        vraies[cle] = int(c.exacte or 0)
    return vraies
