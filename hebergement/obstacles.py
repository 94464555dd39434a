"""What stands in the way of a stay, a closure or an opening, as far as the caller may know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, DateField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from commun.horloge import aujourd_hui
from hebergement.enums import Nature
from hebergement.models import Absence, Fermeture, Place, Sejour
from hebergement.models.places import DemiJournees
from hebergement.models.sejours import DemiJourneesDeSejour
from socle.models import Utilisateur

# Of the places where somebody could go instead.
MONTREES = 5


class Obstacle(TypedDict):
    """Never a person; where a person is only for who may see that stay."""

    type: str
    place: str | None
    du: str | None
    au: str | None
    sejour: str | None
    motif: str | None


def _texte(jour: date | None) -> str | None:
    return jour.isoformat() if jour else None


def _jour(jour: date | None) -> Cast:
    return Cast(Value(jour), DateField())


def _visibles(lignes: QuerySet[Sejour], utilisateur: Utilisateur | None) -> set[UUID]:
    vus = Sejour.objects.visibles_par(utilisateur or AnonymousUser()).sejours()
    return set(vus.filter(pk__in=[s.pk for s in lignes]).values_list("pk", flat=True))


def _occupations(lignes: QuerySet[Sejour], utilisateur: Utilisateur | None) -> list[Obstacle]:
    """The place is asked for by the caller, so that it is taken may be told, and until when."""
    visibles = _visibles(lignes, utilisateur)
    return [
        {
            "type": "PLACE_OCCUPEE" if s.nature == Nature.SEJOUR else "PLACE_RETENUE",
            "place": str(s.place_id),
            "du": _texte(s.arrivee),
            "au": _texte(s.depart),
            "sejour": str(s.pk) if s.pk in visibles else None,
            "motif": None,
        }
        for s in lignes
    ]


def personne_hebergee(lignes: QuerySet[Sejour], utilisateur: Utilisateur | None) -> list[Obstacle]:
    """Where and when a person sleeps is told only to who may see that stay."""
    visibles = _visibles(lignes, utilisateur)
    obstacles: list[Obstacle] = []
    for s in lignes:
        vu = s.pk in visibles
        obstacles.append(
            {
                "type": "PERSONNE_HEBERGEE",
                "place": str(s.place_id) if vu else None,
                "du": _texte(s.arrivee) if vu else None,
                "au": _texte(s.depart) if vu else None,
                "sejour": str(s.pk) if vu else None,
                "motif": None,
            }
        )
    return obstacles


def _hors_ouverture(place: Place, arrivee: date, depart: date | None) -> bool:
    if arrivee < place.ouverte_le:
        return True
    if place.fermee_le is None:
        return False
    return depart is None or depart > place.fermee_le or arrivee >= place.fermee_le


def _hors_de(sejour: Sejour) -> list[Absence]:
    """The absences that would begin before the first of the stays that follow each other, or after
    the last."""
    absences = Absence.objects.des_sejours([sejour.pk]).order_by("debut")
    hors = Q(pk=None)
    if sejour.suite_de_id is None:
        hors |= Q(debut__lt=sejour.arrivee)
    if sejour.depart is not None and not Sejour.objects.filter(suite_de=sejour.pk).exists():
        hors |= Q(debut__gt=sejour.depart)
    return list(absences.filter(hors))


def obstacles_au_sejour(
    sejour: Sejour, utilisateur: Utilisateur | None, sauf: Iterable[UUID] = ()
) -> list[Obstacle]:
    """What is in the way of these dates in this place, the stays `sauf` left out."""
    demi_journees = DemiJourneesDeSejour(_jour(sejour.arrivee), _jour(sejour.depart))
    autres = Sejour.objects.filter(demi_journees__overlap=demi_journees).exclude(pk__in=list(sauf))
    autres = autres.order_by("arrivee")
    obstacles = _occupations(autres.filter(place=sejour.place_id), utilisateur)
    if sejour.nature == Nature.SEJOUR:
        obstacles += personne_hebergee(
            # A stay that names an alias would have been the kept file's.
            autres.filter(
                Q(personne=sejour.personne_id) | Q(personne__aliases=sejour.personne_id),
                nature=Nature.SEJOUR,
            ),
            utilisateur,
        )
    if not sejour.motif_forcage:
        obstacles += [
            {
                "type": "PLACE_FERMEE",
                "place": str(f.place_id),
                "du": _texte(f.debut),
                "au": _texte(f.fin),
                "sejour": None,
                "motif": f.motif,
            }
            for f in Fermeture.objects.filter(
                place=sejour.place_id, demi_journees__overlap=demi_journees
            ).order_by("debut")
        ]
    obstacles += [
        {
            "type": "ABSENCE",
            "place": str(sejour.place_id),
            "du": _texte(a.debut),
            "au": _texte(a.fin),
            "sejour": str(sejour.pk),
            "motif": a.get_motif_display(),
        }
        for a in _hors_de(sejour)
    ]
    place = Place.objects.get(pk=sejour.place_id)
    if _hors_ouverture(place, sejour.arrivee, sejour.depart):
        obstacles.append(
            {
                "type": "HORS_OUVERTURE",
                "place": str(place.pk),
                "du": _texte(place.ouverte_le),
                "au": _texte(place.fermee_le),
                "sejour": None,
                "motif": None,
            }
        )
    return obstacles


def obstacles_a_la_fermeture(
    fermeture: Fermeture, utilisateur: Utilisateur | None
) -> list[Obstacle]:
    """The stays and holds that a closure would cover."""
    return obstacles_aux_fermetures(
        [fermeture.place_id], fermeture.debut, fermeture.fin, utilisateur
    )


def obstacles_aux_fermetures(
    places: Iterable[UUID], debut: date, fin: date | None, utilisateur: Utilisateur | None
) -> list[Obstacle]:
    """The stays and holds that a closure of these places would cover."""
    jours = DemiJournees(_jour(debut), _jour(fin))
    return _occupations(
        Sejour.objects.filter(place__in=places, demi_journees__overlap=jours).order_by(
            "arrivee", "pk"
        ),
        utilisateur,
    )


def obstacles_a_l_ouverture(place: Place, utilisateur: Utilisateur | None) -> list[Obstacle]:
    """The stays and holds that an opening would leave out."""
    jours = DemiJournees(_jour(place.ouverte_le), _jour(place.fermee_le))
    return _occupations(
        Sejour.objects.filter(place=place.pk)
        .exclude(demi_journees__contained_by=jours)
        .order_by("arrivee"),
        utilisateur,
    )


def prochaines_libres(place: Place) -> list[dict[str, Any]]:
    """A few places of the same kind that are free now, of the same site first."""
    ici = Case(When(site=place.site_id, then=0), default=1)
    jour = aujourd_hui()
    libres = Place.objects.libres(jour).filter(type=place.type).exclude(pk=place.pk)
    libres = libres.avec_a_deux(jour)
    return [
        {
            "place": str(libre.pk),
            "site": str(libre.site_id),
            "type": libre.type,
            "reservee_femmes": libre.reservee_femmes,
            "plain_pied": libre.plain_pied,
            "animaux_admis": libre.animaux_admis,
            "a_deux": libre.a_deux,
            "libre_jusqu_au": _texte(libre.libre_jusqu_au),
        }
        for libre in libres.order_by(ici, "site", "libelle")[:MONTREES]
    ]
