"""The routes of the API, and for each kind a record of it, a creation and a correction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from commun.horloge import maintenant
from contacts.models import Contact
from coordination import fusions
from hebergement import services
from indicateurs.models import ChiffreSaisi
from socle.models import Organisme, Structure, Utilisateur
from tests.factories import (
    AbsenceFactory,
    AccordPartageFactory,
    ActeFactory,
    ChambreFactory,
    ContactFactory,
    ContingentFactory,
    DemandeHebergementFactory,
    EquipeFactory,
    FermetureFactory,
    MaraudeFactory,
    ObservationFactory,
    OrganismeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SecteurFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

# A night that each site made here has.
NUIT = "2023-05-01"
HEURE = "2026-10-12T23:10:00+02:00"
SAISI = {
    "indicateur": "injonctions_therapeutiques",
    "annee": 2023,
    "valeur": 118,
    "source": "Rapport annuel",
    "source_le": "2024-02-01",
}


def creer(nom: str, organisme: Organisme) -> Any:
    """A record of this kind that belongs to the organisme."""
    structure = Structure.objects.filter(organisme=organisme).get()

    def contact() -> Any:
        return ContactFactory(structure=structure)

    def maraude() -> Any:
        return MaraudeFactory(equipe=EquipeFactory(structure=structure), en_cours=True)

    def place() -> Any:
        return PlaceFactory(site=SiteFactory(structure=structure))

    def demande() -> Any:
        return DemandeHebergementFactory(
            structure=structure, personne=PersonneFactory(organisme=organisme)
        )

    def deux() -> list[Any]:
        return PersonneFactory.create_batch(2, organisme=organisme)

    return {
        "structure": lambda: structure,
        "equipe": lambda: EquipeFactory(structure=structure),
        "personne": lambda: PersonneFactory(organisme=organisme),
        "accord-partage": lambda: AccordPartageFactory(
            personne=PersonneFactory(organisme=organisme)
        ),
        "fusion": lambda: fusions.fusionner(
            **dict(zip(("gardee", "alias"), deux(), strict=True)), auteur=None
        ),
        "distinction": lambda: fusions.distinguer(personnes=deux(), auteur=None),
        "chiffre-saisi": lambda: ChiffreSaisi.objects.create(**SAISI),
        "attente": demande,
        "secteur": SecteurFactory,
        "maraude": maraude,
        "rencontre": lambda: RencontreFactory(maraude=maraude()),
        "observation": lambda: ObservationFactory(maraude=maraude()),
        "passage": lambda: PassageFactory(structure=structure),
        "acte": lambda: ActeFactory(contact=contact()),
        "materiel": lambda: RemiseMaterielFactory(contact=contact()),
        "site": lambda: SiteFactory(structure=structure),
        "chambre": lambda: ChambreFactory(site=SiteFactory(structure=structure)),
        "place": place,
        "occupation": lambda: place().site,
        "fermeture": lambda: FermetureFactory(place=place()),
        "contingent": lambda: ContingentFactory(
            site=SiteFactory(structure=structure), organisme=organisme
        ),
        "sejour": lambda: SejourFactory(
            place=place(), personne=PersonneFactory(organisme=organisme)
        ),
        "absence": lambda: AbsenceFactory(sejour=creer("sejour", organisme)),
        "demande-hebergement": demande,
        "proposition": lambda: services.proposer(demande=demande(), place=place(), auteur=None),
        "orientation": lambda: OrientationFactory(
            structure_origine=structure,
            structure=structure,
            personne=PersonneFactory(organisme=organisme),
        ),
    }[nom]()


def routes(
    resolveur: URLResolver | None = None, prefixe: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for motif in (resolveur or get_resolver()).url_patterns:
        adresse = prefixe + str(motif.pattern)
        if isinstance(motif, URLResolver):
            yield from routes(motif, adresse)
        elif adresse.startswith(("api/", "sante/")) and "format" not in adresse:
            yield adresse, motif


def adresse_de(nom: str, uuid: Any = None) -> str:
    for adresse, motif in routes():
        if motif.name == nom:
            adresse = re.sub(r"\(\?P<jour>[^)]*\)", NUIT, adresse)
            propre = adresse.replace("^", "").replace("$", "").replace("\\Z", "")
            debut, _, reste = propre.partition("(?P<uuid>")
            if not reste:
                debut, _, reste = propre.partition("<uuid:")
                return f"/{debut}{uuid}{reste.partition('>')[2]}" if reste else f"/{propre}"
            return f"/{debut}{uuid}{reste.partition(')')[2]}"
    raise LookupError(nom)


def methodes(motif: URLPattern) -> set[str]:
    actions = getattr(motif.callback, "actions", None)
    if actions is not None:
        return set(actions) - {"head"}
    classe = getattr(motif.callback, "cls", None)
    return {m for m in ("get", "post", "patch", "put", "delete") if hasattr(classe, m)}


@dataclass
class Creation:
    """A body that is accepted, and a row that every such request waits for."""

    corps: dict[str, Any]
    table: str
    cle: Any


def creation(nom: str, structure: Structure) -> Creation:
    """The first request for a record of this kind, by somebody of that structure's organisme."""
    corps: dict[str, Any] = {"uuid": identifiant()}
    organisme = structure.organisme
    if nom == "personne":
        corps |= {"pseudonyme": "Pinson", "genre": "F", "annee_naissance": 1984}
        return Creation(corps, "socle_organisme", organisme.pk)
    if nom in {"fusion", "distinction"}:
        une, autre = PersonneFactory.create_batch(2, organisme=organisme)
        roles = ("gardee", "alias") if nom == "fusion" else ("premiere", "seconde")
        corps |= {roles[0]: str(une.pk), roles[1]: str(autre.pk)}
        return Creation(corps, "socle_personne", une.pk)
    if nom == "chiffre-saisi":
        # Whoever coordinates is referred to.
        auteur = Utilisateur.objects.filter(role="COORDINATEUR", organisme=organisme).first()
        return Creation(corps | SAISI, "socle_utilisateur", getattr(auteur, "pk", None))
    if nom == "accord-partage":
        personne = PersonneFactory(organisme=organisme)
        corps |= {"personne": str(personne.pk), "organisme": OrganismeFactory().code}
        return Creation(corps, "socle_personne", personne.pk)
    if nom == "maraude":
        equipe, station = EquipeFactory(structure=structure), SecteurFactory(station=True)
        corps |= {
            "equipe": str(equipe.pk),
            "milieu": "SOUS_SOL",
            "jour_prevu": "2026-10-12",
            "membres": [],
            "transmission": "Rien à signaler.",
            "etapes": [{"secteur": station.code, "ordre": 1}],
            "saisi_le": HEURE,
        }
        return Creation(corps, "socle_equipe", equipe.pk)
    if nom in {"rencontre", "observation"}:
        maraude = creer("maraude", organisme)
        corps |= {"maraude": str(maraude.pk), "saisi_le": HEURE}
        corps |= {"secteur": SecteurFactory(station=True).code}
        if nom == "observation":
            corps |= {"texte": "Quai vide.", "personnes_vues": 4}
        else:
            corps |= {"genre_observe": "F", "tranche_age_observee": "MINEUR", "issue": "ECHANGE"}
            corps |= {"personne": str(PersonneFactory(organisme=organisme).pk)}
        return Creation(corps, "maraudes_maraude", maraude.pk)
    if nom == "passage":
        corps |= {"structure": structure.code, "genre_observe": "F", "saisi_le": HEURE}
        corps |= {"personne": str(PersonneFactory(organisme=organisme).pk)}
        corps |= {"tranche_age_observee": "MINEUR", "parti_le": "2026-10-12T23:50:00+02:00"}
        return Creation(corps, "socle_structure", structure.pk)
    if nom in {"acte", "materiel"}:
        contact = ContactFactory(structure=structure)
        corps |= {"contact": str(contact.pk), "saisi_le": HEURE}
        if nom == "acte":
            corps |= {"categorie": "HYGIENE"}
        else:
            corps |= {"materiel": "PIPE", "quantite_distribuee": 2, "quantite_recuperee": 1}
        return Creation(corps, "contacts_contact", contact.pk)
    if nom == "site":
        corps |= {"code": "nord", "nom": "Hôtel du Nord", "structure": structure.code}
        corps |= {"dispositif": "ASSORE", "arrondissement": "75018"}
        return Creation(corps, "socle_structure", structure.pk)
    site = SiteFactory(structure=structure)
    if nom == "chambre":
        return Creation(
            {**corps, "site": site.code, "libelle": "12", "etage": "1"}, "hebergement_site", site.pk
        )
    if nom == "contingent":
        corps |= {"site": site.code, "organisme": organisme.code, "places": 3}
        corps |= {"debut": "2023-05-01", "fin": "2023-06-01"}
        return Creation(corps, "hebergement_site", site.pk)
    if nom == "place":
        chambre = ChambreFactory(site=site)
        corps |= {"site": site.code, "chambre": str(chambre.pk), "libelle": "12A", "type": "HOTEL"}
        corps |= {"ouverte_le": "2023-01-01", "fermee_le": "2024-01-01"}
        return Creation(corps, "hebergement_site", site.pk)
    place = PlaceFactory(site=site)
    if nom == "fermeture":
        corps |= {"place": str(place.pk), "debut": "2023-05-01", "fin": "2023-06-01"}
        corps |= {"motif": "Travaux"}
        return Creation(corps, "hebergement_place", place.pk)
    personne = PersonneFactory(organisme=organisme)
    if nom == "sejour":
        corps |= {"place": str(place.pk), "personne": str(personne.pk)}
        corps |= {"arrivee": "2023-05-01", "depart": "2023-06-01"}
        return Creation(corps, "hebergement_place", place.pk)
    if nom == "absence":
        sejour = SejourFactory(place=place, personne=personne)
        corps |= {"sejour": str(sejour.pk), "motif": "HOPITAL", "debut": "2023-05-01"}
        corps |= {"fin": "2023-05-08", "garde_jusqu_au": "2023-06-01"}
        return Creation(corps, "hebergement_sejour", sejour.pk)
    if nom == "demande-hebergement":
        corps |= {"personne": str(personne.pk), "structure": structure.code}
        corps |= {"origine": "SIAO", "demandee_le": "2023-05-01"}
        return Creation(corps, "socle_structure", structure.pk)
    assert nom == "orientation"
    corps |= {"personne": str(personne.pk), "structure_origine": structure.code}
    corps |= {"structure": structure.code, "accompagnement": True, "motif": "Repos"}
    # Of now: an old one falls due as soon as it is matched.
    corps |= {"saisi_le": maintenant().isoformat()}
    return Creation(corps, "socle_structure", structure.pk)


