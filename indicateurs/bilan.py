"""The bilan: one year of one structure, of a type of structure, or of all, counted from the rows.

Formulas: docs/definitions.md § 2 to 5. Each count is one set-based query over a period; nothing
is a constant, and nothing is derived from another figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, Func, Q, QuerySet, Sum, When

from accueil.models import Passage
from commun.fonctions import JourDeParis
from commun.horloge import aujourd_hui, maintenant
from contacts.enums import Cadre, CategorieActe, Issue
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.enums import StatutOrientation
from coordination.models import Orientation
from hebergement.enums import Dispositif, Nature
from hebergement.models import OccupationNuit, Sejour, Site
from maraudes.enums import Milieu
from maraudes.models import Maraude, Rencontre
from socle.enums import Genre
from socle.models import Equipe, Personne, Structure

FORMULE = "bilan-2"


class LimiteDOrientation(Func):
    """The instant at which the 30 days of an orientation are over, on the wall clock of Paris."""

    function = "coordination_limite"
    output_field = DateTimeField()


Nombre = int | Decimal | None


@dataclass(frozen=True)
class Periode:
    """Days `[debut, fin)`."""

    debut: date
    fin: date

    @classmethod
    def annee(cls, annee: int) -> Periode:
        """A calendar year, or the days of the current one that are over: a day under way, or a
        night that nobody has slept yet, can't be compared with a whole one."""
        fin = min(date(annee + 1, 1, 1), aujourd_hui())
        return cls(date(annee, 1, 1), max(fin, date(annee, 1, 1)))

    def un_an_avant(self) -> Periode:
        """The same elapsed days of the year before; a whole year is compared with a whole year."""
        debut = self.debut.replace(year=self.debut.year - 1)
        if self.fin == date(self.debut.year + 1, 1, 1):
            return Periode(debut, self.debut)
        return Periode(debut, debut + (self.fin - self.debut))

    def sur(self, champ: str) -> Q:
        """The rows whose day `champ` is in the period."""
        return Q(**{f"{champ}__gte": self.debut, f"{champ}__lt": self.fin})


@dataclass(frozen=True)
class Portee:
    """What the bilan is about: one structure, the structures of a type, or all."""

    structure: Structure | None = None
    type_structure: str | None = None

    def sur(self, chemin: str) -> Q:
        """The rows whose structure, reached by `chemin`, is in scope."""
        if self.structure is not None:
            return Q(**{chemin: self.structure})
        if self.type_structure is not None:
            return Q(**{f"{chemin}__type": self.type_structure})
        return Q()

    # An indicator makes no sense, and is null, where the scope has nothing that it could count.

    @cached_property
    def a_un_accueil(self) -> bool:
        return Passage.objects.filter(self.sur("contact__structure")).exists()

    @cached_property
    def a_une_equipe(self) -> bool:
        return Equipe.objects.filter(self.sur("structure")).exists()

    @cached_property
    def a_un_site(self) -> bool:
        return Site.objects.filter(self.sur("structure")).exists()

    @cached_property
    def a_un_site_assore(self) -> bool:
        return Site.objects.filter(self.sur("structure"), dispositif=Dispositif.ASSORE).exists()


def _personnes(periode: Periode, portee: Portee) -> QuerySet[Personne]:
    """The file active: everyone with a contact of the period, as a true union."""
    contacts = Contact.objects.filter(
        periode.sur("jour"), portee.sur("structure"), issue=Issue.ECHANGE
    )
    actes = Acte.objects.filter(periode.sur("jour"), portee.sur("contact__structure"))
    nuits = Sejour.objects.filter(
        portee.sur("place__site__structure"),
        Q(depart__isnull=True) | Q(depart__gt=periode.debut),
        # A night is counted once it is over, and a same-day stay has none.
        Q(depart__isnull=True) | Q(depart__gt=F("arrivee")),
        nature=Nature.SEJOUR,
        arrivee__lt=min(periode.fin, aujourd_hui()),
    )
    if periode.debut >= periode.fin:
        # Someone lodged since before is on both sides of its one bound.
        nuits = nuits.none()
    return Personne.objects.filter(
        Q(pk__in=contacts.filter(personne__isnull=False).values("personne"))
        | Q(pk__in=actes.filter(contact__personne__isnull=False).values("contact__personne"))
        | Q(pk__in=nuits.values("personne"))
    )


