"""Who is away is away wherever they are moved, whenever that is told, corrected or undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from commun.api.errors import Conflit
from coordination import fusions
from hebergement import services
from hebergement.models import Absence, Place, Sejour, Site
from hebergement.services.relogements import Portee
from socle.models import Structure, Utilisateur
from tests.administration.conftest import Console, console  # noqa: F401  (a fixture)
from tests.conftest import Api
from tests.factories import (
    AbsenceFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db
JOUR = date(2023, 5, 1)
UN_JOUR = timedelta(days=1)


def dans(jours: int) -> date:
    return JOUR + jours * UN_JOUR


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def site(espace_repos: Structure) -> Site:
    return SiteFactory(structure=espace_repos, presences_depuis=date(2022, 1, 1))


def une_place(site: Site) -> Place:
    return PlaceFactory(site=site, ouverte_le=date(2022, 1, 1))


@pytest.fixture
def sejour(site: Site) -> Sejour:
    return SejourFactory(place=une_place(site), arrivee=dans(-60))


def transferer(sejour: Sejour, jours: int) -> Sejour:
    return services.transferer(
        sejour=sejour, place=une_place(sejour.place.site), jour=dans(jours), auteur=None
    )


def fermer(sejour: Sejour, jours: int) -> Sejour:
    une_place(SiteFactory(presences_depuis=date(2022, 1, 1)))
    portee = Portee(sejour.place.site, dans(jours))
    services.fermer_des_places(
        uuid=sejour.pk, portee=portee, motif="Travaux",
        empreinte=services.planifier(portee).empreinte, auteur=None,
    )  # fmt: skip
    return Sejour.objects.get(suite_de=sejour)


def absente(sejour: Sejour, debut: int, fin: int | None = None, garde: int = 60) -> Absence:
    return AbsenceFactory(
        sejour=sejour, debut=dans(debut), fin=None if fin is None else dans(fin),
        garde_jusqu_au=dans(garde), motif="HOPITAL",
    )  # fmt: skip


def lues() -> list[tuple[int, int | None]]:
    absences = Absence.objects.order_by("debut").values_list("debut", "fin")
    return [((debut - JOUR).days, fin and (fin - JOUR).days) for debut, fin in absences]


def sans_signe(sejour: Sejour) -> int | None:
    return Sejour.objects.avec_presence().get(pk=sejour.pk).jours_sans


@pytest.mark.parametrize("bouger", [transferer, fermer])
@pytest.mark.parametrize(
    ("debut", "fin", "jour"),
    [
        (-45, None, -40), (-45, -5, -40), (-45, None, -45), (-45, -40, -30),
        # Told late: they were away since.
        (-30, None, -40), (-30, -20, -40),
    ],
)  # fmt: skip
def test_a_move_changes_nothing_of_an_absence(
    bouger: Callable[[Sejour, int], Sejour], debut: int, fin: int | None, jour: int, sejour: Sejour
) -> None:
    absente(sejour, debut, fin)
    suite = bouger(sejour, jour)
    assert lues() == [(debut, fin)]
    assert sans_signe(suite) == (0 if fin is None else -max(fin, jour))


@pytest.mark.parametrize("jour", [-1, -20, -50, -55])
@pytest.mark.parametrize(("debut", "fin"), [(-50, -3), (-50, None), (-15, -8), (-20, -18)])
def test_nor_does_the_correction_of_its_day(
    jour: int, debut: int, fin: int | None, sejour: Sejour
) -> None:
    absente(sejour, debut, fin)
    suite = transferer(sejour, -2)
    services.corriger(sejour=suite, auteur=None, arrivee=dans(jour))
    assert lues() == [(debut, fin)]
    assert sans_signe(suite) == (0 if fin is None else -max(fin, jour))
    assert services.clore_les_perdus_de_vue() == 0


@pytest.mark.parametrize("jours", [(-25, -22), (-35, -32), (-30, -28), (-8, -5), (-15, -12)])
def test_nor_of_both_days_of_a_stay_between_two(jours: tuple[int, int], sejour: Sejour) -> None:
    absente(sejour, -30)
    milieu = transferer(sejour, -20)
    derniere = transferer(milieu, -10)
    services.corriger(sejour=milieu, auteur=None, arrivee=dans(jours[0]), depart=dans(jours[1]))
    assert lues() == [(-30, None)]
    assert sans_signe(derniere) == 0


@pytest.mark.parametrize("prevu", [True, False])
def test_a_move_that_was_not_made_leaves_who_is_away_away(
    prevu: bool,
    sejour: Sejour,
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
) -> None:
    """And the stay as it was before."""
    absente(sejour, -45)
    suite = transferer(sejour, 5 if prevu else -40)
    console(coordinatrice).post(
        reverse("admin:hebergement_sejour_delete", args=[suite.pk]), {"post": "yes"}
    )
    (reste,) = Sejour.objects.all()
    assert (reste.pk, reste.depart) == (sejour.pk, None)
    assert lues() == [(-45, None)]
    assert sans_signe(reste) == 0


def test_it_ends_with_the_last_stay_and_not_before(sejour: Sejour) -> None:
    absente(sejour, -45)
    suite = transferer(transferer(sejour, -40), -30)
    services.cloturer(
        sejour=suite, depart=dans(-10), motif_sortie="DEPART_VOLONTAIRE", destination="RUE"
    )
    assert lues() == [(-45, -10)]
    with pytest.raises(IntegrityError, match="commence pendant"), transaction.atomic():
        absente(sejour, -9)
    with pytest.raises(IntegrityError, match="commence pendant"), transaction.atomic():
        absente(suite, -61)
    with pytest.raises(IntegrityError, match="absence_une_a_la_fois"), transaction.atomic():
        absente(suite, -50)
    with pytest.raises(Conflit) as refus:
        services.corriger(sejour=sejour, auteur=None, arrivee=dans(-44))
    assert refus.value.membres["obstacles"][0]["type"] == "ABSENCE"


def test_who_was_seen_before_the_move_was_back(sejour: Sejour) -> None:
    """A round that is told late."""
    absente(sejour, -30)
    suite = transferer(sejour, -10)
    services.constater(jour=dans(-20), constats=[{"sejour": sejour, "present": True}])
    assert lues() == [(-30, -20)]
    assert sans_signe(suite) == 10


def test_it_is_seen_and_written_from_wherever_they_are(
    api: Api, sejour: Sejour, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """By who has them, and by who had them meanwhile; by nobody else."""
    ailleurs = SiteFactory(presences_depuis=date(2022, 1, 1))
    absence = absente(sejour, -12)
    suite = services.transferer(
        sejour=sejour, place=une_place(ailleurs), jour=dans(-10), auteur=None
    )
    avant, apres, autre = (
        api(UtilisateurFactory(role="INTERVENANT", organisme=organisme))
        for organisme in (
            sejour.place.site.structure.organisme, ailleurs.structure.organisme,
            SiteFactory().structure.organisme,
        )
    )  # fmt: skip
    for client, vues in ((avant, 1), (apres, 1), (autre, 0)):
        lu = client.get("/api/v1/absences/").json()
        assert [a["uuid"] for a in lu["resultats"]] == [str(absence.pk)] * vues
    for cle in (sejour.pk, suite.pk):
        lu = apres.get("/api/v1/absences/", {"sejour": cle}).json()
        assert len(lu["resultats"]) == 1
    assert len(apres.get("/api/v1/absences/?sejour=ici").json()["erreurs"]) == 1
    liste = apres.get(f"/api/v1/sites/{ailleurs.pk}/constats/").json()
    assert (liste["absents"], liste["sejours"][0]["absence"]["motif"]) == (1, "HOPITAL")
    # One that is told where they are now is nothing of those who had them before.
    Absence.objects.update(fin=dans(-11))
    absente(suite, -3)
    assert len(avant.get("/api/v1/absences/").json()["resultats"]) == 1
    assert len(apres.get("/api/v1/absences/").json()["resultats"]) == 1


def test_a_stay_that_was_closed_and_reopened_has_no_end_that_nobody_told(
    sejour: Sejour, horloge: Any
) -> None:
    """A move was planned, that is not made."""
    suite = transferer(sejour, 10)
    transferer(suite, 20)
    horloge.shift(timedelta(days=31) - timedelta(days=23))
    Sejour.objects.filter(pk=sejour.pk).update(arrivee=dans(-70))
    assert services.clore_les_perdus_de_vue() == 1
    rouvert = services.rouvrir(sejour=sejour, auteur=None)
    assert (rouvert.depart, rouvert.motif_sortie) == (None, "")
    assert Sejour.objects.count() == 1


@pytest.mark.parametrize("graine", range(8))
def test_in_any_order_they_are_as_they_were_told(graine: int, sejour: Sejour) -> None:
    """Moves, corrections of their days and of the absences, and returns: an absence is what was
    told of it, whatever else was."""
    hasard = Random(graine)
    dites: dict[Any, list[Any]] = {}
    chaine = [sejour]
    for _ in range(25):
        quoi = hasard.choice(["bouger", "corriger", "absenter", "revenir", "voir"])
        chaine = list(Sejour.objects.sejours().order_by("demi_journees"))
        jour = dans(hasard.randrange(-59, 0))
        try:
            with transaction.atomic():
                if quoi == "bouger":
                    services.transferer(
                        sejour=chaine[-1], place=une_place(sejour.place.site), jour=jour,
                        auteur=None,
                    )  # fmt: skip
                elif quoi == "corriger" and len(chaine) > 1:
                    services.corriger(sejour=hasard.choice(chaine[1:]), auteur=None, arrivee=jour)
                elif quoi == "absenter":
                    fin = hasard.choice([None, jour + 4 * UN_JOUR])
                    absence = services.absenter(
                        sejour=hasard.choice(chaine), debut=jour, fin=fin, motif="CONGE"
                    )
                    dites[absence.pk] = [jour, fin]
                elif quoi == "revenir" and dites:
                    cle = hasard.choice(list(dites))
                    fin = dites[cle][0] + hasard.randrange(9) * UN_JOUR
                    Absence.objects.filter(pk=cle).update(fin=fin)
                    dites[cle][1] = fin
                elif quoi == "voir":
                    la = next(s for s in reversed(chaine) if s.arrivee <= jour)
                    services.constater(jour=jour, constats=[{"sejour": la, "present": True}])
                    for dite in dites.values():
                        if dite[0] < jour and (dite[1] is None or dite[1] > JOUR):
                            dite[1] = jour
        except (Conflit, IntegrityError):
            pass
        absences = Absence.objects.values_list("pk", "debut", "fin")
        assert {cle: [debut, fin] for cle, debut, fin in absences} == dites


# --- Told of a stay that is to come only, since its move was put off ------------------------------


@pytest.fixture
def reporte(sejour: Sejour) -> Sejour:
    """Moved five days ago, away from there for three, and then the move is put off by ten days."""
    suite = transferer(sejour, -5)
    absente(suite, -3)
    services.corriger(sejour=suite, arrivee=dans(5), auteur=None)
    return suite


@pytest.mark.parametrize("motif", ["DEPART_VOLONTAIRE", "DECES"])
@pytest.mark.parametrize("jour", [0, -2, 5])
def test_a_planned_move_that_is_not_made_leaves_the_absence_to_the_stay_before(
    sejour: Sejour, reporte: Sejour, motif: str, jour: int
) -> None:
    if motif == "DECES" and jour > 0:
        jour = -1
    services.cloturer(sejour=sejour, depart=dans(jour), motif_sortie=motif, destination="INCONNUE")
    assert not Sejour.objects.filter(pk=reporte.pk).exists()
    assert lues() == [(-3, jour)]
    assert Absence.objects.get().sejour == sejour


def test_nor_does_the_task_that_closes_stays_lose_one(site: Site) -> None:
    sejour = SejourFactory(place=une_place(site), arrivee=dans(-200))
    suite = transferer(sejour, -150)
    absente(suite, -120, -100)
    services.corriger(sejour=suite, arrivee=dans(5), auteur=None)
    assert services.clore_les_perdus_de_vue() == 1
    assert lues() == [(-120, -100)]


def test_the_hotel_is_closed_all_the_same(sejour: Sejour, reporte: Sejour) -> None:
    une_place(SiteFactory(presences_depuis=date(2022, 1, 1)))
    fermer(sejour, 2)
    chaine = list(Sejour.objects.sejours().order_by("demi_journees"))
    assert [s.arrivee for s in chaine] == [dans(-60), dans(2), dans(5)]
    assert lues() == [(-3, None)]
    assert Absence.objects.get().chaine == sejour.pk


def test_who_is_back_after_all_is_away_as_before(site: Site) -> None:
    """What the closing had ended goes on when it is taken back."""
    sejour = SejourFactory(place=une_place(site), arrivee=dans(-200))
    absente(sejour, -90, garde=-40)
    assert services.clore_les_perdus_de_vue() == 1
    (coupee,) = lues()
    assert coupee[1] is not None
    services.rouvrir(sejour=sejour, auteur=None)
    assert lues() == [(-90, None)]


def test_a_return_that_was_told_meanwhile_stands(site: Site) -> None:
    sejour = SejourFactory(place=une_place(site), arrivee=dans(-200))
    absente(sejour, -90, garde=-40)
    services.clore_les_perdus_de_vue()
    Absence.objects.update(fin=dans(-80))
    services.rouvrir(sejour=sejour, auteur=None)
    assert lues() == [(-90, -80)]


def corriger_l_arrivee(sejour: Sejour) -> Sejour:
    return services.corriger(sejour=sejour, arrivee=dans(-201), auteur=None)


def fusionner_le_dossier(sejour: Sejour) -> Sejour:
    fusions.fusionner(gardee=PersonneFactory(), alias=sejour.personne, auteur=None)
    return Sejour.objects.get(pk=sejour.pk)


def dire_un_transfert(sejour: Sejour) -> Sejour:
    return transferer(sejour, -150)


def dire_un_transfert_et_le_defaire(sejour: Sejour) -> Sejour:
    suite = transferer(sejour, -150)
    with services.suppression([suite.pk]):
        suite.delete()
    sejour.refresh_from_db()
    return sejour


def ne_rien_faire(sejour: Sejour) -> Sejour:
    return sejour


@pytest.mark.parametrize("prevu", [False, True])
@pytest.mark.parametrize(
    "entre",
    [ne_rien_faire, corriger_l_arrivee, fusionner_le_dossier, dire_un_transfert,
     dire_un_transfert_et_le_defaire],
)  # fmt: skip
def test_whatever_was_corrected_before_they_were_back(
    site: Site, entre: Callable[[Sejour], Sejour], prevu: bool
) -> None:
    sejour = SejourFactory(place=une_place(site), arrivee=dans(-200))
    absente(sejour, -90, garde=-40)
    if prevu:
        transferer(sejour, 5)
    assert services.clore_les_perdus_de_vue() == 1
    sejour.refresh_from_db()
    rouvert = services.rouvrir(sejour=entre(sejour), auteur=None)
    assert (rouvert.depart, rouvert.motif_sortie) == (None, "")
    assert lues() == [(-90, None)]
    assert services.rouvrir(sejour=rouvert, auteur=None).depart is None
