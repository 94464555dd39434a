"""The summary of a round, in a constant number of queries."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, Value, When

from contacts.enums import Issue
from contacts.models import Acte, RemiseMateriel
from coordination.enums import Decision
from coordination.models import Orientation
from maraudes.enums import StatutEtape
from maraudes.models import Etape, Maraude, Observation, Rencontre
from socle.enums import Genre
from socle.models import Personne, Utilisateur


def _rencontres(maraude: Maraude, utilisateur: Utilisateur | AnonymousUser) -> dict[str, Any]:
    # The gender of a file is for who sees the file; what was observed, for who observed it, and
    # of nobody known for all: in a small round it would tell the gender of the one who is named.
    observe = Q(contact__personne=None)
    if isinstance(utilisateur, Utilisateur) and utilisateur.organisme_id is not None:
        observe |= Q(contact__structure__organisme=utilisateur.organisme_id)
    complets = Personne.objects.dossiers_de(utilisateur).filter(pk=OuterRef("contact__personne"))
    lignes = (
        Rencontre.objects.filter(maraude=maraude)
        .values(
            "contact__issue",
            connue=Q(contact__personne__isnull=False),
            genre=Case(
                When(Exists(complets), then=F("contact__personne__genre")),
                When(observe, then=F("contact__genre_observe")),
                default=Value(Genre.NON_RENSEIGNE),
            ),
        )
        .annotate(nombre=Count("pk"))
        .order_by()
    )
    total = {"total": 0, "connues": 0, "inconnues": 0, "refus": 0, "indisponibles": 0}
    par_genre: dict[str, int] = {}
    for ligne in lignes:
        nombre = ligne["nombre"]
        if ligne["contact__issue"] == Issue.REFUS:
            total["refus"] += nombre
        elif ligne["contact__issue"] == Issue.INDISPONIBLE:
            total["indisponibles"] += nombre
        else:
            total["total"] += nombre
            total["connues" if ligne["connue"] else "inconnues"] += nombre
            par_genre[ligne["genre"]] = par_genre.get(ligne["genre"], 0) + nombre
    return {**total, "par_genre": par_genre}


def resumer(maraude: Maraude, utilisateur: Utilisateur | AnonymousUser) -> dict[str, Any]:
    """What a round did, as the caller may know it.

    Encounters are exchanges; refusals and people who could not talk are told apart.
    """
    etapes: dict[str, list[dict[str, Any]]] = {statut: [] for statut in StatutEtape.values}
    for e in Etape.objects.filter(maraude=maraude).select_related("secteur").order_by("ordre"):
        secteur = {"secteur": str(e.secteur_id), "code": e.secteur.code, "nom": e.secteur.nom}
        etapes[e.statut].append(secteur)
    de_la_maraude = Q(contact__rencontre__maraude=maraude)
    return {
        "maraude": maraude.pk,
        "statut": maraude.statut,
        "jour": maraude.jour,
        "rencontres": _rencontres(maraude, utilisateur),
        "materiel": list(
            RemiseMateriel.objects.filter(de_la_maraude)
            .values("materiel")
            .annotate(distribue=Sum("quantite_distribuee"), recupere=Sum("quantite_recuperee"))
            .order_by("materiel")
        ),
        "actes": list(
            Acte.objects.filter(de_la_maraude)
            .values("categorie")
            .annotate(nombre=Count("pk"))
            .order_by("categorie")
        ),
        "observations": Observation.objects.filter(maraude=maraude).count(),
        "orientations": Orientation.objects.filter(de_la_maraude)
        .exclude(decision=Decision.ANNULEE)
        .count(),
        "etapes_visitees": etapes[StatutEtape.VISITEE],
        "etapes_non_visitees": etapes[StatutEtape.NON_VISITEE] + etapes[StatutEtape.PREVUE],
        "etapes_inaccessibles": etapes[StatutEtape.INACCESSIBLE],
    }
