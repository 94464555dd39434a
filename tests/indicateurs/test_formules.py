"""Each formula of the bilan, on a small world where what it must leave out is there too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commun.horloge import PARIS, maintenant
from coordination.services import rapprocher_marques
from hebergement.occupation import recalculer_tout
from indicateurs.bilan import calculer_bilan
from indicateurs.calcul import compter
from indicateurs.catalogue import PAR_CODE
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.sources import Axe
from socle.models import Equipe, Personne, Structure
from tests.factories import (
    ActeFactory,
    ContactFactory,
    EtapeFactory,
    FermetureFactory,
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SecteurFactory,
    SejourFactory,
    SiteFactory,
)

pytestmark = pytest.mark.django_db
MAI = datetime(2023, 5, 2, 9, tzinfo=UTC)


def valeur(code: str, structure: Structure | None = None, annee: int = 2023) -> Any:
    lignes = calculer_bilan(annee, structure)["indicateurs"]
    return next(ligne["valeur"] for ligne in lignes if ligne["code"] == code)


def test_encounters_are_exchanges_and_rounds_are_closed(equipe: Equipe) -> None:
    close = MaraudeFactory(
        equipe=equipe, statut="CLOTUREE", debut_le=MAI, fin_le=MAI + timedelta(hours=3)
    )
    MaraudeFactory(equipe=equipe, statut="EN_COURS", debut_le=MAI)
    MaraudeFactory(equipe=equipe, statut="ANNULEE", debut_le=MAI)
    MaraudeFactory(equipe=equipe, milieu="SURFACE", statut="CLOTUREE", debut_le=MAI, fin_le=MAI)
    for issue in ("ECHANGE", "ECHANGE", "REFUS", "INDISPONIBLE"):
        RencontreFactory(maraude=close, issue=issue, survenu_le=MAI)
    assert valeur("rencontres") == 2
    assert (valeur("maraudes_sous_sol"), valeur("maraudes_surface")) == (1, 1)


def test_the_file_active_is_who_was_met_cared_for_or_lodged(
    espace_repos: Structure, equipe: Equipe
) -> None:
    def personne(genre: str) -> Personne:
        nouvelle: Personne = PersonneFactory(organisme=espace_repos.organisme, genre=genre)
        return nouvelle

    venue, soignee, logee, refusante, passee = (personne(g) for g in "FFFHH")
    PassageFactory(structure=espace_repos, personne=venue, survenu_le=MAI)
    PassageFactory(structure=espace_repos, personne=venue, survenu_le=MAI)
    PassageFactory(structure=espace_repos, survenu_le=MAI)
    maraude = MaraudeFactory(
        equipe=equipe, statut="CLOTUREE", debut_le=MAI, fin_le=MAI + timedelta(hours=1)
    )
    refus = RencontreFactory(maraude=maraude, personne=refusante, issue="REFUS", survenu_le=MAI)
    soin = RencontreFactory(maraude=maraude, personne=soignee, issue="REFUS", survenu_le=MAI)
    ActeFactory(contact=soin.contact, survenu_le=MAI)
    site = SiteFactory(structure=espace_repos)
    SejourFactory(
        place=PlaceFactory(site=site), personne=logee,
        arrivee=date(2022, 12, 30), depart=date(2023, 1, 2),
    )  # fmt: skip
    # Without a night in the year: a same-day stay, and one that ended on its first day.
    SejourFactory(
        place=PlaceFactory(site=site), personne=passee,
        arrivee=date(2023, 3, 1), depart=date(2023, 3, 1),
    )  # fmt: skip
    SejourFactory(
        place=PlaceFactory(site=site), personne=passee,
        arrivee=date(2022, 12, 1), depart=date(2023, 1, 1),
    )  # fmt: skip
    assert refus.contact.personne == refusante
    assert valeur("file_active", espace_repos) == 3
    assert valeur("femmes", espace_repos) == 3
    assert valeur("passages", espace_repos) == 3


def test_nights_and_their_rate(espace_repos: Structure) -> None:
    site = SiteFactory(structure=espace_repos, dispositif="ASSORE")
    premiere, seconde = (PlaceFactory(site=site, ouverte_le=date(2023, 12, 22)) for _ in range(2))
    SejourFactory(place=premiere, arrivee=date(2023, 12, 22), depart=date(2023, 12, 27))
    FermetureFactory(place=seconde, debut=date(2023, 12, 27), fin=date(2024, 1, 5))
    recalculer_tout()
    # Ten nights of two places, five of them with one closed.
    assert valeur("nuitees", espace_repos) == 5
    assert float(valeur("taux_occupation", espace_repos)) == round(5 / 15, 4)
    assert valeur("places_assore", espace_repos) == 2


def test_orientations_without_the_cancelled_and_only_cohorts_that_are_over(
    espace_repos: Structure, autre_structure: Structure
) -> None:
    il_y_a = {jours: maintenant() - timedelta(days=jours) for jours in (1, 40, 41, 42)}

    def orienter(jours: int, **champs: Any) -> Personne:
        champs.setdefault("personne", PersonneFactory())
        OrientationFactory(
            structure_origine=espace_repos, structure=autre_structure,
            survenu_le=il_y_a[jours], **champs,
        )  # fmt: skip
        personne: Personne = champs["personne"]
        return personne

    def arriver(personne: Personne, instant: datetime) -> None:
        PassageFactory(structure=autre_structure, personne=personne, survenu_le=instant)

    arriver(orienter(40), il_y_a[40] + timedelta(days=29))
    arriver(orienter(41), il_y_a[41] + timedelta(days=31))
    arriver(orienter(1), il_y_a[1] + timedelta(hours=1))
    orienter(42, personne=None)
    orienter(42, decision="REFUSEE_PERSONNE", decidee_le=il_y_a[42])
    orienter(42, decision="ANNULEE", decidee_le=il_y_a[42])
    rapprocher_marques()
    annees = {il_y_a[jours].year for jours in il_y_a}
    assert sum(valeur("orientations", espace_repos, a) for a in annees) == 5
    assert sum(valeur("orientations_abouties", espace_repos, a) for a in annees) == 1


def test_all_that_happens_in_a_round_is_of_the_day_on_which_it_started(equipe: Equipe) -> None:
    """Also past midnight, on the night in which the year changes."""
    depart = datetime(2023, 12, 31, 22, 30, tzinfo=PARIS)
    minuit_passe = depart + timedelta(hours=2)
    maraude = MaraudeFactory(
        equipe=equipe, statut="CLOTUREE", debut_le=depart, fin_le=depart + timedelta(hours=4)
    )
    rencontre = RencontreFactory(
        maraude=maraude, personne=PersonneFactory(), survenu_le=minuit_passe
    )
    contact = rencontre.contact
    RemiseMaterielFactory(contact=contact, quantite_distribuee=3, survenu_le=minuit_passe)
    ActeFactory(contact=contact, survenu_le=minuit_passe, categorie="SOINS_INFIRMIERS")
    orientation = OrientationFactory(
        contact=contact, personne=contact.personne, structure_origine=equipe.structure,
        survenu_le=minuit_passe,
    )  # fmt: skip
    PassageFactory(
        structure=orientation.structure,
        personne=contact.personne,
        survenu_le=minuit_passe + timedelta(hours=10),
    )
    rapprocher_marques()
    for code, voulu in (
        ("rencontres", 1), ("materiel_distribue", 3), ("actes_infirmiers", 1), ("orientations", 1),
        ("orientations_abouties", 1), ("maraudes_sous_sol", 1), ("passages", 0),
    ):  # fmt: skip
        assert valeur(code) == voulu, code
        assert valeur(code, annee=2024) == (1 if code == "passages" else 0), code
    # Made without a contact, or at a centre, it is of its own date.
    OrientationFactory(structure_origine=equipe.structure, survenu_le=minuit_passe)
    passage = PassageFactory(structure=equipe.structure, survenu_le=MAI)
    OrientationFactory(
        contact=passage.contact, personne=None, structure_origine=equipe.structure,
        survenu_le=minuit_passe,
    )  # fmt: skip
    assert (valeur("orientations"), valeur("orientations", annee=2024)) == (1, 2)


def test_an_arrival_at_the_very_end_of_the_thirty_days_is_past_them(
    espace_repos: Structure, autre_structure: Structure, personne: Personne
) -> None:
    """`[t, t + 30 d)`, across no clock change."""
    OrientationFactory(
        personne=personne, structure_origine=espace_repos, structure=autre_structure,
        survenu_le=MAI,
    )  # fmt: skip
    arrivee = PassageFactory(
        structure=autre_structure, personne=personne, survenu_le=MAI + timedelta(days=30)
    )
    rapprocher_marques()
    assert valeur("orientations_abouties", espace_repos) == 0
    arrivee.contact.survenu_le -= timedelta(seconds=1)
    arrivee.contact.save()
    rapprocher_marques()
    assert valeur("orientations_abouties", espace_repos) == 1


def test_what_makes_no_sense_is_null(espace_repos: Structure, autre_structure: Structure) -> None:
    PassageFactory(structure=espace_repos, survenu_le=MAI)
    contact = ContactFactory(structure=espace_repos, survenu_le=MAI, saisi_le=MAI)
    RemiseMaterielFactory(contact=contact, quantite_distribuee=3, survenu_le=MAI)
    for code in ("passages", "places_assore", "taux_occupation", "nuitees", "rencontres"):
        assert valeur(code, autre_structure) is None, code
    assert valeur("passages", espace_repos) == 1
    assert valeur("places_assore", espace_repos) is None
    assert valeur("materiel_distribue", espace_repos) == 3
    assert valeur("materiel_distribue", autre_structure) == 0


@pytest.mark.parametrize(
    ("avant", "nouvelle"),
    [
        (date(2021, 5, 2), False),  # 24 months to the day
        (date(2021, 5, 1), True),
        (date(2021, 5, 31), False),
    ],
)
def test_new_is_who_did_not_come_for_24_months(
    avant: date, nouvelle: bool, espace_repos: Structure, personne: Personne
) -> None:
    for jour in (avant, MAI.date()):
        PassageFactory(
            structure=espace_repos, personne=personne,
            survenu_le=datetime(jour.year, jour.month, jour.day, 9, tzinfo=UTC),
        )  # fmt: skip
    periode = Periode.annee(2023)
    valeurs = compter([PAR_CODE["nouvelles_personnes"]], [periode], Portee())
    assert int(valeurs["nouvelles_personnes", None, 0] or 0) == nouvelle


def couvrir(code: str, axe: Axe | None = None) -> dict[str | None, Any]:
    """A figure of the weeks of May 2023, from its first Monday to its last Sunday."""
    mai = Periode(date(2023, 5, 1), date(2023, 5, 29))
    valeurs = compter([PAR_CODE[code]], [mai], Portee(), axe)
    return {valeur: nombre for (_, valeur, _), nombre in valeurs.items()}


def test_coverage_is_told_by_visits_targets_and_days_since(equipe: Equipe) -> None:
    """Four weeks of two sectors with a target, and others that have none or were left."""

    def visiter(secteur: Any, *jours: int, **champs: Any) -> None:
        for jour in jours:
            instant = datetime(2023, 5, jour, 9, tzinfo=UTC)
            cloturee = {"statut": "CLOTUREE", "debut_le": instant, "fin_le": instant}
            maraude = MaraudeFactory(
                equipe=equipe, milieu=secteur.milieu, jour_prevu=instant.date(),
                **(champs or cloturee),
            )  # fmt: skip
            EtapeFactory(maraude=maraude, secteur=secteur, statut="VISITEE")

    nord = SecteurFactory(milieu="SURFACE", arrondissement="75018", frequence_cible=2)
    sud = SecteurFactory(milieu="SOUS_SOL", arrondissement="75013", frequence_cible=1)
    libre = SecteurFactory(milieu="SOUS_SOL", arrondissement="75013", frequence_cible=None)
    quitte = SecteurFactory(milieu="SURFACE", arrondissement="75018", actif=False)
    jamais = SecteurFactory(milieu="SURFACE", arrondissement="75018", frequence_cible=3)
    visiter(nord, 2, 3, 4, 16)  # three times its first week, once its third
    visiter(sud, 3, 28)
    visiter(libre, 8)
    visiter(quitte, 27)
    visiter(nord, 25, statut="ANNULEE")
    visiter(jamais, 30)  # only after
    EtapeFactory(maraude=MaraudeFactory(equipe=equipe, milieu="SURFACE"), secteur=jamais)
    attendus: dict[str, dict[str | None, Any]] = {
        "semaines_visees": {None: 8, "SURFACE": 4, "SOUS_SOL": 4},
        "visites_des_semaines": {None: 6, "SURFACE": 4, "SOUS_SOL": 2},
        "visites_visees": {None: 12, "SURFACE": 8, "SOUS_SOL": 4},
        "part_des_visites_visees": {
            None: Decimal("0.5"), "SURFACE": Decimal("0.5"), "SOUS_SOL": Decimal("0.5")
        },
        "visites_par_semaine": {
            None: Decimal("0.75"), "SURFACE": Decimal(1), "SOUS_SOL": Decimal("0.5")
        },
        # On the 28th: 12 days in the north, none in the south, 20 where no target is.
        "jours_depuis_visite": {None: 12, "SURFACE": 12, "SOUS_SOL": 10},
    }  # fmt: skip
    for code, attendu in attendus.items():
        assert couvrir(code) == {None: attendu[None]}, code
        assert couvrir(code, Axe.MILIEU) == {m: v for m, v in attendu.items() if m}, code
    arrondissements = couvrir("jours_depuis_visite", Axe.ARRONDISSEMENT)
    assert arrondissements == {"75018": 12, "75013": 10}


def test_where_nobody_went_there_are_no_days_since() -> None:
    SecteurFactory(frequence_cible=1)
    assert couvrir("jours_depuis_visite") == {None: None}
    assert couvrir("visites_par_semaine") == {None: None}
    assert couvrir("visites_visees") == {None: 0}
