"""The rows that figures count: of which day, structure and person they are, what they divide by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    TextField,
    Value,
    When,
)  # fmt: skip
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import GreaterThan

from accueil.models import JourOuverture, Passage
from commun.fonctions import JourDeParis
from commun.horloge import aujourd_hui
from contacts.enums import Cadre, CategorieActe, MaterielRdR
from contacts.models import Acte, RemiseMateriel
from coordination.models import Orientation
from hebergement.enums import DestinationSortie, Dispositif, MotifSortie
from hebergement.models import Fermeture, OccupationNuit, Sejour
from indicateurs.models import Fait, Hebergement, Presence, PresenceParMois, Semaine, Vacance
from indicateurs.periodes import Periode
from maraudes.enums import Milieu, StatutEtape, StatutMaraude
from maraudes.models import Etape, Maraude, Rencontre, Secteur
from socle.enums import Genre, TrancheAge, TypeStructure


class Axe(TextChoices):
    """What a figure may be broken down by: this list, and no free filter."""

    STRUCTURE = "structure", "Structure"
    TYPE = "type", "Type de structure"
    ORGANISME = "organisme", "Organisme"
    ARRONDISSEMENT = "arrondissement", "Arrondissement"
    MILIEU = "milieu", "Milieu"
    CADRE = "cadre", "Cadre du contact"
    GENRE = "genre", "Genre"
    AGE = "age", "Âge atteint dans l'année"
    CATEGORIE = "categorie", "Catégorie d'acte"
    MATERIEL = "materiel", "Matériel"
    DISPOSITIF = "dispositif", "Dispositif d'hébergement"
    MOTIF = "motif", "Motif de sortie"
    DESTINATION = "destination", "Destination de sortie"
    ORIENTEE_VERS = "orientee_vers", "Type de la structure de destination"


# Whose values are known beforehand: each is told, also where nothing was counted.
VOCABULAIRES: dict[Axe, type[TextChoices]] = {
    Axe.TYPE: TypeStructure,
    Axe.MILIEU: Milieu,
    Axe.CADRE: Cadre,
    Axe.GENRE: Genre,
    Axe.AGE: TrancheAge,
    Axe.CATEGORIE: CategorieActe,
    Axe.MATERIEL: MaterielRdR,
    Axe.DISPOSITIF: Dispositif,
    Axe.MOTIF: MotifSortie,
    Axe.DESTINATION: DestinationSortie,
    Axe.ORIENTEE_VERS: TypeStructure,
}
# What describes a person.
DE_LA_PERSONNE = (Axe.GENRE, Axe.AGE)
SANS_PERSONNE = "SANS_PERSONNE"
TERRITOIRE = (Axe.STRUCTURE, Axe.TYPE, Axe.ORGANISME, Axe.ARRONDISSEMENT)
AGES = (
    (18, TrancheAge.MINEUR),
    (25, TrancheAge.DE_18_A_24),
    (35, TrancheAge.DE_25_A_34),
    (45, TrancheAge.DE_35_A_44),
    (60, TrancheAge.DE_45_A_59),
)


@dataclass(frozen=True)
class Source:
    """Rows, each of one day or of a range of days.

    Args:
        lignes: the rows, before any period or scope.
        structure, personne: the paths to them; no person where rows are of places or rounds, no
            structure where they are of the network.
        axes: of each breakdown, the expression of its value for a year.
        jour: the path to the day; None where rows last from `debut` to `fin`, empty where they are
            of every day.
        recu_le: the path to the instant at which a row reached us, where it is kept.
        jours: of rows that are months, the path to the bits of their days; null where a row lasts.
        resume: the same in fewer rows, for what it knows: sums (`nombre` of rows), or persons.
    """

    lignes: Callable[[], QuerySet[Any]]
    structure: str
    axes: Mapping[Axe, Callable[[int], Any]] = field(hash=False)
    jour: str | None = "jour"
    personne: str | None = None
    recu_le: str | None = None
    jours: str | None = None
    resume: Source | None = None

    def valeur(self, axe: Axe, annee: int) -> Any:
        """The expression of an axis for a year. On those that describe a person, rows without one
        are under a value of their own, whatever was seen."""
        expression = self.axes[axe](annee)
        if axe in DE_LA_PERSONNE and self.personne is not None:
            anonyme = When(Q(**{f"{self.personne}__isnull": True}), then=Value(SANS_PERSONNE))
            return Case(anonyme, default=expression, output_field=TextField())
        return expression

    def pendant(self, periode: Periode) -> Q:
        """The rows of a period."""
        if self.jour == "":
            return Q()
        if self.jour is not None:
            return Q(**{f"{self.jour}__gte": periode.debut, f"{self.jour}__lt": periode.fin})
        if periode.debut >= periode.fin:
            # Who was there since before is on both sides of its one bound.
            return Q(pk__in=())
        fin = min(periode.fin, aujourd_hui())
        touche = Q(debut__lt=fin) & (Q(fin__isnull=True) | Q(fin__gt=periode.debut))
        return touche if self.jours is None else touche & self._jours_dans(periode.debut, fin)

    def _jours_dans(self, debut: date, fin: date) -> Q:
        """Of the months that touch `[debut, fin)`, those with one of its days."""
        assert self.jours
        dedans = Q(**{f"{self.jours}__isnull": True}) | Q(debut__gte=debut, fin__lte=fin)
        for mois in {jour.replace(day=1) for jour in (debut, fin - timedelta(days=1))}:
            suivant = (mois + timedelta(days=31)).replace(day=1)
            premier, dernier = max(debut, mois), min(fin, suivant)
            bits = sum(1 << n for n in range((premier - mois).days, (dernier - mois).days))
            un_des_siens = GreaterThan(F(self.jours).bitand(bits), 0)
            dedans |= Q(debut=mois) & Q(un_des_siens)
        return dedans


def _de(chemin: str) -> Callable[[int], Any]:
    return lambda _annee: F(chemin)


def _territoire(structure: str, arrondissement: str = "") -> dict[Axe, Callable[[int], Any]]:
    return {
        Axe.STRUCTURE: _de(f"{structure}__code"),
        Axe.TYPE: _de(f"{structure}__type"),
        Axe.ORGANISME: _de(f"{structure}__organisme__code"),
        Axe.ARRONDISSEMENT: _de(arrondissement or f"{structure}__arrondissement"),
    }


def _tranche(annee: int, naissance: str, sinon: Any) -> Case:
    """The age reached in the year: of a person and a year, so that a year has one for each."""
    return Case(
        When(Q(**{f"{naissance}__isnull": True}), then=sinon),
        *(
            When(Q(**{f"{naissance}__gt": annee - age}), then=Value(tranche.value))
            for age, tranche in AGES
        ),
        default=Value(TrancheAge.DE_60_ET_PLUS.value),
        output_field=TextField(),
    )


def du_fichier(chemin: str = "") -> dict[Axe, Callable[[int], Any]]:
    """Of a person: what their file says, so that each counts under one value.

    Args:
        chemin: to the file, with the underscores that end it.
    """
    inconnu = Value(Genre.NON_RENSEIGNE.value)
    return {
        Axe.GENRE: lambda _annee: Coalesce(F(f"{chemin}genre"), inconnu),
        Axe.AGE: lambda annee: _tranche(
            annee, f"{chemin}annee_naissance", Value(TrancheAge.NON_RENSEIGNE.value)
        ),
    }


def _du_contact(contact: str) -> dict[Axe, Callable[[int], Any]]:
    """Of an event: what the person's file says, else what was seen."""
    dit = NullIf(F(f"{contact}personne__genre"), Value(Genre.NON_RENSEIGNE.value))
    return {
        Axe.GENRE: lambda _annee: Coalesce(dit, F(f"{contact}genre_observe")),
        Axe.AGE: lambda annee: _tranche(
            annee, f"{contact}personne__annee_naissance", F(f"{contact}tranche_age_observee")
        ),
    }