def _passages(periode: Periode, portee: Portee) -> int:
    return Passage.objects.filter(
        periode.sur("contact__jour"), portee.sur("contact__structure")
    ).count()


def _file_active(periode: Periode, portee: Portee) -> int:
    return _personnes(periode, portee).count()


def _femmes(periode: Periode, portee: Portee) -> int:
    return _personnes(periode, portee).filter(genre=Genre.F).count()


def _actes(categorie: CategorieActe) -> Callable[[Periode, Portee], int]:
    def compter(periode: Periode, portee: Portee) -> int:
        return Acte.objects.filter(
            periode.sur("jour"), portee.sur("contact__structure"), categorie=categorie
        ).count()

    return compter


def _nuits(periode: Periode, portee: Portee) -> QuerySet[OccupationNuit]:
    return OccupationNuit.objects.filter(periode.sur("jour"), portee.sur("site__structure"))


def _places_assore(periode: Periode, portee: Portee) -> Nombre:
    """`theoriques` of the last computed night of the period."""
    nuits = _nuits(periode, portee).filter(site__dispositif=Dispositif.ASSORE)
    derniere = nuits.order_by("-jour").values("jour")[:1]
    somme: int | None = nuits.filter(jour__in=derniere).aggregate(n=Sum("theoriques"))["n"]
    return somme


def _taux_occupation(periode: Periode, portee: Portee) -> Nombre:
    sommes = _nuits(periode, portee).aggregate(o=Sum("occupees"), d=Sum("disponibles"))
    if not sommes["d"]:
        return None
    return arrondir(Decimal(sommes["o"]) / sommes["d"])


def _nuitees(periode: Periode, portee: Portee) -> Nombre:
    somme: int | None = _nuits(periode, portee).aggregate(n=Sum("occupees"))["n"]
    return somme or 0


def _maraudes(milieu: Milieu) -> Callable[[Periode, Portee], int]:
    def compter(periode: Periode, portee: Portee) -> int:
        return (
            Maraude.objects.cloturees()
            .filter(periode.sur("jour"), portee.sur("equipe__structure"), milieu=milieu)
            .count()
        )

    return compter


def _rencontres(periode: Periode, portee: Portee) -> int:
    return Rencontre.objects.filter(
        periode.sur("contact__jour"),
        portee.sur("contact__structure"),
        contact__issue=Issue.ECHANGE,
    ).count()


def _materiel_distribue(periode: Periode, portee: Portee) -> int:
    somme: int | None = RemiseMateriel.objects.filter(
        periode.sur("contact__jour"), portee.sur("contact__structure")
    ).aggregate(n=Sum("quantite_distribuee"))["n"]
    return somme or 0


def _orientations_emises(periode: Periode, portee: Portee) -> QuerySet[Orientation]:
    # All that happened in a round is of the day on which it started.
    jour = Case(
        When(contact__cadre=Cadre.MARAUDE, then=F("contact__jour")),
        default=JourDeParis("survenu_le"),
    )
    return Orientation.objects.annotate(jour=jour).filter(
        periode.sur("jour"), portee.sur("structure_origine")
    )


def _orientations(periode: Periode, portee: Portee) -> int:
    return _orientations_emises(periode, portee).exclude(statut=StatutOrientation.ANNULEE).count()


