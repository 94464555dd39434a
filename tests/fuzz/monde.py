"""A small network of three organismes, and who may read what of it.

Each record carries a mark of its own in a text, and is posed with the roles of the first organisme
that may read it: by the rules of the project (docs/definitions.md, the access matrix), written here
by hand, and never asked of the querysets that are on trial.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from commun.horloge import aujourd_hui, maintenant
from coordination.services import rapprocher_marques
from hebergement import services
from hebergement.enums import MotifRefus, PrioriteDemande, StatutDemande, StatutProposition
from hebergement.models import Proposition, Site
from hebergement.occupation import recalculer_marques
from indicateurs.enums import IndicateurSaisi, Niveau
from indicateurs.models import Partenaire
from indicateurs.publications.preparation import preparer, signer
from maraudes.enums import Milieu
from socle.enums import Genre, Role, TypeStructure
from socle.models import Jeton, Organisme, Structure, Utilisateur
from tests.factories import (
    MOT_DE_PASSE,
    AbsenceFactory,
    AccordPartageFactory,
    ActeFactory,
    ChambreFactory,
    ConstatPresenceFactory,
    ContingentFactory,
    DemandeHebergementFactory,
    EquipeFactory,
    EtapeFactory,
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
    StructureFactory,
    UtilisateurFactory,
)

Lecteurs = frozenset[str]
PERSONNE: Lecteurs = frozenset()
SOIGNANTES: Lecteurs = frozenset({Role.SOIGNANT})
COORDINATION: Lecteurs = frozenset({Role.COORDINATEUR})
EQUIPES: Lecteurs = COORDINATION | SOIGNANTES | {Role.INTERVENANT}
REFERENCE: Lecteurs = COORDINATION | {Role.ADMINISTRATEUR}
ANNUAIRE: Lecteurs = EQUIPES | {Role.ADMINISTRATEUR}
SANS_JETON = ""
ROLES = (*Role.values, SANS_JETON)


@dataclass
class Monde:
    """The records, and for each uuid and each mark the roles that may read it."""

    lecteurs: dict[str, Lecteurs] = field(default_factory=dict)
    # Persons of whom these roles know code and pseudonym only, and encounters with them elsewhere.
    restreintes: set[str] = field(default_factory=set)
    rencontres_d_ailleurs: set[str] = field(default_factory=set)
    comptes: dict[str, Utilisateur] = field(default_factory=dict)

    def marquer(self, lecteurs: Lecteurs) -> str:
        """A text that appears nowhere else, for these roles only."""
        marque = f"zqx{len(self.lecteurs):05d}xqz"
        self.lecteurs[marque] = lecteurs
        return marque

    def poser(self, fabrique: Any, lecteurs: Lecteurs, *textes: str, **champs: Any) -> Any:
        """A record that these roles may read, marked in these of its fields."""
        fiche = fabrique(**{nom: self.marquer(lecteurs) for nom in textes}, **champs)
        self.lecteurs[fiche.pk.hex] = lecteurs
        return fiche

    def caches(self, role: str) -> frozenset[str]:
        """The uuids (in hexadecimal) and the marks that this role may not read."""
        return frozenset(nom for nom, lecteurs in self.lecteurs.items() if role not in lecteurs)

    def jeton(self, role: str) -> str:
        return Jeton.emettre(self.comptes[role])[0]


def _rencontrer(
    monde: Monde, equipe: Any, lecteurs: Lecteurs, personnes: Iterable[Any], *, note: Lecteurs
) -> None:
    """What a team did: rounds to come, some that run, one that is over; what was met there.

    Several of each: requests cancel and close them, and those that come later need some too.
    """
    stations = SecteurFactory.create_batch(2, station=True)
    etats: tuple[dict[str, Any], ...] = (
        *[{}] * 4, {"cloturee": True}, *[{"en_cours": True}] * 4
    )  # fmt: skip
    maraudes = []
    for etat in etats:
        maraude = monde.poser(MaraudeFactory, lecteurs, "transmission", equipe=equipe, **etat)
        for ordre, station in enumerate(stations, 1):
            EtapeFactory(maraude=maraude, secteur=station, ordre=ordre)
        maraudes.insert(0, maraude)
    monde.poser(ObservationFactory, lecteurs, "texte", maraude=maraude)
    # Acts and material are for the organisme of the structure, coordination of another left out.
    dedans = lecteurs if Role.INTERVENANT in lecteurs else PERSONNE
    for maraude, connue in zip(maraudes, (*personnes, None), strict=False):
        genre = {} if connue else {"genre_observe": Genre.F}
        rencontre = monde.poser(
            RencontreFactory, lecteurs, maraude=maraude, personne=connue, **genre
        )
        if connue and Role.INTERVENANT not in lecteurs:
            monde.rencontres_d_ailleurs.add(str(rencontre.pk))
        acte = monde.poser(ActeFactory, dedans, contact=rencontre.contact, note_soin="")
        type(acte).objects.filter(pk=acte.pk).update(note_soin=monde.marquer(note))
        monde.poser(RemiseMaterielFactory, dedans, contact=rencontre.contact)


def _accueillir(
    monde: Monde, structure: Structure, lecteurs: Lecteurs, personnes: Iterable[Any], note: Lecteurs
) -> list[Any]:
    passages = []
    for rang, connue in enumerate((*personnes, None)):
        passage = monde.poser(
            PassageFactory,
            lecteurs,
            structure=structure,
            personne=connue,
            survenu_le=maintenant() - timedelta(hours=rang),
        )
        acte = monde.poser(ActeFactory, lecteurs, contact=passage.contact, infirmier=True)
        type(acte).objects.filter(pk=acte.pk).update(note_soin=monde.marquer(note))
        monde.poser(RemiseMaterielFactory, lecteurs, contact=passage.contact)
        passages.append(passage)
    return passages


def _loger(
    monde: Monde, structure: Structure, *, lieu: Lecteurs, libre: Lecteurs, qui: Lecteurs,
    personnes: Iterable[Any], disparues: Iterable[Any],
) -> tuple[Site, list[Any]]:  # fmt: skip
    """A site where rounds are made: free places, taken ones of which one's person is away, those of
    persons whom nobody has seen for long, and a closed one.

    Returns:
        The site, and its free places.
    """
    jour = aujourd_hui()
    site = monde.poser(
        SiteFactory, lieu, "nom", "code", structure=structure,
        presences_depuis=jour - timedelta(days=60),
    )  # fmt: skip
    # Free places are told over the whole network: which place, of which site, nothing more.
    monde.lecteurs[site.pk.hex] = lieu | libre
    chambre = monde.poser(ChambreFactory, lieu, "libelle", site=site)

    def place(lecteurs: Lecteurs, **champs: Any) -> Any:
        posee = monde.poser(PlaceFactory, lieu, "libelle", site=site, **champs)
        monde.lecteurs[posee.pk.hex] = lecteurs
        return posee

    def sejour(prise: Any, connue: Any, jours: int) -> Any:
        arrivee = jour - timedelta(days=jours)
        return monde.poser(
            SejourFactory, qui, "motif_forcage", place=prise, personne=connue, arrivee=arrivee
        )

    libres = [place(lieu | libre, chambre=chambre) for _ in range(28)]
    for rang, connue in enumerate(personnes):
        la = sejour(place(lieu), connue, 5)
        if rang == 0:
            depuis = jour - timedelta(days=2)
            monde.poser(AbsenceFactory, qui, sejour=la, debut=depuis)
        else:
            vue = jour - timedelta(days=1)
            monde.poser(ConstatPresenceFactory, qui, sejour=la, jour=vue)
    # Their stays are closed without anybody's word, and may be reopened: see `creer`.
    for connue in disparues:
        partie = sejour(place(lieu | libre), connue, 40)
        monde.poser(
            ConstatPresenceFactory, qui, sejour=partie, jour=partie.arrivee + timedelta(days=1)
        )
    fermee = monde.poser(PlaceFactory, lieu, "libelle", site=site)
    monde.poser(FermetureFactory, qui, "motif", place=fermee, debut=date(2023, 1, 1), fin=None)
    return site, libres


def _demander(
    monde: Monde, lecteurs: Lecteurs, structure: Structure, personne: Any, place: Any = None,
    tenue: Lecteurs | None = None,
) -> Any:  # fmt: skip
    """A request of a structure for a person; with a place, one is held for it.

    Args:
        tenue: who may read the proposition: both ends.

    Returns:
        The request, or the proposition where there is one.
    """
    demande = monde.poser(
        DemandeHebergementFactory, lecteurs, "motif_priorite", structure=structure,
        personne=personne, priorite=PrioriteDemande.HAUTE,
        demandee_le=aujourd_hui() - timedelta(days=10),
    )  # fmt: skip
    if place is None:
        return demande
    lecteurs = lecteurs if tenue is None else tenue
    # Of the request the proposition tells which it is, and nothing more.
    monde.lecteurs[demande.pk.hex] |= lecteurs
    proposition = services.proposer(
        demande=demande, place=place, auteur=None, precisions=monde.marquer(lecteurs)
    )
    monde.lecteurs[proposition.pk.hex] = lecteurs
    # A hold is never told as a stay is, not even to coordination.
    monde.lecteurs[proposition.retenue_id.hex] = PERSONNE
    return proposition


def _attendre(
    monde: Monde, ici: Structure, la_bas: Structure, libres: list[Any], autres: list[Any]
) -> None:
    """Who waits for a place, here and elsewhere, and the places held for them on both sides.

    Several of each: requests answer, confirm and cancel them.
    """
    connues = _personnes(monde, ici.organisme, EQUIPES, 29)
    inconnues = _personnes(monde, la_bas.organisme, COORDINATION, 5)
    attendues = _personnes(monde, la_bas.organisme, EQUIPES, 3)
    monde.restreintes |= {str(p.pk) for p in (*inconnues, *attendues)}
    jour = aujourd_hui()

    # Asked for here: those who wait, then those for whom a place is held here, and elsewhere.
    for _ in range(10):
        _demander(monde, EQUIPES, ici, connues.pop())
    tenues = [_demander(monde, EQUIPES, ici, connues.pop(), libres.pop()) for _ in range(14)]
    tenues += [_demander(monde, EQUIPES, ici, connues.pop(), autres.pop()) for _ in range(2)]
    for proposition in tenues[1::3]:
        services.accepter(proposition=proposition, attendue_le=jour, auteur=None)
    # Held for some weeks: somebody may have come on any day since.
    Proposition.objects.filter(issue="").update(recu_le=maintenant() - timedelta(weeks=6))
    # Nobody answered in time, and nobody has tidied up yet.
    Proposition.objects.filter(pk=tenues[0].pk).update(expire_le=maintenant() - timedelta(hours=1))
    # Who asked may read which stay came of it.
    arrivee = _demander(monde, EQUIPES, ici, connues.pop(), autres.pop())
    _confirmer(monde, arrivee, COORDINATION, demande=EQUIPES)

    # Asked for elsewhere: a person for whom a place is held here is known here, no longer.
    for personne in attendues[:2]:
        _demander(monde, COORDINATION, la_bas, personne, libres.pop(), EQUIPES)
    venue = _demander(monde, COORDINATION, la_bas, attendues[2], libres.pop(), EQUIPES)
    _confirmer(monde, venue, EQUIPES, demande=EQUIPES)
    refusee = _demander(monde, COORDINATION, la_bas, inconnues[0], libres.pop(), EQUIPES)
    services.refuser(
        proposition=refusee, issue=StatutProposition.REFUSEE_STRUCTURE,
        motif_refus=MotifRefus.AUTRE_SOLUTION,
    )  # fmt: skip
    _demander(monde, COORDINATION, la_bas, inconnues[1], autres.pop())
    _demander(monde, COORDINATION, la_bas, inconnues[2])
    close = _demander(monde, COORDINATION, la_bas, inconnues[3])
    services.clore(
        demande=close, issue=StatutDemande.ANNULEE, precisions=monde.marquer(COORDINATION)
    )


def _confirmer(monde: Monde, proposition: Any, lecteurs: Lecteurs, *, demande: Lecteurs) -> None:
    """The stay that an arrival made; who reads the request reads which it was."""
    sejour = services.confirmer(
        proposition=proposition, arrivee=aujourd_hui(), auteur=None,
        motif_forcage=monde.marquer(lecteurs),
    )  # fmt: skip
    monde.lecteurs[sejour.pk.hex] = lecteurs | demande


def _compte(monde: Monde, role: str, organisme: Organisme | None, *structures: Structure) -> None:
    compte = UtilisateurFactory(
        identifiant=f"compte-{role.lower()}", role=role, organisme=organisme,
        structures=list(structures),
    )  # fmt: skip
    compte.set_password(MOT_DE_PASSE)
    compte.save()
    monde.comptes[role] = compte


def _personnes(monde: Monde, organisme: Organisme, lecteurs: Lecteurs, nombre: int) -> list[Any]:
    return [
        monde.poser(
            PersonneFactory, lecteurs, "pseudonyme", organisme=organisme, genre=Genre.F,
            annee_naissance=1970,
        )
        for _ in range(nombre)
    ]  # fmt: skip


def creer() -> Monde:
    """The first organisme is that of the accounts; what is of the others is mostly hidden."""
    monde = Monde()
    ici, ailleurs, tiers = (OrganismeFactory(code=code) for code in ("ici", "ailleurs", "tiers"))
    espace = monde.poser(StructureFactory, ANNUAIRE, "nom", code="espace", organisme=ici)
    autre_espace = monde.poser(StructureFactory, ANNUAIRE, "nom", code="autre", organisme=ici)
    la_bas = monde.poser(
        StructureFactory, ANNUAIRE, "nom", code="la-bas", organisme=ailleurs,
        type=TypeStructure.CAARUD,
    )  # fmt: skip
    _compte(monde, Role.INTERVENANT, ici, espace)
    _compte(monde, Role.SOIGNANT, ici, espace)
    _compte(monde, Role.COORDINATEUR, ici)
    _compte(monde, Role.PARTENAIRE, None)
    _compte(monde, Role.ADMINISTRATEUR, None)
    equipe = monde.poser(EquipeFactory, ANNUAIRE, "nom", structure=espace)
    autre_equipe = monde.poser(EquipeFactory, REFERENCE, "nom", structure=la_bas)
    SecteurFactory.create_batch(2, milieu=Milieu.SURFACE)

    # Of this organisme: all teams read it, but for notes of care.
    connues = _personnes(monde, ici, EQUIPES, 6)
    _rencontrer(monde, equipe, EQUIPES, connues[:2], note=SOIGNANTES)
    _accueillir(monde, espace, EQUIPES, connues[:2], SOIGNANTES)
    # The carer is not of this structure.
    _accueillir(monde, autre_espace, EQUIPES, connues[2:3], PERSONNE)
    site, libres = _loger(
        monde, espace, lieu=ANNUAIRE, libre=EQUIPES, qui=EQUIPES,
        personnes=[*connues[3:5], *_personnes(monde, ici, EQUIPES, 5)],
        disparues=_personnes(monde, ici, EQUIPES, 5),
    )  # fmt: skip

    # Of another: coordination reads rounds, places, stays, codes and pseudonyms; nobody visits.
    inconnues = _personnes(monde, ailleurs, COORDINATION, 8)
    envoyee, venue, revenue = _personnes(monde, ailleurs, EQUIPES, 3)
    consentante = monde.poser(PersonneFactory, EQUIPES, "pseudonyme", organisme=ailleurs)
    monde.restreintes = {str(p.pk) for p in (*inconnues, envoyee, venue, revenue)}
    _rencontrer(monde, autre_equipe, COORDINATION, inconnues[:2], note=PERSONNE)
    passages = _accueillir(monde, la_bas, PERSONNE, (inconnues[0], connues[5]), PERSONNE)
    autre_site, autres = _loger(
        monde, la_bas, lieu=REFERENCE, libre=EQUIPES, qui=COORDINATION, personnes=inconnues[3:5],
        disparues=inconnues[6:],
    )  # fmt: skip
    services.clore_les_perdus_de_vue()
    membre = UtilisateurFactory(organisme=ailleurs)
    monde.lecteurs[membre.pk.hex] = COORDINATION
    monde.poser(MaraudeFactory, COORDINATION, equipe=autre_equipe).membres.add(membre)

    # Between the two: what crosses is read at both ends, and a person who came stays known.
    _orienter(monde, EQUIPES, espace, la_bas, connues[0])
    _orienter(monde, EQUIPES, la_bas, espace, envoyee)
    _orienter(monde, COORDINATION, la_bas, la_bas, inconnues[0], contact=passages[0].contact)
    # She was sent and arrived: who sent her may read which visit it was.
    _orienter(monde, EQUIPES, espace, la_bas, connues[5], survenu_le=maintenant() - timedelta(1))
    monde.lecteurs[passages[1].pk.hex] = EQUIPES
    monde.lecteurs[passages[0].pk.hex] = COORDINATION
    monde.poser(PassageFactory, EQUIPES, structure=espace, personne=venue)
    monde.poser(PassageFactory, EQUIPES, structure=autre_espace, personne=revenue)
    monde.poser(AccordPartageFactory, EQUIPES, personne=consentante, organisme=ici)
    monde.poser(AccordPartageFactory, EQUIPES, personne=connues[1], organisme=ailleurs)
    monde.poser(AccordPartageFactory, PERSONNE, personne=inconnues[5], organisme=tiers)
    _attendre(monde, espace, la_bas, libres, autres)
    # Of an allotment both ends read: whose the site is, and for whom it is.
    monde.poser(ContingentFactory, EQUIPES, site=site, organisme=ici)
    monde.poser(ContingentFactory, EQUIPES, site=site, organisme=tiers)
    monde.poser(ContingentFactory, EQUIPES, site=autre_site, organisme=ici)
    monde.poser(ContingentFactory, COORDINATION, site=autre_site, organisme=tiers)
    recalculer_marques()
    rapprocher_marques()
    _publier(monde)
    return monde


def _publier(monde: Monde) -> None:
    """What was signed for the partner, who reads all levels and types in what it knows."""
    Partenaire.objects.create(
        utilisateur=monde.comptes[Role.PARTENAIRE],
        niveaux=Niveau.values,
        saisit=IndicateurSaisi.values,
        par_minute=6000,
    )
    # Figures of each structure name it.
    for structure in Structure.objects.all():
        monde.lecteurs[structure.pk.hex] |= {Role.PARTENAIRE}
    jour = aujourd_hui()
    for periode in (f"{jour - timedelta(jour.day):%Y-%m}", str(jour.year - 1)):
        signer(preparer(periode), monde.comptes[Role.COORDINATEUR])


def _orienter(
    monde: Monde, lecteurs: Lecteurs, origine: Structure, structure: Structure, personne: Any,
    survenu_le: datetime | None = None, contact: Any = None,
) -> None:  # fmt: skip
    monde.poser(
        OrientationFactory, lecteurs, "motif", structure_origine=origine, structure=structure,
        personne=personne, contact=contact, survenu_le=survenu_le or maintenant(),
    )  # fmt: skip
