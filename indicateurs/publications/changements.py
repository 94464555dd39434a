"""What a publication changes of the one before it, and why: late entries, corrections, waits."""

from __future__ import annotations

from typing import Any

from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.models import TOUS, Chiffre, Publication
from indicateurs.publications.figures import TARDIVES
from indicateurs.series import NON_IDENTIFIEES
from indicateurs.sources import SANS_PERSONNE, VOCABULAIRES, Axe
from socle.enums import TypeStructure

TERRITOIRE = ("indicateur", "niveau", "territoire", "axe", "code")
DE_CHACUN = {
    Niveau.TYPE: "Chaque type de structure",
    Niveau.ORGANISME: "Chaque organisme",
    Niveau.STRUCTURE: "Chaque structure",
    Niveau.ARRONDISSEMENT: "Chaque arrondissement",
}


def changements(publication: Publication) -> dict[str, Any]:
    """The page of a publication.

    Returns:
        `nombre` of figures that are published, of which `masques`, and beside them all that was
        taken out whole, `retires`; `precedente`, and of what moved since the largest first:
        `changes` (shown), `attentes` (too few persons changed); a figure of which some waits is in
        both. `nouvelles`: the figures that the revision before had nothing of; `a_venir`: those
        that a later one will have. Each list is whole: who signs answers for all of it.
    """
    tous = list(publication.chiffres.order_by(*TERRITOIRE))
    chiffres = [c for c in tous if not c.retire]
    masques = [c for c in chiffres if c.secret]
    retires = [c for c in tous if c.retire and c.code == TOUS]
    precedente = (
        Publication.objects.signees()
        .filter(periode=publication.periode, revision__lt=publication.revision)
        .order_by("-revision")
        .first()
    )
    anciens = {_cle(c): c for c in precedente.chiffres.all()} if precedente else {}
    deja_dites = {indicateur for indicateur, *_ in anciens} or {c.indicateur for c in chiffres}
    changes, attentes = [], []
    for chiffre in chiffres:
        if chiffre.exacte is None or chiffre.indicateur not in deja_dites:
            continue
        ancien = anciens.get(_cle(chiffre)) if precedente else chiffre
        avant = int(ancien.exacte or 0) if ancien else 0
        garde = int(chiffre.exacte)
        if garde != avant:
            changes.append(_ligne(chiffre, avant, garde, chiffre.tardives))
        if chiffre.attente:
            jusque = garde + chiffre.attente
            attentes.append(_ligne(chiffre, garde, jusque, chiffre.attente_tardive))
    for lignes in (changes, attentes):
        lignes.sort(key=lambda ligne: -abs(ligne["ecart"]))
    return {
        "publication": publication,
        "precedente": precedente,
        "nombre": len(chiffres),
        "nouvelles": sorted(
            {PAR_CODE[c.indicateur].libelle for c in chiffres if c.indicateur not in deja_dites}
        ),
        "a_venir": sorted(PAR_CODE[c].libelle for c in TARDIVES - {c.indicateur for c in chiffres}),
        "changes": changes,
        "attentes": attentes,
        "sans_origine": any(ligne["tardives"] is None for ligne in (*changes, *attentes)),
        "masques": [_nommer(c) for c in masques],
        "retires": [_nommer_le_groupe(c) for c in retires],
    }


def _cle(chiffre: Chiffre) -> tuple[str, ...]:
    return tuple(getattr(chiffre, nom) for nom in TERRITOIRE)


def _ligne(chiffre: Chiffre, avant: int, apres: int, venues: int) -> dict[str, Any]:
    """What came late, `venues`, and the rest of the difference, which is a correction. Neither is
    known where the rows do not say when they came."""
    ecart = apres - avant
    tardives = venues if _sait_quand(chiffre) else None
    return {
        **_nommer(chiffre),
        "avant": avant,
        "apres": apres,
        "ecart": ecart,
        "tardives": tardives,
        "corrigees": None if tardives is None else ecart - tardives,
        "secret": chiffre.secret,
    }


def _sait_quand(chiffre: Chiffre) -> bool:
    """Whether the rows of a figure say when they reached us."""
    mesure = PAR_CODE[chiffre.indicateur].mesure
    return mesure is not None and mesure.source.recu_le is not None


def _nommer(chiffre: Chiffre) -> dict[str, Any]:
    lieu = _lieu(chiffre)
    detail = f"{Axe(chiffre.axe).label} : {libelle(chiffre)}" if chiffre.axe else ""
    return {
        "libelle": PAR_CODE[chiffre.indicateur].libelle,
        "lieu": f"{lieu}, {detail}" if detail else lieu,
        "personnes": chiffre.personnes,
        "exacte": chiffre.exacte,
    }


def _lieu(chiffre: Chiffre) -> str:
    niveau, territoire = Niveau(chiffre.niveau), chiffre.territoire
    if territoire == TOUS:
        return DE_CHACUN.get(niveau, niveau.label)
    if niveau == Niveau.TYPE:
        territoire = TypeStructure(territoire).label
    return " ".join(mot for mot in (niveau.label, territoire) if mot)


def _nommer_le_groupe(chiffre: Chiffre) -> dict[str, Any]:
    """A figure that was taken out of a kind of territory, or of a breakdown of one."""
    return {
        "libelle": PAR_CODE[chiffre.indicateur].libelle,
        "lieu": _lieu(chiffre),
        "ventilation": Axe(chiffre.axe).label if chiffre.axe else "",
    }


def libelle(chiffre: Chiffre) -> str:
    """The value of a breakdown, as it is read."""
    if chiffre.code == SANS_PERSONNE:
        return NON_IDENTIFIEES
    vocabulaire = VOCABULAIRES.get(Axe(chiffre.axe))
    return str(vocabulaire(chiffre.code).label) if vocabulaire else chiffre.code
