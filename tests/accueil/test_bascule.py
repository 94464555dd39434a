"""A centre that turns over at another hour: the days follow, and only where they change."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.db import connection

from commun.horloge import PARIS, jour_paris
from contacts.models import Acte, Contact
from socle.models import Structure
from tests.factories import ActeFactory, PassageFactory, RencontreFactory

pytestmark = pytest.mark.django_db
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
