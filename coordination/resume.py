"""What a round amounts to, for the team that comes back and for coordination."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, F, Q, Sum, When

from contacts.enums import Issue
from contacts.models import Contact, RemiseMateriel
from coordination.enums import StatutOrientation
from coordination.models import Orientation
from maraudes.enums import StatutEtape
from maraudes.models import Maraude
from socle.enums import Genre


def resumer(maraude: Maraude) -> dict[str, Any]:
    """The figures of one round, as docs/definitions.md § 3: encounters are exchanges.

    The gender is the file's where the person is known and has one, else the one observed.
    """
    contacts = Contact.objects.filter(rencontre__maraude=maraude)
    echange = Q(issue=Issue.ECHANGE)
    totaux = contacts.aggregate(
        rencontres=Count("pk", filter=echange),
        identifiees=Count("pk", filter=echange & Q(personne__isnull=False)),
        refus=Count("pk", filter=Q(issue=Issue.REFUS)),
        indisponibles=Count("pk", filter=Q(issue=Issue.INDISPONIBLE)),
    )
    genre = Case(
        When(
            Q(personne__isnull=False) & ~Q(personne__genre=Genre.NON_RENSEIGNE),
            then=F("personne__genre"),
        ),
        default=F("genre_observe"),
    )
    par_genre = dict.fromkeys(Genre.values, 0) | dict(
        contacts.filter(echange)
        .annotate(genre=genre)
        .order_by()
        .values_list("genre")
        .annotate(Count("pk"))
    )
    materiel = (
        RemiseMateriel.objects.filter(contact__rencontre__maraude=maraude)
        .order_by("materiel")
        .values("materiel")
        .annotate(distribue=Sum("quantite_distribuee"), recupere=Sum("quantite_recuperee"))
    )
    orientations = Orientation.objects.filter(contact__rencontre__maraude=maraude).aggregate(
        emises=Count("pk", filter=~Q(statut=StatutOrientation.ANNULEE)),
        abouties=Count("pk", filter=Q(statut=StatutOrientation.ABOUTIE)),
    )
    etapes = list(maraude.etapes.select_related("secteur").order_by("ordre"))
    return {
        "maraude": str(maraude.pk),
        "statut": maraude.statut,
        "jour": maraude.jour,
        **totaux,
        "non_identifiees": totaux["rencontres"] - totaux["identifiees"],
        "par_genre": par_genre,
        "materiel": list(materiel),
        "orientations": orientations["emises"],
        "orientations_abouties": orientations["abouties"],
        "observations": maraude.observations.count(),
        "etapes_visitees": [e.secteur.code for e in etapes if e.statut == StatutEtape.VISITEE],
        "etapes_non_visitees": [
            e.secteur.code
            for e in etapes
            if e.statut in {StatutEtape.NON_VISITEE, StatutEtape.PREVUE}
        ],
        "etapes_inaccessibles": [
            e.secteur.code for e in etapes if e.statut == StatutEtape.INACCESSIBLE
        ],
    }
