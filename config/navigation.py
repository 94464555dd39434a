"""The admin's side menu: what a coordinator opens every day first, the workings last."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accueil.models import JourOuverture, Passage
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import Doublon, MarquePaire, Orientation
from hebergement.models import (
    Absence,
    Chambre,
    ConstatPresence,
    Contingent,
    ControleOccupation,
    CorrectionNuit,
    DemandeHebergement,
    Fermeture,
    MarqueNuits,
    Menage,
    OccupationNuit,
    Place,
    PoidsAttente,
    Proposition,
    Sejour,
    Site,
)
from indicateurs.models import Chiffre, ChiffreSaisi, Consultation, Partenaire, Publication
from maraudes.models import Etape, Ligne, Maraude, Observation, Rencontre, Secteur
from socle.models import (
    AccesPersonne,
    AccordPartage,
    Distinction,
    Equipe,
    Fusion,
    Horaire,
    Jeton,
    LienPersonne,
    Organisme,
    Personne,
    Structure,
    Utilisateur,
)
from socle.querysets import COORDINATION
from synchro.models import Appareil, CleScellement, Operation, Variante

RUBRIQUES: list[tuple[str, list[tuple[Any, str]]]] = [
    ("Maraudes", [
        (Maraude, "directions_walk"), (Rencontre, "forum"), (Observation, "visibility"),
        (Secteur, "map"),
    ]),
    ("Accueil et soins", [
        (Passage, "door_open"), (Acte, "healing"), (RemiseMateriel, "package_2"),
        (JourOuverture, "event_available"),
    ]),
    ("Hébergement", [
        (DemandeHebergement, "hourglass"), (Proposition, "handshake"), (Sejour, "hotel"),
        (Place, "bed"), (Site, "apartment"), (Fermeture, "block"), (Contingent, "groups"),
        (Absence, "luggage"), (ConstatPresence, "visibility"),
        (OccupationNuit, "nights_stay"), (CorrectionNuit, "edit_calendar"),
        (PoidsAttente, "balance"),
    ]),
    ("Personnes et parcours", [
        (Personne, "person"), (Orientation, "signpost"), (AccordPartage, "handshake"),
        (Doublon, "content_copy"), (Fusion, "merge"), (Distinction, "call_split"),
        (Menage, "group"),
    ]),
    ("Chiffres", [
        (Publication, "publish"), (Chiffre, "table_chart"), (ChiffreSaisi, "edit_note"),
        (Partenaire, "partner_exchange"), (Consultation, "history"),
    ]),
    ("Référence", [
        (Organisme, "domain"), (Structure, "home_work"), (Horaire, "schedule"),
        (Equipe, "groups"), (Ligne, "subway"), (Chambre, "meeting_room"),
    ]),
    ("Tablettes", [
        (Operation, "sync_problem"), (Appareil, "tablet_mac"), (Variante, "difference"),
    ]),
    ("Comptes", [(Utilisateur, "badge"), (Jeton, "key"), (CleScellement, "encrypted")]),
    ("Coulisses", [
        (Contact, "contacts"), (Etape, "route"), (AccesPersonne, "lock_open"),
        (LienPersonne, "link"),
        (MarqueNuits, "update"), (MarquePaire, "sync_alt"), (ControleOccupation, "fact_check"),
    ]),
]  # fmt: skip

# Those that are of no model, for who coordinates: name, icon, route.
PAGES: dict[str, list[tuple[str, str, str]]] = {
    "Chiffres": [
        ("Bilan", "summarize", "page-bilan"),
        ("Tracés", "monitoring", "page-traces"),
    ],
    "Hébergement": [("Flux et calendrier", "stacked_line_chart", "page-flux")],
}


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The rubrics that the caller may open, each under its name in the plural."""
    tableau = {"title": "Tableau de bord", "icon": "dashboard", "link": reverse("admin:index")}
    groupes: list[dict[str, Any]] = [{"items": [tableau]}]
    connus = {modele for _, fiches in RUBRIQUES for modele, _ in fiches}
    autres = [(m, "folder") for m in admin.site._registry if m not in connus]
    for titre, fiches in [*RUBRIQUES, ("Sécurité", autres)]:
        pages = [
            {"title": nom, "icon": icone, "link": reverse(route)}
            for nom, icone, route in PAGES.get(titre, [])
            if getattr(request.user, "role", None) in COORDINATION
        ]
        items = pages + [
            {
                "title": str(modele._meta.verbose_name_plural).capitalize(),
                "icon": icone,
                "link": reverse(
                    f"admin:{modele._meta.app_label}_{modele._meta.model_name}_changelist"
                ),
            }
            for modele, icone in fiches
            if admin.site.get_model_admin(modele).has_view_permission(request)
        ]
        if items:
            groupes.append({"title": titre, "separator": True, "items": items})
    return groupes