# What a correction of each kind can say.
CORRECTIONS: dict[str, dict[str, Any]] = {
    "personne": {"pseudonyme": "Merle"},
    "maraude": {"transmission": "Portail fermé."},
    "rencontre": {"genre_observe": "H"},
    "observation": {"texte": "Deux personnes."},
    "passage": {"genre_observe": "H"},
    "acte": {"categorie": "ACCUEIL"},
    "materiel": {"quantite_distribuee": 5},
    "site": {"nom": "Hôtel du Sud"},
    "chambre": {"libelle": "13"},
    "place": {"libelle": "13B"},
    "fermeture": {"motif": "Punaises"},
    "contingent": {"places": 5},
    "demande-hebergement": {"animal": True},
    "sejour": {"depart": "2023-07-01"},
    "absence": {"garde_jusqu_au": "2023-06-08"},
    "orientation": {"motif": "Soins"},
}
CREATIONS = [*CORRECTIONS, "accord-partage", "fusion", "distinction", "chiffre-saisi"]
# The database refuses to delete these.
GARDES = {"chiffre-saisi"}


def table_de(fiche: Any) -> str:
    """The table of the row that a correction locks: an extension of a contact locks both."""
    modele = Contact if hasattr(fiche, "contact_id") and fiche.pk == fiche.contact_id else fiche
    return str(modele._meta.db_table)
