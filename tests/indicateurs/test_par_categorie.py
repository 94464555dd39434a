"""Acts per 100 visits of each category: the acts of one, the visits of all; live and published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from commun.horloge import PARIS
from contacts.enums import CategorieActe
from indicateurs.catalogue import INDICATEURS, PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.models import TOUS, Chiffre, Publication
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas
from indicateurs.publications import preparation
from indicateurs.publications.figures import RAPPORTS
from indicateurs.publications.lecture import Perimetre, series_publiees
from indicateurs.publications.masquage import Groupe, Masque
from indicateurs.publications.preparation import preparer, signer
from indicateurs.series import calculer_series
from indicateurs.sources import VOCABULAIRES, Axe
from socle.models import Structure, Utilisateur
from tests.factories import (
    ActeFactory,
    ContactFactory,
    PassageFactory,
    PersonneFactory,
    StructureFactory,
)

pytestmark = pytest.mark.django_db
MIDI = datetime(2023, 5, 10, 12, tzinfo=PARIS)
CODE = "actes_pour_100_passages"
RATIO = PAR_CODE[CODE]
ENSEMBLE = None


@pytest.fixture(autouse=True)
def _maintenant() -> Iterator[None]:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def centre(espace_repos: Structure) -> Structure:
    """Forty come; 20 are cared for, 30 wash."""
    passages = [
        PassageFactory(structure=espace_repos, personne=personne, survenu_le=MIDI)
        for personne in PersonneFactory.create_batch(40, organisme=espace_repos.organisme)
    ]
    for categorie, combien in (("SOINS_INFIRMIERS", 20), ("HYGIENE", 30)):
        for passage in passages[:combien]:
            ActeFactory(contact=passage.contact, categorie=categorie, survenu_le=MIDI)
    return espace_repos


def agir_dehors(structure: Structure, combien: int, categorie: str) -> None:
    """Acts of so many persons who did not come in."""
    for personne in PersonneFactory.create_batch(combien, organisme=structure.organisme):
        contact = ContactFactory(
            structure=structure, personne=personne, saisi_le=MIDI, cadre="MARAUDE", issue="REFUS"
        )
        ActeFactory(contact=contact, categorie=categorie, survenu_le=MIDI)


def points(series: dict[str, Any]) -> dict[str | None, dict[str, Any]]:
    return {serie["code"]: serie["points"][0] for serie in series["series"]}


def publies(pas: Pas, portee: Portee) -> dict[str | None, dict[str, Any]]:
    return points(series_publiees(RATIO, pas, portee, Perimetre(), Axe.CATEGORIE, 2023))


def publier(periode: str, par: Utilisateur) -> Publication:
    return signer(preparer(periode), par)


def test_each_category_is_divided_by_all_visits(centre: Structure) -> None:
    """A category without acts is 0 of them; where nobody came there is no ratio."""
    ferme = StructureFactory()
    PassageFactory(structure=ferme, survenu_le=MIDI.replace(year=2022))
    for portee, attendu in ((Portee(), Decimal(50)), (Portee(centre), Decimal(50)),
                            (Portee(ferme), None)):  # fmt: skip
        lus = points(calculer_series(RATIO, Pas.ANNEE, portee, Axe.CATEGORIE, 2023))
        assert lus["SOINS_INFIRMIERS"]["valeur"] == attendu
        assert lus["LOGEMENT"]["valeur"] == (None if attendu is None else 0)
    lus = points(calculer_series(RATIO, Pas.ANNEE, Portee(), Axe.CATEGORIE, 2023))
    assert lus.keys() == {ENSEMBLE, *CategorieActe}
    parts = sum(point["valeur"] for code, point in lus.items() if code is not ENSEMBLE)
    assert lus[ENSEMBLE]["valeur"] == parts == 125


def test_what_is_published_is_that_of_the_network_and_of_each_structure(
    centre: Structure, coordinatrice: Utilisateur
) -> None:
    for periode, pas, portees in (
        ("2023-T2", Pas.TRIMESTRE, [Portee()]), ("2023", Pas.ANNEE, [Portee(), Portee(centre)]),
    ):  # fmt: skip
        publier(periode, coordinatrice)
        for portee in portees:
            lus = publies(pas, portee)
            assert not any(point["secret"] for point in lus.values())
            assert {code: point["valeur"] for code, point in lus.items() if point["valeur"]} == {
                ENSEMBLE: 125, "SOINS_INFIRMIERS": 50, "HYGIENE": 75,
            }  # fmt: skip
            assert lus["LOGEMENT"]["valeur"] == 0


def test_a_ratio_is_masked_where_the_part_or_the_whole_is(
    centre: Structure, coordinatrice: Utilisateur
) -> None:
    """Twenty are cared for outside of a place where five came in, which is not told; three are
    vaccinated at the other one, which is not told either."""
    petite = StructureFactory(type="HSA", arrondissement="75010")
    for personne in PersonneFactory.create_batch(5, organisme=petite.organisme):
        PassageFactory(structure=petite, personne=personne, survenu_le=MIDI)
    agir_dehors(petite, 20, "SOINS_INFIRMIERS")
    agir_dehors(centre, 3, "DEPISTAGE_VACCINATION")
    publication = publier("2023", coordinatrice)
    toutes = {
        (c.indicateur, c.niveau, c.territoire, c.axe, c.code): c
        for c in publication.chiffres.all()
    }  # fmt: skip
    vues = set()
    for rang, ratio in toutes.items():
        if rang[0] != CODE or rang[3] != Axe.CATEGORIE:
            continue
        part = toutes.get(("actes", *rang[1:]))
        tout = toutes["passages", *rang[1:3], "", ""]
        masquees = (part is not None and part.secret, tout.secret)
        vues.add(masquees)
        assert ratio.secret == any(masquees), rang
        if not any(masquees):
            fait = part.valeur if part is not None and part.valeur else 0
            assert ratio.valeur == Decimal(fait) * 100 / Decimal(tout.valeur or 0), rang
        else:
            assert ratio.valeur is None
    assert vues >= {(False, False), (True, False), (False, True)}


@pytest.mark.parametrize(
    "retire",
    [
        Groupe("actes", Niveau.RESEAU, "", "categorie"),
        Groupe("passages", Niveau.RESEAU, TOUS, ""),
        Groupe("passages", Niveau.STRUCTURE, TOUS, ""),
        Groupe("actes", Niveau.STRUCTURE, "espace-repos-chapelle", "categorie"),
    ],
    ids=str,
)
def test_what_was_taken_out_tells_no_ratio_and_no_zero(
    retire: Groupe, centre: Structure, coordinatrice: Utilisateur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "choisir", lambda *_, **__: Masque(groupes={retire}))
    publication = publier("2023", coordinatrice)
    portee = Portee() if retire.niveau == Niveau.RESEAU else Portee(centre)
    lus = publies(Pas.ANNEE, portee)
    parts = [point for code, point in lus.items() if code is not ENSEMBLE]
    assert len(parts) == len(CategorieActe)
    assert all(p["retire"] and p["valeur"] is None and not p["secret"] for p in parts)
    siennes = Chiffre.objects.filter(
        publication=publication, indicateur=CODE, axe="categorie", niveau=retire.niveau
    )
    assert siennes.exists()
    assert not siennes.filter(retire=False).exists()
    # The others stay.
    autre = Portee(centre) if retire.niveau == Niveau.RESEAU else Portee()
    assert publies(Pas.ANNEE, autre)["HYGIENE"]["valeur"] == 75


def test_a_ratio_of_a_figure_that_was_taken_out_tells_no_zero(
    centre: Structure, coordinatrice: Utilisateur, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a kind of territory: no woman came to the second one, which is no row to be read."""
    autre = StructureFactory(type="HSA", arrondissement="75010")
    for structure, genre in ((centre, "F"), (centre, "H"), (autre, "H")):
        for personne in PersonneFactory.create_batch(15, genre=genre):
            PassageFactory(structure=structure, personne=personne, survenu_le=MIDI)
    retire = Groupe("femmes", Niveau.TYPE, TOUS, "")
    monkeypatch.setattr(preparation, "choisir", lambda *_, **__: Masque(groupes={retire}))
    publier("2023", coordinatrice)
    lus = points(
        series_publiees(PAR_CODE["part_femmes"], Pas.ANNEE, Portee(), Perimetre(), Axe.TYPE, 2023)
    )
    assert lus.pop(ENSEMBLE)["valeur"]
    assert {(p["valeur"], p["retire"]) for p in lus.values()} == {(None, True)}


def test_no_breakdown_is_promised_that_a_ratio_could_not_have() -> None:
    """What is divided has it; and what divides too, or its values are known beforehand."""
    for indicateur in INDICATEURS:
        if indicateur.rapport is None:
            continue
        haut, bas = (PAR_CODE[code] for code in indicateur.rapport[:2])
        assert set(indicateur.axes) <= set(haut.axes), indicateur.code
        assert set(indicateur.axes) - set(bas.axes) <= VOCABULAIRES.keys(), indicateur.code
    for indicateur in RAPPORTS:
        assert indicateur.rapport
        assert all(PAR_CODE[code].publie for code in indicateur.rapport[:2]), indicateur.code
