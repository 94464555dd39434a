"""What a verb has done to a person, to places and to requests, told before it stays."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from commun.horloge import aujourd_hui, en_clair
from hebergement.enums import EtatPlace
from hebergement.models import Absence, DemandeHebergement, Place, Proposition, Sejour
from socle.models import Personne


class Attentes:
    """The open requests of a person, and what is held for them, as of when this was made."""

    def __init__(self, personne: Personne) -> None:
        self.demandes = list(
            DemandeHebergement.objects.ouvertes()
            .filter(personne=personne.cle_suivie)
            .order_by("demandee_le", "pk")
        )
        self.tenues = list(
            Proposition.objects.filter(demande__in=self.demandes, issue="")
            .select_related("place__site")
            .order_by("pk")
        )

    def devenues(self, donnee: Place) -> tuple[str, ...]:
        """What has ended of it since, the person having been given this place, and what goes on."""
        ouvertes = set(
            DemandeHebergement.objects.ouvertes()
            .filter(pk__in=[d.pk for d in self.demandes])
            .values_list("pk", flat=True)
        )
        en_cours = set(
            Proposition.objects.filter(pk__in=[p.pk for p in self.tenues], issue="").values_list(
                "pk", flat=True
            )
        )
        lignes = []
        for d in self.demandes:
            dit = "reste ouverte" if d.pk in ouvertes else "est close : cette place y répond"
            lignes.append(
                f"La demande du {d.demandee_le:%d/%m/%Y} ({d.get_type_place_display()}) {dit}."
            )
        for p in self.tenues:
            proposition = f"La proposition de {p.place}, tenue jusqu'au {en_clair(p.expire_le)},"
            if p.pk in en_cours:
                lignes.append(f"{proposition} reste en cours.")
            elif p.place == donnee:
                lignes.append(f"{proposition} aboutit : la retenue devient séjour.")
            else:
                lignes.append(f"{proposition} prend fin : personne n'y est plus attendu.")
                lignes.append(etat_de(p.place, aujourd_hui()))
        return tuple(lignes)


def etat_de(place: Place, jour: date) -> str:
    """What a place is from a night on."""
    etat = Place.objects.avec_etat(jour).get(pk=place.pk).etat
    if etat == EtatPlace.LIBRE:
        return f"{place} est libre dès la nuit du {jour:%d/%m/%Y}."
    return f"{place}, la nuit du {jour:%d/%m/%Y} : {EtatPlace(etat).label.lower()}."


def place_donnee(sejour: Sejour, attentes: Attentes) -> tuple[str, ...]:
    """What giving a place has done."""
    jusque = f", jusqu'au départ du {sejour.depart:%d/%m/%Y}" if sejour.depart else ""
    return (
        f"{sejour.personne} a {sejour.place}, dès la nuit du {sejour.arrivee:%d/%m/%Y}{jusque}.",
        *_moment(sejour, "Le séjour"),
        *_forcage(sejour),
        *attentes.devenues(sejour.place),
    )


def transfert_fait(
    depuis: Sejour, suite: Sejour, absences: list[Absence], attentes: Attentes
) -> tuple[str, ...]:
    """What a transfer has done.

    Args:
        depuis: the stay that was moved, as it was before.
        absences: its own, as they were before.
    """
    jour = suite.arrivee
    lignes = [
        f"{suite.personne} va de {depuis.place} à {suite.place}, dès la nuit du {jour:%d/%m/%Y}."
    ]
    if suite.depart:
        lignes.append(f"Son départ reste au {suite.depart:%d/%m/%Y}.")
    lignes += _moment(suite, "Le transfert")
    lignes += _forcage(suite)
    lignes.append(etat_de(depuis.place, jour))
    gardees = set(Absence.objects.filter(sejour=suite).values_list("motif", flat=True))
    for absence in absences:
        if absence.motif in gardees:
            dit = f"continue à {suite.place}"
        else:
            dit = f"finit le {jour:%d/%m/%Y} : à {suite.place}, la personne est dite présente"
        lignes.append(f"Une absence est en cours ({absence}) : elle {dit}.")
    return (*lignes, *attentes.devenues(suite.place))


def absences_au(sejour: Sejour, jour: date) -> list[Absence]:
    """Those of a stay that are not over on a day."""
    encore = Q(fin=None) | Q(fin__gt=jour)
    return list(Absence.objects.filter(encore, sejour=sejour).order_by("debut"))


def proposition_retiree(proposition: Proposition) -> tuple[str, ...]:
    """What taking a proposition back has done."""
    place, demande = proposition.place, proposition.demande
    return (
        f"{place} n'est plus proposée à {demande.personne} : elle était tenue jusqu'au "
        f"{en_clair(proposition.expire_le)}.",
        etat_de(place, aujourd_hui()),
        f"La demande du {demande.demandee_le:%d/%m/%Y} garde son ancienneté et son rang.",
    )


def _moment(sejour: Sejour, quoi: str) -> tuple[str, ...]:
    jour = aujourd_hui()
    if sejour.arrivee > jour:
        return (f"{quoi} est prévu : il ne prend effet que ce jour-là.",)
    if sejour.arrivee < jour:
        return (f"{quoi} est saisi après coup : les nuits passées depuis sont recomptées.",)
    return ()


def _forcage(sejour: Sejour) -> tuple[str, ...]:
    if not sejour.motif_forcage:
        return ()
    return (
        f"Malgré une fermeture, avec pour motif « {sejour.motif_forcage} » : c'est une anomalie, "
        "qui sera listée.",
    )