def _orientations_abouties(periode: Periode, portee: Portee) -> int:
    """Of the cohort that names a person and whose 30 days are over, those that arrived in time."""
    return (
        _orientations_emises(periode, portee)
        .filter(
            Q(
                arrivee_contact__isnull=False,
                arrivee_contact__survenu_le__lt=LimiteDOrientation("survenu_le"),
            )
            | Q(
                arrivee_sejour__isnull=False,
                arrivee_sejour__arrivee__lt=JourDeParis("survenu_le") + timedelta(days=30),
            ),
            personne__isnull=False,
        )
        .annotate(limite=LimiteDOrientation("survenu_le"))
        .filter(limite__lte=maintenant())
        .aggregate(n=Count("pk"))["n"]
    )


@dataclass(frozen=True)
class Indicateur:
    """One figure of the bilan: its name, how it is counted, and where it makes sense."""

    code: str
    libelle: str
    compter: Callable[[Periode, Portee], Nombre]
    concerne: Callable[[Portee], bool] = lambda _portee: True


INDICATEURS: tuple[Indicateur, ...] = (
    Indicateur("passages", "Passages", _passages, lambda p: p.a_un_accueil),
    Indicateur("file_active", "File active", _file_active),
    Indicateur("femmes", "Femmes de la file active", _femmes),
    Indicateur("actes_infirmiers", "Actes infirmiers", _actes(CategorieActe.SOINS_INFIRMIERS)),
    Indicateur(
        "actes_acces_aux_droits",
        "Actes d'accès aux droits",
        _actes(CategorieActe.ACCES_AUX_DROITS),
    ),
    Indicateur("places_assore", "Places Assore", _places_assore, lambda p: p.a_un_site_assore),
    Indicateur(
        "taux_occupation", "Taux d'occupation", _taux_occupation, lambda p: p.a_un_site
    ),
    Indicateur("nuitees", "Nuitées", _nuitees, lambda p: p.a_un_site),
    Indicateur(
        "maraudes_surface", "Maraudes de surface", _maraudes(Milieu.SURFACE),
        lambda p: p.a_une_equipe,
    ),
    Indicateur(
        "maraudes_sous_sol", "Maraudes en sous-sol", _maraudes(Milieu.SOUS_SOL),
        lambda p: p.a_une_equipe,
    ),
    Indicateur("rencontres", "Rencontres", _rencontres, lambda p: p.a_une_equipe),
    Indicateur("materiel_distribue", "Matériel distribué", _materiel_distribue),
    Indicateur("orientations", "Orientations émises", _orientations),
    Indicateur("orientations_abouties", "Orientations abouties", _orientations_abouties),
)  # fmt: skip


def arrondir(valeur: Decimal) -> Decimal:
    """Half-up to four decimals, as every rate of the service."""
    return valeur.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _ligne(indicateur: Indicateur, periode: Periode, portee: Portee) -> dict[str, Any]:
    valeur = precedent = None
    if indicateur.concerne(portee):
        valeur = indicateur.compter(periode, portee)
        precedent = indicateur.compter(periode.un_an_avant(), portee)
    ecart = ecart_pct = None
    if valeur is not None and precedent is not None:
        ecart = valeur - precedent
        if precedent:
            ecart_pct = arrondir(Decimal(ecart) / Decimal(precedent) * 100)
    return {
        "code": indicateur.code,
        "libelle": indicateur.libelle,
        "valeur": valeur,
        "precedent": precedent,
        "ecart": ecart,
        "ecart_pct": ecart_pct,
        "secret": False,
    }


def calculer_bilan(
    annee: int,
    structure: Structure | None = None,
    type_structure: str | None = None,
    indicateurs: Iterable[Indicateur] = INDICATEURS,
) -> dict[str, Any]:
    """The bilan of a year: values, those of the same days a year before, and their difference.

    `valeur` is null where the indicator makes no sense for the scope; `ecart_pct` is a number of
    percent, null where there was nothing before. `connu_le` is the instant of the count.
    """
    portee = Portee(structure, type_structure)
    periode = Periode.annee(annee)
    return {
        "annee": annee,
        "structure": structure.code if structure else None,
        "formule": FORMULE,
        "connu_le": maintenant(),
        "indicateurs": [_ligne(indicateur, periode, portee) for indicateur in indicateurs],
    }
