"""What a publication changes of the one before it, and why: late entries, corrections, waits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.models import TOUS, AttenteSansChiffre, Chiffre, Publication
from indicateurs.models.publications import CELLULE
from indicateurs.publications.cellules import Cle, Groupe, groupe_de
from indicateurs.publications.figures import ABOUTIES, TARDIVES
from indicateurs.series import NON_IDENTIFIEES
from indicateurs.sources import SANS_PERSONNE, VOCABULAIRES, Axe
from socle.enums import TypeStructure

DE_CHACUN = {
    Niveau.TYPE: "Chaque type de structure",
    Niveau.ORGANISME: "Chaque organisme",
    Niveau.STRUCTURE: "Chaque structure",
    Niveau.ARRONDISSEMENT: "Chaque arrondissement",
}


def changements(publication: Publication) -> dict[str, Any]:
    """The page of a publication.

    Of each cell, what was published of it and what waited in the revision before, with what came
    late since and what was corrected, is what is published of it and what waits now.

    Returns:
        `nombre` of figures that are published, of which `masques`, and beside them all that was
        taken out whole, `retires`; `precedente`, and of what moved since the largest first:
        `changes` (shown) and `autres`, of which some waits or waited; how many have something that
        waits (too few persons changed), `attentes`. `nouvelles`: the figures that the revision
        before had nothing of; `a_venir`: those that a later one will have. Each list is whole: who
        signs answers for all of it.
    """
    precedente = (
        Publication.objects.signees()
        .filter(periode=publication.periode, revision__lt=publication.revision)
        .order_by("-revision")
        .first()
    )
    deux = {"publication__in": [p for p in (publication, precedente) if p]}
    lus = list(Chiffre.objects.filter(**deux).order_by(*CELLULE))
    attendus = list(AttenteSansChiffre.objects.filter(**deux).order_by(*CELLULE))
    tous = [c for c in lus if c.publication_id == publication.pk]
    anciens = [c for c in lus if c.publication_id != publication.pk]
    chiffres = [c for c in tous if not c.retire]
    masques = [c for c in chiffres if c.secret]
    retires = [c for c in tous if c.retire and c.code == TOUS]
    avant = _etats(anciens, (a for a in attendus if a.publication_id != publication.pk))
    apres = _etats(tous, (a for a in attendus if a.publication_id == publication.pk))
    deja_dites = {c.indicateur for c in (anciens if precedente else chiffres)}
    otes = {Groupe(*c.cellule[:4]) for c in retires}
    # Where something waited that is not there any more.
    parties = {
        cle: etat for cle, etat in avant.items()
        if isinstance(etat, AttenteSansChiffre) and groupe_de(Cle("", *cle)) not in otes
    }  # fmt: skip
    lignes = [
        _ligne(
            ici, avant.get(cle), apres.get(cle),
            premiere=precedente is None or ici.indicateur not in deja_dites,
        )
        for cle, ici in (parties | apres).items()
    ]  # fmt: skip
    lignes = [ligne for ligne in lignes if ligne["bouge"]]
    lignes.sort(key=lambda ligne: -max(abs(ligne["ecart"]), abs(ligne["attend"])))
    return {
        "publication": publication,
        "precedente": precedente,
        "nombre": len(chiffres),
        "nouvelles": sorted(
            {PAR_CODE[c.indicateur].libelle for c in chiffres if c.indicateur not in deja_dites}
        ),
        "a_venir": sorted(PAR_CODE[c].libelle for c in TARDIVES - {c.indicateur for c in chiffres}),
        "changes": [ligne for ligne in lignes if ligne["ecart"]],
        "autres": [ligne for ligne in lignes if not ligne["ecart"]],
        "attentes": sum(ligne["attend"] != 0 for ligne in lignes),
        "sans_origine": any(li["tardives"] is None and not li["premiere"] for li in lignes),
        "masques": [{**_nommer(c), "personnes": c.personnes, "exacte": c.exacte} for c in masques],
        "retires": [_nommer_le_groupe(c) for c in retires],
    }


Etat = Chiffre | AttenteSansChiffre


def _etats(
    chiffres: Iterable[Chiffre], attentes: Iterable[AttenteSansChiffre]
) -> dict[tuple[str, ...], Etat]:
    """What is kept of each cell, published or not."""
    etats: list[Etat] = [c for c in chiffres if c.exacte is not None and not c.retire]
    etats += attentes
    return {etat.cellule: etat for etat in etats}


def _lus(etat: Etat | None) -> tuple[int, int]:
    """What was published, and what waited."""
    if etat is None:
        return 0, 0
    return int(etat.exacte or 0) if isinstance(etat, Chiffre) else 0, etat.attente


def _ligne(ici: Etat, avant: Etat | None, apres: Etat | None, *, premiere: bool) -> dict[str, Any]:
    """What moved of a cell. What came late, and what was corrected, is not known where the rows do
    not say when they came, nor of a figure that is published for the first time."""
    publie, attendait = _lus(avant)
    devient, attend = _lus(apres)
    if premiere:
        publie = devient
    ecart = devient - publie
    tardives = None if premiere or not _sait_quand(ici) else apres.tardives if apres else 0
    bouge = ecart + attend - attendait
    return {
        **_nommer(ici),
        "avant": publie,
        "attendait": attendait,
        "tardives": tardives,
        "corrigees": None if tardives is None else bouge - tardives,
        "apres": devient,
        "attend": attend,
        "premiere": premiere,
        "ecart": ecart,
        "bouge": bool(ecart or attend or attendait or tardives),
        "secret": isinstance(ici, Chiffre) and ici.secret,
    }


def _sait_quand(chiffre: Etat) -> bool:
    """Whether the rows of a figure say when they reached us. That somebody arrived is not told by
    their orientation."""
    mesure = PAR_CODE[chiffre.indicateur].mesure
    connu = mesure is not None and mesure.source.recu_le is not None
    return connu and chiffre.indicateur != ABOUTIES


def _nommer(chiffre: Etat) -> dict[str, Any]:
    lieu = _lieu(chiffre)
    detail = f"{Axe(chiffre.axe).label} : {libelle(chiffre)}" if chiffre.axe else ""
    return {
        "libelle": PAR_CODE[chiffre.indicateur].libelle,
        "lieu": f"{lieu}, {detail}" if detail else lieu,
    }


def _lieu(chiffre: Etat) -> str:
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


def libelle(chiffre: Etat) -> str:
    """The value of a breakdown, as it is read."""
    if chiffre.code == SANS_PERSONNE:
        return NON_IDENTIFIEES
    vocabulaire = VOCABULAIRES.get(Axe(chiffre.axe))
    return str(vocabulaire(chiffre.code).label) if vocabulaire else chiffre.code
