"""What partners read: published figures, and of these what their perimeter opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from rest_framework.exceptions import ValidationError

from commun.api.errors import Absent, Interdit
from indicateurs.bilan import CODES, comparer
from indicateurs.catalogue import PAR_CODE, SAISIS
from indicateurs.enums import Niveau
from indicateurs.indicateur import Indicateur
from indicateurs.models import TOUS, Chiffre, Partenaire, Publication
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, lire
from indicateurs.publications.cellules import AXE_DU_NIVEAU, est_publie, groupements
from indicateurs.publications.figures import PUBLIES
from indicateurs.series import ENSEMBLE, valeurs_de_l_axe
from indicateurs.sources import Axe

NIVEAU_DE_L_AXE = {axe: niveau for niveau, axe in AXE_DU_NIVEAU.items()}
TOUS_LES_CODES = frozenset(indicateur.code for indicateur in (*PUBLIES, *SAISIS))
HORS_PERIMETRE = "Ces chiffres ne sont pas dans votre périmètre."
PAS_PUBLIE = "Cet indicateur n'est pas publié."


# With chosen structures, nothing else that is not of all: a type may be another one alone.
DE_STRUCTURES = frozenset({Niveau.RESEAU, Niveau.STRUCTURE})


@dataclass(frozen=True)
class Perimetre:
    """What may be read; a coordinator's opens everything that was published."""

    niveaux: frozenset[str] = frozenset(Niveau.values)
    structures: frozenset[str] = frozenset()
    indicateurs: frozenset[str] = TOUS_LES_CODES

    @classmethod
    def de(cls, partenaire: Partenaire) -> Perimetre:
        structures = frozenset(partenaire.structures.values_list("code", flat=True))
        return cls(
            frozenset(partenaire.niveaux) & (DE_STRUCTURES if structures else set(Niveau)),
            structures,
            TOUS_LES_CODES.intersection(partenaire.indicateurs or TOUS_LES_CODES),
        )

    def verifier(self, niveau: Niveau, territoire: str | None, *indicateurs: str) -> None:
        """Raises: Interdit, it is not in the perimeter. No territory: some of the level's."""
        permis = niveau in self.niveaux and set(indicateurs) <= self.indicateurs
        if not permis or (territoire is not None and not self.ouvre(niveau, territoire)):
            raise Interdit(HORS_PERIMETRE)

    def ouvre(self, niveau: Niveau, territoire: str) -> bool:
        """Whether one territory of a level may be read; of the structures, some may be chosen."""
        return niveau != Niveau.STRUCTURE or not self.structures or territoire in self.structures


def territoire_de(portee: Portee) -> tuple[Niveau, str]:
    if portee.structure is not None:
        return Niveau.STRUCTURE, portee.structure.code
    if portee.type_structure is not None:
        return Niveau.TYPE, portee.type_structure
    return Niveau.RESEAU, ""


def bilan_publie(
    annee: int, portee: Portee, perimetre: Perimetre, revision: int | None = None
) -> dict[str, Any]:
    """The bilan of a year as it was signed last, or in an older revision.

    Raises:
        Absent: it was not published.
        Interdit: the territory is not in the perimeter.
    """
    niveau, territoire = territoire_de(portee)
    perimetre.verifier(niveau, territoire)
    publication = _publication(str(annee), revision)
    signees = Publication.objects.signees().filter(periode=str(annee - 1))
    if revision is not None:
        # An older revision stays beside what was signed when it was.
        signees = signees.filter(signee_le__lte=publication.signee_le)
    avant = signees.order_by("-revision").first()
    codes = [code for code in CODES if code in perimetre.indicateurs]
    ou = {"niveau": niveau, "axe": ""}
    # A kind of territory that was taken out whole has one row, which stands for each of them.
    lignes = Chiffre.objects.filter(
        publication__in=[p for p in (publication, avant) if p], indicateur__in=codes,
        territoire__in=[territoire, TOUS], **ou,
    )  # fmt: skip
    trouves: dict[tuple[Any, str], Chiffre] = {
        (chiffre.publication_id, chiffre.indicateur): chiffre for chiffre in la_sienne_apres(lignes)
    }
    return {
        "annee": annee,
        "structure": portee.structure.code if portee.structure else None,
        "formule": publication.formule,
        "connu_le": publication.connu_le,
        "revision": publication.revision,
        "signee_le": publication.signee_le,
        "indicateurs": [
            {
                "code": code,
                "libelle": PAR_CODE[code].libelle,
                **comparer_publies(
                    trouves.get((publication.pk, code)),
                    trouves.get((avant.pk, code)) if avant else None,
                ),
            }
            for code in codes
        ],
    }


def la_sienne_apres(lignes: Iterable[Chiffre]) -> list[Chiffre]:
    """The rows that stand for all territories or values first: one's own row says more, where both
    are there."""
    return sorted(lignes, key=lambda chiffre: chiffre.code != TOUS)


def comparer_publies(chiffre: Chiffre | None, precedent: Chiffre | None) -> dict[str, Any]:
    """A published figure beside the one before: a difference with a masked one is masked."""
    return {
        **comparer(_valeur(chiffre), _valeur(precedent)),
        "secret": chiffre is not None and chiffre.secret,
        "retire": chiffre is not None and chiffre.retire,
    }


def _valeur(chiffre: Chiffre | None) -> Any:
    """A count stays whole."""
    valeur = chiffre.valeur if chiffre is not None else None
    if chiffre is not None and valeur is not None and chiffre.exacte is not None:
        return int(valeur)
    return valeur


