"""What is known only some time after a period: orientations whose 30 days must be over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from contacts.models import Contact
from coordination.fusions import fusionner
from coordination.models import Orientation
from coordination.services import rapprocher_marques
from hebergement.enums import Dispositif
from hebergement.occupation import recalculer_tout
from indicateurs.catalogue import PAR_CODE
from indicateurs.models import Chiffre, Publication
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, lire
from indicateurs.publications import preparation
from indicateurs.publications.changements import changements
from indicateurs.publications.lecture import Perimetre, series_publiees
from indicateurs.publications.masquage import Indefendable, choisir
from indicateurs.publications.preparation import preparer_ce_qui_est_du, signer
from socle.models import Personne, Structure, Utilisateur
from tests.factories import (
    OrganismeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SiteFactory,
    StructureFactory,
)
from tests.indicateurs.test_revisions_voisines import exacte, lu
from tests.indicateurs.test_voisines import publier

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("coordinatrice")]
MOIS = ("2024-01", "2024-02", "2024-03")
COHORTE = {"orientations_echues", "orientations_abouties", "taux_orientations_abouties"}


@pytest.fixture
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 1, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def chaque_jour(ici: Structure, la: Structure, jours: int) -> None:
    """From the 1st of January, one person a day is oriented; of three, two arrive at once."""
    matin = datetime(2024, 1, 1, 9, tzinfo=UTC)
    for n, personne in enumerate(PersonneFactory.create_batch(jours, organisme=ici.organisme)):
        quand = matin + timedelta(days=n)
        OrientationFactory(personne=personne, structure=la, structure_origine=ici,
                           saisi_le=quand, survenu_le=quand)  # fmt: skip
        if n % 3 < 2:
            PassageFactory(structure=la, personne=personne, survenu_le=quand + timedelta(hours=1))


def orienter(ici: Structure, la: Structure, gens: Iterable[Personne | None], mois: int = 1) -> None:
    """In the middle of a month; nobody arrives."""
    quand = datetime(2024, mois, 15, 12, tzinfo=UTC)
    for personne in gens:
        OrientationFactory(personne=personne, structure=la, structure_origine=ici,
                           saisi_le=quand, survenu_le=quand)  # fmt: skip


def publier_tot(horloge: Any, *codes: str) -> None:
    """Each on the 5th that follows it, before its last orientations have had their 30 days."""
    for rang, code in enumerate(codes):
        le_5 = datetime.combine(lire(code)[1].fin, time(10), UTC) + timedelta(days=4)
        horloge.move_to(le_5 + timedelta(hours=rang))
        publier(horloge, code)


def signer_ce_qui_est_du(horloge: Any, par: Utilisateur) -> list[str]:
    """All that the daily task prepares until it has no more, each signed."""
    codes = []
    while code := preparer_ce_qui_est_du():
        horloge.shift(timedelta(minutes=1))
        signer(Publication.objects.get(statut="PREPAREE", periode=code[0]), par)
        horloge.shift(timedelta(minutes=1))
        codes += code
    return codes


@pytest.mark.timeout(300)
def test_what_is_signed_early_has_no_cohort_and_is_signed_again_with_all_of_it(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    la = StructureFactory(organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 3, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 91)
    publier_tot(horloge, *MOIS[:2])
    assert not Chiffre.objects.filter(indicateur__in=COHORTE).exists()
    signees = []
    for mois, jour in ((4, 5), (5, 2)):
        horloge.move_to(datetime(2024, mois, jour, 10, tzinfo=UTC))
        signees.append(signer_ce_qui_est_du(horloge, coordinatrice))
    # January and February are all over on the 5th of April, March and the quarter later.
    assert signees == [[*MOIS, "2024-T1"], ["2024-03", "2024-T1"]]
    for code in (*MOIS, "2024-T1"):
        periode = lire(code)[1]
        rangs = range(
            (periode.debut - date(2024, 1, 1)).days, (periode.fin - date(2024, 1, 1)).days
        )
        premiere, seconde = Publication.objects.filter(periode=code).order_by("revision")
        assert not premiere.chiffres.filter(indicateur__in=COHORTE).exists()
        assert exacte(premiere, "orientations") == len(rangs)
        assert exacte(seconde, "orientations_echues") == len(rangs)
        assert exacte(seconde, "orientations_abouties") == sum(n % 3 < 2 for n in rangs)
        assert "Orientations abouties" in changements(premiere)["a_venir"]
        assert "Orientations abouties" in changements(seconde)["nouvelles"]
        assert not changements(seconde)["changes"]
        # The zero of who received none is told with the rest.
        assert exacte(seconde, "orientations_echues", niveau="STRUCTURE", territoire=la.code) == 0


def test_a_quarter_is_signed_again_before_its_months(horloge: Any, espace_repos: Structure) -> None:
    """They follow, and show what it has."""
    la = StructureFactory(organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 3, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 91)
    publier_tot(horloge, *MOIS)
    publier(horloge, "2024-T1")
    horloge.move_to(datetime(2024, 5, 2, 10, tzinfo=UTC))
    assert exacte(publier(horloge, "2024-T1"), "orientations_echues") == 91
    mois = [exacte(publier(horloge, f"2024-0{n}"), "orientations_echues") for n in (1, 2, 3)]
    assert mois == [31, 29, 31]
    assert exacte(publier(horloge, "2024-T1"), "orientations_echues") == 91


@pytest.mark.parametrize(("combien", "attendent"), [(1, True), (11, False), (30, False)])
def test_who_came_late_is_of_the_cohort_once_they_are_of_the_orientations(
    combien: int, attendent: bool, horloge: Any, espace_repos: Structure
) -> None:
    """Between a signature and the day when all is known: one waits, eleven do not."""
    la = StructureFactory(organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 1, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 31)
    horloge.move_to(datetime(2024, 2, 5, 10, tzinfo=UTC))
    publier(horloge, "2024-01")
    gens = PersonneFactory.create_batch(combien, organisme=espace_repos.organisme)
    orienter(espace_repos, la, gens)
    horloge.move_to(datetime(2024, 3, 5, 10, tzinfo=UTC))
    revue = publier(horloge, "2024-01")
    montrees = 31 if attendent else 31 + combien
    for figure, arrivees in (("orientations", montrees), ("orientations_echues", montrees),
                             ("orientations_abouties", 21)):  # fmt: skip
        assert exacte(revue, figure) == arrivees
    assert lu(revue, "orientations_echues").attente == 31 + combien - montrees
    # It is on the page, though the figure was not there before.
    page = changements(revue)
    dites = [
        (ligne["attend"], ligne["premiere"], ligne["tardives"])
        for ligne in page["autres"]
        if (ligne["libelle"], ligne["lieu"])
        == (PAR_CODE["orientations_echues"].libelle, "Ensemble du réseau")
    ]
    assert dites == ([(combien, True, None)] if attendent else [])
    assert PAR_CODE["orientations_echues"].libelle in page["nouvelles"]


def test_the_cohort_tells_of_nobody_who_came_late(horloge: Any, espace_repos: Structure) -> None:
    """Twelve a month are of nobody known: what is no cohort is theirs, and of nobody else."""
    la = StructureFactory(organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 3, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 91)
    for mois in (1, 2, 3):
        orienter(espace_repos, la, [None] * 12, mois)
    suite = (*MOIS, "2024-T1")
    publier_tot(horloge, *suite)
    orienter(espace_repos, la, [PersonneFactory(organisme=espace_repos.organisme)])
    horloge.move_to(datetime(2024, 5, 2, 10, tzinfo=UTC))
    revues = [publier(horloge, code) for code in suite]
    restent = [exacte(p, "orientations") - exacte(p, "orientations_echues") for p in revues]
    assert restent == [12, 12, 12, 36]


def test_who_was_moved_cancelled_or_merged_meanwhile(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    """One of each. The quarter comes before its months, so that nothing is corrected: the cohort is
    of who was told, and of their arrivals that are still to be found there."""
    la, ailleurs = StructureFactory.create_batch(2, organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 3, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 91)
    publier_tot(horloge, *MOIS)
    arrivees = list(Orientation.objects.filter(statut="ABOUTIE").order_by("survenu_le"))
    Orientation.objects.filter(pk=arrivees[0].pk).update(structure_origine=ailleurs)
    Orientation.objects.filter(pk=arrivees[1].pk).update(statut="ANNULEE")
    alias, gardee = arrivees[2].personne, arrivees[3].personne
    assert alias
    assert gardee
    fusionner(gardee=gardee, alias=alias, auteur=coordinatrice)
    horloge.move_to(datetime(2024, 5, 2, 10, tzinfo=UTC))
    revue = publier(horloge, "2024-T1")
    assert exacte(revue, "orientations_echues") == exacte(revue, "orientations") == 91
    venues, restees = (
        lu(revue, figure) for figure in ("orientations_abouties", "orientations_non_abouties")
    )
    # Who was moved, and who was cancelled, are not among them.
    assert venues.exacte == venues.personnes == len(arrivees) - 2
    assert restees.exacte == restees.personnes == 91 - venues.exacte


@pytest.mark.parametrize(
    ("signees", "jour"),
    [
        (("2024-01", "2024-02"), date(2024, 4, 8)),
        (("2024-03", "2024-04"), date(2024, 7, 10)),
        (("2024-T1", "2024-T2"), date(2024, 9, 10)),
    ],
)
def test_who_arrived_late_is_not_told_beside_arrivals_that_were_moved(
    signees: tuple[str, str], jour: date, horloge: Any, espace_repos: Structure
) -> None:
    """Twenty, from one period to the next, and one more there; what both are a part of has no
    cohort yet."""
    la = StructureFactory(organisme=espace_repos.organisme)
    mois = [lire(code)[1].fin.month - 1 for code in signees]
    gens = PersonneFactory.create_batch(60, organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 1, 31, 20, tzinfo=UTC))
    for m in mois:
        orienter(espace_repos, la, gens, m)
    quand = [datetime(2024, m, 20, 15, tzinfo=UTC) for m in mois]
    venues = [PassageFactory(structure=la, personne=p, survenu_le=quand[0]) for p in gens[:40]]
    for personne in gens[:20]:
        PassageFactory(structure=la, personne=personne, survenu_le=quand[1])
    rapprocher_marques()
    horloge.move_to(datetime.combine(jour, time(10), UTC))
    avant = [exacte(publier(horloge, code), "orientations_abouties") for code in signees]
    deplacees = [passage.pk for passage in venues[20:]]
    Contact.objects.filter(pk__in=deplacees).update(survenu_le=quand[1])
    PassageFactory(structure=la, personne=gens[50], survenu_le=quand[1])
    rapprocher_marques()
    revues = [publier(horloge, code) for code in signees]
    apres = [exacte(revue, "orientations_abouties") for revue in revues]
    assert avant == [40, 20]
    assert apres == [20, 40]
    assert lu(revues[1], "orientations_abouties").attente == 1


@pytest.mark.parametrize("periodes", [(*MOIS, "2024-T1"), ("2024-T1",)])
def test_no_zero_tells_where_somebody_waits(
    periodes: tuple[str, ...], horloge: Any, espace_repos: Structure
) -> None:
    """One, oriented late from where nobody was."""
    la = StructureFactory(organisme=espace_repos.organisme)
    ailleurs = StructureFactory(organisme=OrganismeFactory(), type="HSA", arrondissement="75003")
    horloge.move_to(datetime(2024, 3, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 91)
    publier_tot(horloge, *periodes)
    orienter(ailleurs, ailleurs, [PersonneFactory(organisme=espace_repos.organisme)])
    horloge.move_to(datetime(2024, 5, 2, 10, tzinfo=UTC))
    for code in periodes:
        publier(horloge, code)
    ici = {"RESEAU": "HSA", "TYPE": "HSA", "ORGANISME": ailleurs.organisme.code,
           "ARRONDISSEMENT": "75003"}  # fmt: skip
    dits = Chiffre.objects.filter(indicateur__startswith="orientations")
    assert dits.filter(indicateur="orientations_echues", niveau="TYPE").exists()
    for niveau, code in ici.items():
        assert not dits.filter(
            niveau=niveau, **{"code" if niveau == "RESEAU" else "territoire": code}
        )


@pytest.mark.parametrize("combien", [1, 5, 12])
@pytest.mark.parametrize("tot", [True, False])
def test_who_is_given_a_name_is_not_taken_from_those_without(
    tot: bool, combien: int, horloge: Any, espace_repos: Structure
) -> None:
    """Twelve, who were all that there was: a few wait on both sides, and twelve go over."""
    la = StructureFactory(organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 1, 31, 20, tzinfo=UTC))
    orienter(espace_repos, la, [None] * 12)
    if tot:
        publier_tot(horloge, *MOIS, "2024-T1")
    else:
        horloge.move_to(datetime(2024, 5, 2, 10, tzinfo=UTC))
        publier(horloge, *MOIS, "2024-T1")
    for orientation in Orientation.objects.all()[:combien]:
        personne = PersonneFactory(organisme=espace_repos.organisme)
        Orientation.objects.filter(pk=orientation.pk).update(personne=personne)
    horloge.move_to(datetime(2024, 6, 2, 10, tzinfo=UTC))
    for code in (MOIS[0], "2024-T1"):
        revue = publier(horloge, code)
        assert exacte(revue, "orientations") == 12
        assert exacte(revue, "orientations_echues") == (12 if combien == 12 else 0)


def test_who_is_given_a_name_is_counted_once(horloge: Any, espace_repos: Structure) -> None:
    """Twelve, and three women elsewhere who wait: the twelve are not told beside themselves."""
    la = StructureFactory(organisme=espace_repos.organisme)
    autre = StructureFactory(organisme=espace_repos.organisme, type="HSA")
    horloge.move_to(datetime(2024, 3, 31, 20, tzinfo=UTC))
    gens = PersonneFactory.create_batch(40, organisme=espace_repos.organisme)
    orienter(espace_repos, la, [*gens[:20], *[None] * 12])
    orienter(espace_repos, autre, [*gens[20:], *[None] * 3])
    horloge.move_to(datetime(2024, 5, 2, 10, tzinfo=UTC))
    publier(horloge, *MOIS, "2024-T1")
    for orientation in Orientation.objects.filter(personne=None):
        genre = "F" if orientation.structure == autre else "H"
        personne = PersonneFactory(organisme=espace_repos.organisme, genre=genre)
        Orientation.objects.filter(pk=orientation.pk).update(personne=personne)
    revue = publier(horloge, MOIS[0])
    assert exacte(revue, "orientations") == Orientation.objects.count()


def test_where_all_corrections_wait_the_cohort_is_of_what_is_told(
    horloge: Any, espace_repos: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve cancelled, which what was shown before would leave no room for."""
    la = StructureFactory(organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 1, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 31)
    publier_tot(horloge, MOIS[0])
    annulees = Orientation.objects.order_by("survenu_le").values("pk")[:12]
    Orientation.objects.filter(pk__in=annulees).update(statut="ANNULEE")
    essais = []

    def refuser(*ou: Any, corrigee: bool) -> Any:
        essais.append(corrigee)
        if corrigee:
            raise Indefendable("Rien n'est préparé.")
        return choisir(*ou, corrigee=corrigee)

    monkeypatch.setattr(preparation, "choisir", refuser)
    horloge.move_to(datetime(2024, 3, 5, 10, tzinfo=UTC))
    revue = publier(horloge, MOIS[0])
    assert essais == [True, False]
    assert exacte(revue, "orientations") == exacte(revue, "orientations_echues") == 31


