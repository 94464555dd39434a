"""Records for the tests: each valid by itself, traits for what matters to a behaviour."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accueil.models import Passage
from commun.horloge import maintenant
from commun.models import uuid7
from contacts.enums import Cadre, CategorieActe, Issue, MaterielRdR
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import Orientation
from hebergement.enums import (
    APRES_UN_DECES,
    DestinationSortie,
    MotifAbsence,
    MotifSortie,
    OrigineDemande,
)
from hebergement.models import (
    Absence,
    Chambre,
    ConstatPresence,
    Contingent,
    DemandeHebergement,
    Fermeture,
    Place,
    Sejour,
    Site,
)
from maraudes.enums import Milieu, StatutEtape, StatutMaraude
from maraudes.models import Etape, Ligne, Maraude, Observation, Rencontre, Secteur
from socle.enums import Genre, Role, TypeStructure
from socle.models import (
    AccordPartage,
    Equipe,
    Jeton,
    Organisme,
    Personne,
    Structure,
    Utilisateur,
)
from synchro.enums import StatutOperation
from synchro.lecture import empreinte_de
from synchro.models import Appareil, Operation

MOT_DE_PASSE = "mot-de-passe-des-essais"


def pseudonyme(n: int, de: str = "") -> str:
    """Alike to no other: two that look alike are suspected of being of one person."""
    return hashlib.md5(f"{de}{n}".encode()).hexdigest()[:12]


class OrganismeFactory(DjangoModelFactory[Organisme]):
    class Meta:
        model = Organisme

    code = factory.Sequence(lambda n: f"organisme-{n}")
    nom = factory.Sequence(lambda n: f"Organisme {n}")


class StructureFactory(DjangoModelFactory[Structure]):
    class Meta:
        model = Structure

    class Params:
        accueil_de_nuit = factory.Trait(heure_bascule="06:00")

    code = factory.Sequence(lambda n: f"structure-{n}")
    nom = factory.Sequence(lambda n: f"Structure {n}")
    type = TypeStructure.ESPACE_REPOS
    organisme = factory.SubFactory(OrganismeFactory)
    capacite = 40


class EquipeFactory(DjangoModelFactory[Equipe]):
    class Meta:
        model = Equipe

    nom = factory.Sequence(lambda n: f"Équipe {n}")
    structure = factory.SubFactory(StructureFactory)


class UtilisateurFactory(DjangoModelFactory[Utilisateur]):
    class Meta:
        model = Utilisateur
        skip_postgeneration_save = True

    class Params:
        soignant = factory.Trait(role=Role.SOIGNANT)
        coordinateur = factory.Trait(role=Role.COORDINATEUR)
        partenaire = factory.Trait(role=Role.PARTENAIRE, organisme=None)
        administrateur = factory.Trait(role=Role.ADMINISTRATEUR, organisme=None)

    identifiant = factory.Sequence(lambda n: f"compte-{n}")
    role = Role.INTERVENANT
    organisme = factory.SubFactory(OrganismeFactory)
    password = ""

    @factory.post_generation
    def structures(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            self.structures.set(extracted)


class JetonFactory(DjangoModelFactory[Jeton]):
    class Meta:
        model = Jeton

    class Params:
        expire = factory.Trait(
            expire_le=factory.LazyFunction(lambda: maintenant() - timedelta(minutes=1))
        )
        revoque = factory.Trait(revoque_le=factory.LazyFunction(maintenant))

    utilisateur = factory.SubFactory(UtilisateurFactory)
    empreinte = factory.Sequence(lambda n: f"{n:064d}")
    expire_le = factory.LazyFunction(lambda: maintenant() + timedelta(days=1))


class PersonneFactory(DjangoModelFactory[Personne]):
    class Meta:
        model = Personne

    pseudonyme = factory.Sequence(pseudonyme)
    genre = Genre.H
    organisme = factory.SubFactory(OrganismeFactory)


class AccordPartageFactory(DjangoModelFactory[AccordPartage]):
    class Meta:
        model = AccordPartage

    personne = factory.SubFactory(PersonneFactory)
    organisme = factory.SubFactory(OrganismeFactory)
    donne_le = date(2023, 1, 1)


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    class Params:
        refus = factory.Trait(issue=Issue.REFUS)

    structure = factory.SubFactory(StructureFactory)
    cadre = Cadre.ACCUEIL
    issue = Issue.ECHANGE
    saisi_le = factory.LazyFunction(maintenant)
    survenu_le = factory.SelfAttribute("saisi_le")


class PassageFactory(DjangoModelFactory[Passage]):
    """`PassageFactory(structure=…, personne=…, survenu_le=…)`: these go to the contact."""

    class Meta:
        model = Passage
        exclude = ("structure", "personne", "survenu_le", "genre_observe")

    structure = factory.SubFactory(StructureFactory)
    personne = None
    survenu_le = factory.LazyFunction(maintenant)
    genre_observe = Genre.NON_RENSEIGNE
    contact = factory.SubFactory(
        ContactFactory,
        cadre=Cadre.ACCUEIL,
        structure=factory.SelfAttribute("..structure"),
        personne=factory.SelfAttribute("..personne"),
        saisi_le=factory.SelfAttribute("..survenu_le"),
        genre_observe=factory.SelfAttribute("..genre_observe"),
    )


class ActeFactory(DjangoModelFactory[Acte]):
    class Meta:
        model = Acte

    class Params:
        infirmier = factory.Trait(
            categorie=CategorieActe.SOINS_INFIRMIERS, note_soin="Pansement refait."
        )

    contact = factory.SubFactory(ContactFactory)
    categorie = CategorieActe.ACCES_AUX_DROITS
    survenu_le = factory.SelfAttribute("contact.survenu_le")
    saisi_le = factory.SelfAttribute("survenu_le")


class RemiseMaterielFactory(DjangoModelFactory[RemiseMateriel]):
    class Meta:
        model = RemiseMateriel

    contact = factory.SubFactory(ContactFactory)
    materiel = MaterielRdR.PIPE
    quantite_distribuee = 2
    survenu_le = factory.SelfAttribute("contact.survenu_le")


class LigneFactory(DjangoModelFactory[Ligne]):
    class Meta:
        model = Ligne

    code = factory.Sequence(lambda n: f"L{n}")


class SecteurFactory(DjangoModelFactory[Secteur]):
    class Meta:
        model = Secteur

    class Params:
        station = factory.Trait(milieu=Milieu.SOUS_SOL)

    code = factory.Sequence(lambda n: f"secteur-{n}")
    nom = factory.Sequence(lambda n: f"Secteur {n}")
    milieu = Milieu.SURFACE


class MaraudeFactory(DjangoModelFactory[Maraude]):
    class Meta:
        model = Maraude

    class Params:
        en_cours = factory.Trait(
            statut=StatutMaraude.EN_COURS, debut_le=factory.LazyFunction(maintenant)
        )
        cloturee = factory.Trait(
            statut=StatutMaraude.CLOTUREE,
            debut_le=factory.LazyFunction(lambda: maintenant() - timedelta(hours=3)),
            fin_le=factory.LazyFunction(maintenant),
        )
        annulee = factory.Trait(statut=StatutMaraude.ANNULEE)

    equipe = factory.SubFactory(EquipeFactory)
    milieu = Milieu.SOUS_SOL


class EtapeFactory(DjangoModelFactory[Etape]):
    class Meta:
        model = Etape

    maraude = factory.SubFactory(MaraudeFactory)
    secteur = factory.SubFactory(SecteurFactory, station=True)
    ordre = factory.Sequence(lambda n: n + 1)
    statut = StatutEtape.PREVUE


class RencontreFactory(DjangoModelFactory[Rencontre]):
    """`RencontreFactory(maraude=…, personne=…, issue=…)`: person and issue go to the contact."""

    class Meta:
        model = Rencontre
        exclude = ("personne", "survenu_le", "issue", "genre_observe")

    maraude = factory.SubFactory(MaraudeFactory, en_cours=True)
    personne = None
    issue = Issue.ECHANGE
    genre_observe = Genre.NON_RENSEIGNE
    survenu_le = factory.LazyFunction(maintenant)
    contact = factory.SubFactory(
        ContactFactory,
        cadre=Cadre.MARAUDE,
        structure=factory.SelfAttribute("..maraude.equipe.structure"),
        personne=factory.SelfAttribute("..personne"),
        issue=factory.SelfAttribute("..issue"),
        genre_observe=factory.SelfAttribute("..genre_observe"),
        saisi_le=factory.SelfAttribute("..survenu_le"),
    )


class ObservationFactory(DjangoModelFactory[Observation]):
    class Meta:
        model = Observation

    maraude = factory.SubFactory(MaraudeFactory, en_cours=True)
    texte = "Une vingtaine de personnes sur le quai."


class SiteFactory(DjangoModelFactory[Site]):
    class Meta:
        model = Site

    code = factory.Sequence(lambda n: f"hotel-{n}")
    nom = factory.Sequence(lambda n: f"Hôtel {n}")
    structure = factory.SubFactory(StructureFactory)


class ChambreFactory(DjangoModelFactory[Chambre]):
    class Meta:
        model = Chambre

    site = factory.SubFactory(SiteFactory)
    libelle = factory.Sequence(lambda n: f"Chambre {n}")


class PlaceFactory(DjangoModelFactory[Place]):
    class Meta:
        model = Place

    site = factory.SubFactory(SiteFactory)
    libelle = factory.Sequence(lambda n: f"P{n}")
    ouverte_le = date(2022, 1, 1)


class FermetureFactory(DjangoModelFactory[Fermeture]):
    class Meta:
        model = Fermeture

    place = factory.SubFactory(PlaceFactory)
    debut = date(2023, 3, 1)
    fin = date(2023, 3, 8)
    motif = "Travaux"


class ContingentFactory(DjangoModelFactory[Contingent]):
    class Meta:
        model = Contingent

    site = factory.SubFactory(SiteFactory)
    organisme = factory.SubFactory(OrganismeFactory)
    places = 2
    debut = date(2023, 1, 1)


class SejourFactory(DjangoModelFactory[Sejour]):
    class Meta:
        model = Sejour

    place = factory.SubFactory(PlaceFactory)
    personne = factory.SubFactory(PersonneFactory)
    arrivee = date(2023, 1, 10)

    @classmethod
    def _adjust_kwargs(cls, **champs: Any) -> dict[str, Any]:
        """Random worlds draw the motive and the destination apart: who died went nowhere."""
        mort = champs.get("motif_sortie") == MotifSortie.DECES
        if mort and champs.get("destination", "") not in APRES_UN_DECES:
            champs["destination"] = DestinationSortie.SANS_OBJET
        return champs


class AbsenceFactory(DjangoModelFactory[Absence]):
    class Meta:
        model = Absence

    sejour = factory.SubFactory(SejourFactory)
    motif = MotifAbsence.HOPITAL
    debut = date(2023, 2, 1)
    garde_jusqu_au = factory.LazyAttribute(lambda a: a.debut + timedelta(days=30))


class ConstatPresenceFactory(DjangoModelFactory[ConstatPresence]):
    class Meta:
        model = ConstatPresence

    sejour = factory.SubFactory(SejourFactory)
    jour = date(2023, 2, 1)
    present = True


class DemandeHebergementFactory(DjangoModelFactory[DemandeHebergement]):
    class Meta:
        model = DemandeHebergement

    personne = factory.SubFactory(PersonneFactory)
    structure = factory.SubFactory(StructureFactory)
    origine = OrigineDemande.RENCONTRE
    demandee_le = date(2023, 1, 10)


class OrientationFactory(DjangoModelFactory[Orientation]):
    class Meta:
        model = Orientation

    personne = factory.SubFactory(PersonneFactory)
    structure_origine = factory.SubFactory(StructureFactory)
    structure = factory.SubFactory(StructureFactory)


class AppareilFactory(DjangoModelFactory[Appareil]):
    class Meta:
        model = Appareil

    libelle = factory.Sequence(lambda n: f"Tablette {n}")
    organisme = factory.SubFactory(OrganismeFactory)


class OperationFactory(DjangoModelFactory[Operation]):
    class Meta:
        model = Operation

    id = factory.LazyFunction(uuid7)
    appareil = factory.SubFactory(AppareilFactory)
    seq = factory.Sequence(lambda n: n + 1)
    type = "passage.creer"
    contenu = factory.LazyAttribute(lambda o: {"id": str(o.id), "seq": o.seq, "type": o.type})
    empreinte = factory.LazyAttribute(lambda o: empreinte_de(o.contenu))
    recu_le = factory.LazyFunction(maintenant)
    statut = StatutOperation.EN_QUARANTAINE
    motif = "Rien n'atteste que son auteur s'est connecté sur cet appareil."


def identifiant() -> str:
    """A uuid as a tablet makes it."""
    return str(uuid7())