class LimiteDOrientation(Func):
    """The instant at which the 30 days of an orientation are over, on the wall clock of Paris."""

    function = "coordination_limite"
    output_field = DateTimeField()


def _orientations() -> QuerySet[Orientation]:
    # All that happened in a round is of the day on which it started.
    return Orientation.objects.annotate(
        jour=Case(
            When(contact__cadre=Cadre.MARAUDE, then=F("contact__jour")),
            default=JourDeParis("survenu_le"),
        ),
        limite=LimiteDOrientation("survenu_le"),
        dernier_jour=JourDeParis("survenu_le") + timedelta(days=30),
    )


def _faits(objet: str, detail: str = "", *sauf: Axe, axe: Axe | None = None) -> Source:
    """The sums of a kind by structure and day; what they are told by goes by its name elsewhere."""

    def lignes() -> QuerySet[Fait]:
        faits = Fait.objects.filter(objet=objet)
        return faits.annotate(**{detail: F("detail")}) if detail else faits

    axes = {cle: valeur for cle, valeur in _territoire("structure").items() if cle not in sauf}
    return Source(lignes, "structure", axes if axe is None else axes | {axe: _de(detail)})


PASSAGES = Source(
    Passage.objects.all,
    "contact__structure",
    _territoire("contact__structure") | _du_contact("contact__"),
    "contact__jour",
    "contact__personne",
    "contact__recu_le",
    resume=_faits("PASSAGE"),
)
OUVERTURES = Source(
    JourOuverture.objects.filter(ouverte=True).all, "structure", _territoire("structure")
)
ACTES = Source(
    Acte.objects.all,
    "contact__structure",
    _territoire("contact__structure")
    | _du_contact("contact__")
    | {Axe.CATEGORIE: _de("categorie")},
    "jour",
    "contact__personne",
    "recu_le",
    resume=_faits("ACTE", "categorie", axe=Axe.CATEGORIE),
)
MATERIEL = Source(
    RemiseMateriel.objects.all,
    "contact__structure",
    _territoire("contact__structure") | _du_contact("contact__") | {Axe.MATERIEL: _de("materiel")},
    "contact__jour",
    "contact__personne",
    "recu_le",
    resume=_faits("MATERIEL", "materiel", axe=Axe.MATERIEL),
)
MARAUDES = Source(
    Maraude.objects.all,
    "equipe__structure",
    _territoire("equipe__structure") | {Axe.MILIEU: _de("milieu")},
)
RENCONTRES = Source(
    lambda: Rencontre.objects.annotate(issue=F("contact__issue")),
    "contact__structure",
    _territoire("contact__structure", "secteur__arrondissement")
    | _du_contact("contact__")
    | {Axe.MILIEU: _de("maraude__milieu")},
    "contact__jour",
    "contact__personne",
    "contact__recu_le",
    # It is of the arrondissement where it was, which the structure does not say.
    resume=_faits("RENCONTRE", "issue", Axe.ARRONDISSEMENT),
)
ORIENTATIONS = Source(
    _orientations,
    "structure_origine",
    _territoire("structure_origine")
    | du_fichier("personne__")
    | {Axe.ORIENTEE_VERS: _de("structure__type")},
    "jour",
    "personne",
    "recu_le",
)
NUITS = Source(
    OccupationNuit.objects.all,
    "site__structure",
    _territoire("site__structure", "site__arrondissement")
    | {Axe.DISPOSITIF: _de("site__dispositif")},
)
SORTIES = Source(
    Hebergement.objects.all,
    "site__structure",
    _territoire("site__structure", "site__arrondissement")
    | du_fichier("personne__")
    | {
        Axe.DISPOSITIF: _de("site__dispositif"),
        Axe.MOTIF: _de("motif_sortie"),
        Axe.DESTINATION: _de("destination"),
    },
    "depart",
    "personne",
)
VACANCES = Source(
    Vacance.objects.all,
    "site__structure",
    NUITS.axes,
)
VISITES = Source(
    lambda: Etape.objects.filter(statut=StatutEtape.VISITEE).exclude(
        maraude__statut=StatutMaraude.ANNULEE
    ),
    "maraude__equipe__structure",
    _territoire("maraude__equipe__structure", "secteur__arrondissement")
    | {Axe.MILIEU: _de("secteur__milieu")},
    "maraude__jour",
)
# Of the network: several teams visit a sector.
SEMAINES = Source(
    Semaine.objects.all,
    "",
    {Axe.ARRONDISSEMENT: _de("secteur__arrondissement"), Axe.MILIEU: _de("secteur__milieu")},
)
SECTEURS = Source(
    Secteur.objects.filter(actif=True).all,
    "",
    {Axe.ARRONDISSEMENT: _de("arrondissement"), Axe.MILIEU: _de("milieu")},
    "",
)
SEJOURS = Source(
    lambda: (
        Sejour.objects.sejours()
        .filter(~Q(depart=F("arrivee")))
        .annotate(debut=F("arrivee"), fin=F("depart"))
    ),
    "place__site__structure",
    _territoire("place__site__structure", "place__site__arrondissement")
    | du_fichier("personne__")
    | {Axe.DISPOSITIF: _de("place__site__dispositif")},
    None,
    "personne",
)
# Who stays in spite of a closure.
FORCES = replace(
    SEJOURS,
    lignes=lambda: SEJOURS.lignes().filter(
        Exists(
            Fermeture.objects.filter(
                place=OuterRef("place"), demi_journees__overlap=OuterRef("demi_journees")
            )
        )
    ),
)
ARRIVEES = Source(
    lambda: Sejour.objects.sejours().filter(suite_de=None),
    SEJOURS.structure,
    SEJOURS.axes,
    "arrivee",
    "personne",
    "recu_le",
)
_DE_PRESENCE = _territoire("structure") | du_fichier("personne__") | {Axe.CADRE: _de("cadre")}
PRESENCES_PAR_MOIS = Source(
    PresenceParMois.objects.all, "structure", _DE_PRESENCE, None, "personne", jours="jours"
)
PRESENCES = Source(
    Presence.objects.all,
    "structure",
    _DE_PRESENCE,
    None,
    "personne",
    "recu_le",
    resume=PRESENCES_PAR_MOIS,
)