def _publication(periode: str, revision: int | None) -> Publication:
    """Raises: Absent, it was not published, or not in this revision."""
    par_revision = {
        p.revision: p
        for p in Publication.objects.signees().filter(periode=periode).order_by("revision")
    }
    if not par_revision:
        raise Absent("Cette période n'est pas publiée.")
    voulue = max(par_revision) if revision is None else revision
    if voulue not in par_revision:
        connues = ", ".join(map(str, par_revision))
        raise Absent(f"Cette période n'a pas de révision {voulue}. Révisions publiées : {connues}.")
    return par_revision[voulue]


def series_publiees(
    indicateur: Indicateur,
    pas: Pas,
    portee: Portee,
    perimetre: Perimetre,
    axe: Axe | None = None,
    annee: int | None = None,
    revision: int | None = None,
) -> dict[str, Any]:
    """A figure period after period, as it was signed last, or last up to a revision; a period that
    wasn't is not there.

    Raises:
        Absent: it is a figure that is never published.
        Interdit: it is not in the perimeter.
        ValidationError: this breakdown of this territory is never published.
    """
    if not indicateur.publie:
        raise Absent(PAS_PUBLIE)
    niveau, territoire = territoire_de(portee)
    perimetre.verifier(niveau, territoire, indicateur.code)
    detail = _detail(pas, niveau, axe, indicateur)
    if isinstance(detail, Niveau):
        perimetre.verifier(detail, None)
    publications = {
        p.periode: p for p in Publication.objects.dernieres(revision) if lire(p.periode)[0] == pas
    }
    choisies = [
        periode
        for periode in sorted(publications)
        if annee is None or periode.startswith(str(annee))
    ]
    utiles = {*choisies, *map(un_an_avant, choisies)} & publications.keys()
    periodes = {publications[periode].pk: periode for periode in utiles}
    ici = Q(niveau=niveau, territoire__in=[territoire, TOUS])
    voulus = ici & Q(axe="")
    if isinstance(detail, Niveau):
        voulus |= Q(niveau=detail, axe="")
    elif detail is not None:
        voulus |= ici & Q(axe=detail)
    lus: dict[tuple[str, str | None], Chiffre] = {}
    lignes = Chiffre.objects.filter(voulus, publication__in=periodes, indicateur=indicateur.code)
    for chiffre in la_sienne_apres(lignes):
        if chiffre.retire and chiffre.axe and chiffre.code != TOUS:
            continue  # kept for the next periods: which values it had is not told
        code: str | None = None
        if isinstance(detail, Niveau) and chiffre.niveau == detail:
            code = chiffre.territoire
            if code != TOUS and not perimetre.ouvre(detail, code):
                continue
        elif chiffre.axe:
            code = chiffre.code
        lus[periodes[chiffre.publication_id], code] = chiffre
    valeurs = valeurs_de_l_axe(axe, {code for _, code in lus if code not in {None, TOUS}})
    return {
        "indicateur": indicateur.code,
        "libelle": indicateur.libelle,
        "unite": indicateur.unite,
        "par": pas,
        "ventilation": axe,
        "structure": portee.structure.code if portee.structure else None,
        "type": portee.type_structure,
        "formule": indicateur.formule,
        "connu_le": max((publications[p].connu_le for p in choisies), default=None),
        "series": [
            {
                "code": code,
                "libelle": libelle,
                "points": [
                    _point(indicateur, publications, lus, periode, code) for periode in choisies
                ],
            }
            for code, libelle in [(None, ENSEMBLE), *valeurs]
        ],
    }


def _detail(
    pas: Pas, niveau: Niveau, axe: Axe | None, indicateur: Indicateur
) -> Niveau | Axe | None:
    """How the cells of a breakdown are kept: as territories of their own, or as values."""
    if axe is None:
        return None
    if axe in NIVEAU_DE_L_AXE and niveau == Niveau.RESEAU:
        return NIVEAU_DE_L_AXE[axe]
    if (niveau, axe) in set(groupements(pas)) and est_publie(indicateur, niveau, axe):
        return axe
    raise ValidationError({"ventilation": "Cette ventilation de ce territoire n'est pas publiée."})


def _point(
    indicateur: Indicateur,
    publications: dict[str, Publication],
    lus: dict[tuple[str, str | None], Chiffre],
    periode: str,
    code: str | None,
) -> dict[str, Any]:
    _, jours = lire(periode)
    avant = un_an_avant(periode)
    chiffre = _ou_zero(indicateur, lus, periode, code)
    return {
        "periode": periode,
        "debut": jours.debut,
        "fin": jours.fin,
        "revision": publications[periode].revision,
        "connu_le": publications[periode].connu_le,
        **comparer_publies(
            chiffre, _ou_zero(indicateur, lus, avant, code) if avant in publications else None
        ),
        "borne_basse": chiffre.borne_basse if chiffre is not None else None,
        "borne_haute": chiffre.borne_haute if chiffre is not None else None,
    }


def un_an_avant(periode: str) -> str:
    return f"{int(periode[:4]) - 1}{periode[4:]}"


def _ou_zero(
    indicateur: Indicateur,
    lus: dict[tuple[str, str | None], Chiffre],
    periode: str,
    code: str | None,
) -> Chiffre | None:
    """A cell that a publication does not hold was zero; a ratio of nothing is null."""
    if (periode, code) in lus:
        return lus[periode, code]
    if code is not None and (periode, TOUS) in lus:
        return lus[periode, TOUS]
    if indicateur.rapport is not None:
        return None
    if (periode, None) not in lus:
        return None  # the figure makes no sense of this territory
    return Chiffre(indicateur=indicateur.code, valeur=0, exacte=0)
