"""What a verb has done to a person, to places and to requests, told before it stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Q

from commun.horloge import aujourd_hui, en_clair
from hebergement.enums import EtatPlace, MotifSortie, StatutDemande
from hebergement.models import Absence, DemandeHebergement, Place, Proposition, Sejour
from socle.models import Personne

UN_JOUR = timedelta(days=1)


class Attentes:
    """The open requests of a person, what is held for them and where they are to stay, as of when
    this was made."""

    def __init__(self, personne: Personne, sauf: Sequence[Sejour] = ()) -> None:
        """
        Args:
            sauf: stays to come that are told of otherwise.
        """
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
        self.prevus = list(
            Sejour.objects.prevus(personne)
            .exclude(pk__in=[s.pk for s in sauf])
            .select_related("place__site")
            .order_by("demi_journees")
        )
        self.deces = Sejour.objects.filter(
            personne=personne.cle_suivie, motif_sortie=MotifSortie.DECES
        ).first()
        self.repondues = list(
            DemandeHebergement.objects.filter(sejour__in=self.prevus).order_by("demandee_le", "pk")
        )

    def apres_un_deces(self) -> tuple[str, ...]:
        if self.deces is None:
            return ()
        return (
            f"Attention : le décès de cette personne est dit, le {self.deces.depart:%d/%m/%Y}.",
        )

    def devenues(self, donnee: Place | None) -> tuple[str, ...]:
        """What has ended of it since, the person having been given this place, or having died, and
        what goes on."""
        close = "est close : cette place y répond" if donnee else "est annulée"
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
            dit = "reste ouverte" if d.pk in ouvertes else close
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
        restent = set(
            Sejour.objects.filter(pk__in=[s.pk for s in self.prevus]).values_list("pk", flat=True)
        )
        lignes += [
            f"Le séjour prévu le {s.arrivee:%d/%m/%Y} à {s.place} n'a pas lieu."
            for s in self.prevus
            if s.pk not in restent
        ]
        return (*lignes, *attendent_de_nouveau(self.repondues))


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
        *attentes.apres_un_deces(),
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
    lignes += [f"L'absence ({absence}) continue à {suite.place}." for absence in absences]
    return (*lignes, *attentes.devenues(suite.place))


class Prevus:
    """What would follow a stay, as of when this was made: the moves that are planned, and the
    requests that they answer."""

    def __init__(self, sejour: Sejour) -> None:
        chaine = [sejour]
        while suite := Sejour.objects.filter(suite_de=chaine[-1]).select_related("place__site"):
            chaine += suite
        self.suites = chaine[1:]
        self.demandes = list(
            DemandeHebergement.objects.filter(sejour__in=self.suites).order_by("demandee_le", "pk")
        )

    def abandonnes(self) -> tuple[str, ...]:
        """What of it is not made any more."""
        restent = set(
            Sejour.objects.filter(pk__in=[s.pk for s in self.suites]).values_list("pk", flat=True)
        )
        lignes = [
            f"Le transfert prévu le {s.arrivee:%d/%m/%Y} vers {s.place} n'a pas lieu."
            for s in self.suites
            if s.pk not in restent
        ]
        return (*lignes, *attendent_de_nouveau(self.demandes))


def attendent_de_nouveau(demandes: Sequence[DemandeHebergement]) -> tuple[str, ...]:
    """Of requests that had led to a stay, what has become of those whose stay is gone."""
    relues = DemandeHebergement.objects.in_bulk([d.pk for d in demandes])
    return tuple(
        f"La demande du {d.demandee_le:%d/%m/%Y} ({d.get_type_place_display()}) "
        + ("est annulée." if issue else "attend de nouveau une place.")
        for d in demandes
        if (issue := relues[d.pk].issue) != StatutDemande.ABOUTIE
    )


def reprises(sejours: Sequence[Sejour]) -> list[str]:
    """Where somebody would be again, were these stays deleted that moved them."""
    cles = {s.pk: s for s in sejours}
    dits = []
    for sejour in sejours:
        if sejour.suite_de is None or sejour.suite_de_id in cles:
            continue
        dernier = sejour
        while suite := next((s for s in sejours if s.suite_de_id == dernier.pk), None):
            dernier = suite
        jusque = f"jusqu'au {dernier.depart:%d/%m/%Y}" if dernier.depart else "sans fin dite"
        if dernier.motif_sortie == MotifSortie.DECES:
            jusque += ", avec le décès"
        dits.append(f"Le séjour d'avant le transfert, à {sejour.suite_de.place}, reprend {jusque}.")
    return dits


def demandes_sans_sejour(sejours: Sequence[Sejour]) -> list[str]:
    """What would become of the requests that led to these stays, and of those that a death which
    they tell has closed, were they deleted."""
    cles = {s.pk: s for s in sejours}
    dits = {s.personne_id for s in sejours if s.motif_sortie == MotifSortie.DECES}
    morts = set(
        Sejour.objects.exclude(pk__in=cles)
        .filter(personne__in={s.personne_id for s in sejours}, motif_sortie=MotifSortie.DECES)
        .values_list("personne", flat=True)
    )
    # A move that is not made leaves the death to the stay before.
    for sejour in sejours:
        avant = sejour.suite_de_id if sejour.motif_sortie == MotifSortie.DECES else None
        while avant in cles:
            avant = cles[avant].suite_de_id
        if avant is not None:
            morts.add(sejour.personne_id)
    closes = DemandeHebergement.objects.closes_par_un_deces(dits - morts)
    demandes = (DemandeHebergement.objects.filter(sejour__in=cles) | closes).distinct()
    return [
        f"La demande du {d.demandee_le:%d/%m/%Y} ({d.get_type_place_display()}) de {d.personne} "
        + ("sera annulée : la personne est décédée." if d.personne_id in morts
           else "attendra de nouveau une place.")
        for d in demandes.select_related("personne").order_by("demandee_le", "pk")
    ]  # fmt: skip


def depart_dit(
    sejour: Sejour, absences: Sequence[Absence], prevus: Prevus, attentes: Attentes
) -> tuple[str, ...]:
    """What telling that somebody has left has done.

    Args:
        absences: those of the stay that went on then, as they were before.
    """
    depart = sejour.depart
    assert depart is not None
    lignes = [
        f"{sejour.personne} n'a plus {sejour.place} à partir de la nuit du {depart:%d/%m/%Y}.",
    ]
    if depart < aujourd_hui():
        lignes.append("Le départ est saisi après coup : les nuits depuis sont recomptées.")
    elif depart > aujourd_hui():
        lignes.append("Le départ est prévu : la place reste occupée jusque-là.")
    vus = sejour.constats.confirmes().filter(jour__gte=depart).order_by("-jour")
    if (vu := vus.first()) is not None:
        lignes.append(f"Attention : une présence a été constatée ici le {vu.jour:%d/%m/%Y}.")
    lignes.append(etat_de(sejour.place, max(depart, aujourd_hui())))
    lignes += [f"Une absence est en cours ({a}) : elle finit le même jour." for a in absences]
    lignes += prevus.abandonnes()
    if sejour.motif_sortie == MotifSortie.DECES:
        lignes += attentes.devenues(None)
    return tuple(lignes)


def place_proposee(
    proposition: Proposition, rang: int | None, manques: Sequence[str]
) -> tuple[str, ...]:
    """What proposing a place has done.

    Args:
        rang: of the request, among those for the same kind of place.
        manques: what the place lacks for it.
    """
    place, demande, retenue = proposition.place, proposition.demande, proposition.retenue
    assert retenue is not None
    assert retenue.depart is not None
    heures = place.site.heures_pour_repondre
    lignes = [
        f"{place} est retenue pour {demande.personne} dès maintenant, pendant {heures} heures : "
        "personne d'autre ne peut la prendre.",
        f"La dernière nuit retenue est celle du {retenue.depart - UN_JOUR:%d/%m/%Y}. Sans réponse, "
        "la place est libre, et la demande garde son ancienneté et son rang.",
    ]
    if rang is not None and rang > 1:
        lignes.append(f"Cette demande est au rang {rang} : d'autres attendent avant elle.")
    if demande.type_place != place.type:
        lignes.append(
            f"Il est demandé une place {demande.get_type_place_display()} ; celle-ci est une place "
            f"{place.get_type_display()}."
        )
    lignes += [f"Attention : {manque}." for manque in manques]
    return tuple(lignes)


def absences_au(sejour: Sejour, jour: date) -> list[Absence]:
    """Those of a stay, and of those that it follows, that are not over on a day."""
    encore = Q(fin=None) | Q(fin__gt=jour)
    return list(Absence.objects.des_sejours([sejour.pk]).filter(encore).order_by("debut"))


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
