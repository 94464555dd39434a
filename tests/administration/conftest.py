"""A browser's session in the admin, and one record of each model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from accueil.models import JourOuverture
from commun.horloge import aujourd_hui, maintenant
from commun.models import uuid7
from coordination.fusions import distinguer, fusionner
from coordination.models import MarquePaire
from hebergement.models import (
    ControleOccupation,
    CorrectionNuit,
    MarqueNuits,
    Menage,
    OccupationNuit,
    PoidsAttente,
)
from hebergement.occupation import recalculer_marques
from hebergement.services import proposer
from indicateurs.models import Chiffre, ChiffreSaisi, Consultation, Partenaire, Publication
from socle.enums import JourSemaine
from socle.models import AccesPersonne, Horaire, Structure, Utilisateur
from synchro.models import CleScellement, Variante
from tests.factories import (
    AbsenceFactory,
    AccordPartageFactory,
    ActeFactory,
    AppareilFactory,
    ChambreFactory,
    ConstatPresenceFactory,
    ContactFactory,
    ContingentFactory,
    DemandeHebergementFactory,
    EquipeFactory,
    EtapeFactory,
    FermetureFactory,
    JetonFactory,
    LigneFactory,
    MaraudeFactory,
    ObservationFactory,
    OperationFactory,
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
    StructureFactory,
    UtilisateurFactory,
)

Console = Callable[[Utilisateur], Client]


@pytest.fixture
def console(db: None) -> Console:
    """`console(actor)` is a browser in which the actor is logged in."""

    def ouvrir(utilisateur: Utilisateur) -> Client:
        client = Client()
        client.force_login(utilisateur, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return ouvrir


def page(modele: Any, vue: str, *arguments: Any) -> str:
    nom = f"admin:{modele._meta.app_label}_{modele._meta.model_name}_{vue}"
    return reverse(nom, args=arguments)


def peupler(structure: Structure, nombre: int) -> None:
    """`nombre` records of every model, of the structure's organisme, tied to one another."""
    organisme = structure.organisme
    jour = aujourd_hui()
    deja = structure.horaires.count()
    for n in range(deja, deja + nombre):
        OrganismeFactory()
        StructureFactory(organisme=organisme)
        Horaire.objects.create(
            structure=structure,
            jour_semaine=JourSemaine.values[n % 7],
            ouvre_a=f"{n // 7:02}:00",
            ferme_a="23:00",
        )
        equipe = EquipeFactory(structure=structure)
        compte = UtilisateurFactory(organisme=organisme)
        JetonFactory(utilisateur=compte)
        personne = PersonneFactory(organisme=organisme)
        AccordPartageFactory(personne=personne)
        contact = ContactFactory(structure=structure, personne=personne)
        passage = PassageFactory(structure=structure, personne=personne)
        ActeFactory(contact=contact)
        ActeFactory(contact=passage.contact)
        RemiseMaterielFactory(contact=contact)
        JourOuverture.objects.create(structure=structure, jour=jour - timedelta(days=n))
        secteur = SecteurFactory(station=True)
        secteur.lignes.add(LigneFactory())
        maraude = MaraudeFactory(equipe=equipe, en_cours=True)
        maraude.membres.add(compte)
        EtapeFactory(maraude=maraude, secteur=secteur, ordre=1)
        RencontreFactory(maraude=maraude, personne=personne, secteur=secteur)
        ObservationFactory(maraude=maraude, secteur=secteur)
        site = SiteFactory(structure=structure)
        chambre = ChambreFactory(site=site)
        place = PlaceFactory(site=site, chambre=chambre)
        menage = Menage.objects.create(libelle=f"Ménage {n}")
        sejour = SejourFactory(place=place, personne=personne, menage=menage)
        AbsenceFactory(sejour=sejour)
        ConstatPresenceFactory(sejour=sejour)
        FermetureFactory(place=PlaceFactory(site=site))
        ContingentFactory(site=site, organisme=organisme)
        demande = DemandeHebergementFactory(
            personne=personne, structure=structure, contact=contact, menage=menage
        )
        proposer(demande=demande, place=PlaceFactory(site=site), auteur=compte)
        OrientationFactory(
            personne=personne, contact=contact, structure_origine=structure, structure=structure
        )
        ControleOccupation.objects.create(lignes=1, ecarts=0)
        CorrectionNuit.objects.create(
            site=site, jour=jour, changements={"occupees": [n, n + 1]},
            calcule_avant_le=maintenant(), calcule_apres_le=maintenant(), vue_par=compte,
        )  # fmt: skip
        operation = OperationFactory(appareil=AppareilFactory(organisme=organisme), auteur=compte)
        Variante.objects.create(
            operation=operation, appareil=operation.appareil, recu_le=maintenant(), contenu={"n": n}
        )  # fmt: skip
        CleScellement.objects.create(cle_id=uuid7(), publique="x", privee="x", cree_le=maintenant())
        AccessAttempt.objects.create(
            username=f"perdue-{n}-{structure.code}", user_agent="x", ip_address="127.0.0.1",
            get_data="", post_data="", http_accept="", path_info="/", failures_since_start=3,
            attempt_time=maintenant(),
        )  # fmt: skip
        rang = Publication.objects.count()
        periode = {"debut": jour, "fin": jour + timedelta(days=1), "connu_le": maintenant()}
        preparee = Publication.objects.create(
            periode=f"{2000 + rang // 4}-T{rang % 4 + 1}", revision=1, formule="bilan-2", **periode
        )
        Chiffre.objects.create(
            publication=preparee, indicateur="passages", niveau="RESEAU", valeur=3, exacte=3
        )
        partenaire = UtilisateurFactory(role="PARTENAIRE", organisme=None)
        Partenaire.objects.create(utilisateur=partenaire, niveaux=["RESEAU"])
        ChiffreSaisi.objects.create(
            indicateur="injonctions_therapeutiques",
            annee=2000 + n % 20,
            valeur=n + 11,
            source="x",
            source_le=jour,
        )
        Consultation.objects.create(utilisateur=partenaire, demande="/", statut=200)
        AccesPersonne.objects.get_or_create(
            personne=personne, organisme=OrganismeFactory(), motif="PASSAGE", objet=None
        )
        deux = PersonneFactory.create_batch(2, organisme=organisme, pseudonyme=f"Double {n}")
        type(deux[0]).objects.filter(pk__in=[d.pk for d in deux]).update(annee_naissance=1980)
        separees = PersonneFactory.create_batch(2, organisme=organisme, pseudonyme=f"Autre {n}")
        distinguer(personnes=separees, auteur=None)
        ancien, alias = PersonneFactory.create_batch(2, organisme=organisme)
        AccordPartageFactory(personne=alias)
        fusionner(gardee=ancien, alias=alias, auteur=compte)
    for critere, poids in PoidsAttente.objects.en_vigueur().items():
        PoidsAttente.objects.update_or_create(critere=critere, defaults={"poids": poids})
    recalculer_marques()
    OccupationNuit.objects.filter(jour__lt=jour - timedelta(days=nombre)).delete()
    for site in SiteFactory._meta.model.objects.all():  # type: ignore[attr-defined]
        MarqueNuits.objects.create(site=site, du=jour)
    for personne in PersonneFactory._meta.model.objects.all():  # type: ignore[attr-defined]
        MarquePaire.objects.create(personne=personne, structure=structure)