def test_what_is_not_known_yet_is_no_zero(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    la = StructureFactory(organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 1, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 31)
    horloge.move_to(datetime(2024, 3, 2, 10, tzinfo=UTC))

    def lu(code: str) -> Any:
        serie = series_publiees(PAR_CODE[code], Pas.MOIS, Portee(), Perimetre())["series"][0]
        (point,) = serie["points"]
        return point["valeur"], point["secret"], point["retire"]

    publier(horloge, "2024-01")
    for code in COHORTE:
        assert lu(code) == (None, False, False)
    horloge.move_to(datetime(2024, 3, 3, 10, tzinfo=UTC))
    publier(horloge, "2024-01")
    assert lu("orientations_echues") == (31, False, False)


def test_a_year_signed_in_january_has_its_cohort_once_it_is_known(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    la = StructureFactory(organisme=espace_repos.organisme)
    horloge.move_to(datetime(2024, 12, 31, 20, tzinfo=UTC))
    chaque_jour(espace_repos, la, 60)

    lus = []
    for quand in ((2025, 1, 7), (2025, 2, 2)):
        horloge.move_to(datetime(*quand, 10, tzinfo=UTC))
        publier(horloge, "2024")
        serie = series_publiees(
            PAR_CODE["taux_orientations_abouties"], Pas.ANNEE, Portee(), Perimetre()
        )
        lus.append(serie["series"][0]["points"][0]["valeur"])
    assert lus == [None, Decimal("0.6667")]


@pytest.mark.parametrize("figure", ["places_assore", "places"])
def test_places_of_a_quarter_are_those_of_its_last_night_where_there_are_none(
    figure: str, horloge: Any, espace_repos: Structure
) -> None:
    horloge.move_to(datetime(2024, 3, 10, 11, tzinfo=UTC))
    site = SiteFactory(structure=espace_repos, dispositif=Dispositif.ASSORE)
    ouverture = {"ouverte_le": date(2023, 1, 1), "fermee_le": date(2023, 5, 20)}
    PlaceFactory.create_batch(12, site=site, **ouverture)
    recalculer_tout()
    publier(horloge, "2023-04", "2023-05", "2023-06", "2023-T2", "2023")
    lues = {p.periode: exacte(p, figure) for p in Publication.objects.all()}
    assert lues == {"2023-04": 12, "2023-05": 0, "2023-06": 0, "2023-T2": 0, "2023": 0}
