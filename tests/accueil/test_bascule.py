"""A centre that turns over at another hour: the days follow, and only where they change."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from commun.horloge import PARIS, jour_paris
from contacts.models import Acte, Contact
from maraudes.models import Maraude
from maraudes.services import demarrer
from socle.models import Structure
from tests.concurrence import Fil, attendre_bloques
from tests.factories import ActeFactory, MaraudeFactory, PassageFactory, RencontreFactory

# A night that loses an hour, one that has two of the same, and an ordinary one.
SOIRS = [datetime(2023, 3, 25, 20), datetime(2023, 10, 28, 20), datetime(2023, 6, 10, 20)]


def places_des_lignes() -> dict[str, str]:
    """Where each row stands in its table: a row that is written again is elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid::text, ctid::text FROM contacts_contact "
            "UNION ALL SELECT uuid::text, ctid::text FROM contacts_acte"
        )
        return dict(cursor.fetchall())


@pytest.mark.django_db
def test_days_follow_the_hour_and_no_other_row_is_written(espace_repos: Structure) -> None:
    for soir in SOIRS:
        for heures in range(0, 24, 2):
            instant = (soir + timedelta(hours=heures)).replace(tzinfo=PARIS)
            passage = PassageFactory(structure=espace_repos, survenu_le=instant)
            # Done before the hour of the change, for somebody who came after it or before.
            ActeFactory(contact=passage.contact, survenu_le=instant - timedelta(hours=1))
    rencontre = RencontreFactory(maraude__equipe__structure=espace_repos)
    # There and back, by a whole night and by a quarter of an hour.
    for bascule in (time(6), time(5, 45), time(0)):
        avant, lignes = places_des_lignes(), [*Contact.objects.all(), *Acte.objects.all()]
        jours = {str(ligne.pk): ligne.jour for ligne in lignes}
        Structure.objects.filter(pk=espace_repos.pk).update(heure_bascule=bascule)
        apres = places_des_lignes()
        for modele in (Contact, Acte):
            for ligne in modele.objects.exclude(pk=rencontre.pk):
                voulu = jour_paris(ligne.survenu_le, bascule)
                assert ligne.jour == voulu
                contact = getattr(ligne, "contact", ligne)
                change = voulu != jours[str(ligne.pk)] or contact.jour != jours[str(contact.pk)]
                assert (apres[str(ligne.pk)] != avant[str(ligne.pk)]) == change
        assert apres[str(rencontre.pk)] == avant[str(rencontre.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_visit_is_recorded_while_the_hour_changes(espace_repos: Structure) -> None:
    nuit = datetime(2023, 6, 11, 2, tzinfo=PARIS)

    def bascule(heure: int) -> int:
        lignes = Structure.objects.filter(pk=espace_repos.pk)
        return int(lignes.update(heure_bascule=time(heure)))

    def venir() -> Any:
        passage = PassageFactory(structure=espace_repos, survenu_le=nuit)
        ActeFactory(contact=passage.contact, survenu_le=nuit)
        return passage

    for premier, second, voulu in (
        (venir, partial(bascule, 6), date(2023, 6, 10)),
        (partial(bascule, 0), venir, date(2023, 6, 11)),
        (venir, partial(bascule, 6), date(2023, 6, 10)),
    ):
        with transaction.atomic():
            premier()
            fil = Fil(second)
            attendre_bloques(1)
        fil.resultat()
        for modele in (Contact, Acte):
            assert set(modele.objects.values_list("jour", flat=True)) == {voulu}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("modeles", [(Contact, Contact), (Acte, Acte), (Acte, Contact),
                                     (Contact, Acte)])  # fmt: skip
def test_who_has_locked_a_visit_or_its_act_writes_them_while_the_hour_changes(
    espace_repos: Structure, modeles: tuple[type[Any], type[Any]]
) -> None:
    nuit = datetime(2023, 6, 11, 2, tzinfo=PARIS)
    contact = PassageFactory(structure=espace_repos, survenu_le=nuit).contact
    lignes = {Contact: contact, Acte: ActeFactory(contact=contact, survenu_le=nuit)}
    tenu, ecrit = (lignes[modele] for modele in modeles)

    def basculer() -> None:
        Structure.objects.filter(pk=espace_repos.pk).update(heure_bascule=time(6))

    with transaction.atomic():
        type(tenu).objects.select_for_update(no_key=True).get(pk=tenu.pk)
        fil = Fil(basculer)
        attendre_bloques(1)
        ecrit.save()
        tenu.save()
    fil.resultat()
    for modele in (Contact, Acte):
        assert modele.objects.get().jour == date(2023, 6, 10)


@pytest.mark.django_db(transaction=True)
def test_an_act_is_recorded_while_its_round_starts(espace_repos: Structure) -> None:
    """Planned for one day, started on the evening before: the act is of that evening too."""
    maraude = MaraudeFactory(equipe__structure=espace_repos, jour_prevu=date(2026, 1, 1))
    minuit_passe = datetime(2026, 1, 1, 0, 40, tzinfo=PARIS)
    contact = RencontreFactory(maraude=maraude, survenu_le=minuit_passe).contact

    def agir() -> Any:
        return ActeFactory(contact=contact, survenu_le=minuit_passe)

    with transaction.atomic():
        demarrer(maraude=maraude, debut_le=datetime(2025, 12, 31, 22, 30, tzinfo=PARIS))
        fil = Fil(agir)
        attendre_bloques(1)
    fil.resultat()
    assert Acte.objects.get().jour == date(2025, 12, 31)
    with transaction.atomic():
        agir()
        fil = Fil(
            lambda: Maraude.objects.filter(pk=maraude.pk).update(
                debut_le=datetime(2025, 12, 30, 22, 30, tzinfo=PARIS)
            )
        )
        attendre_bloques(1)
    fil.resultat()
    jours = {*Acte.objects.values_list("jour", flat=True), Contact.objects.get().jour}
    assert jours == {date(2025, 12, 30)}


@pytest.mark.django_db
def test_what_the_hour_wakes_is_planned_for_many_rows() -> None:
    """A session keeps the plans made for the single rows it has corrected: minutes, here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'contacts_rejouer_bascule'")
        assert cursor.fetchall() == [(["plan_cache_mode=force_custom_plan"],)]
