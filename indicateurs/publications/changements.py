"""What a publication changes of the one before it, and why: late entries, corrections, waits."""

from __future__ import annotations

from typing import Any

from indicateurs.catalogue import PAR_CODE
from indicateurs.models import TOUS, Chiffre, Publication
from indicateurs.series import NON_IDENTIFIEES
from indicateurs.sources import SANS_PERSONNE, VOCABULAIRES, Axe

MONTRES = 40
TERRITOIRE = ("indicateur", "niveau", "territoire", "axe", "code")


def changements(publication: Publication) -> dict[str, Any]:
    """The page of a publication.

    Returns:
        `nombre` of figures, `masques` of them; `precedente`, and of what moved since the largest
        first: `changes` (shown), `attentes` (too few persons changed), `masques_nouveaux`.
    """
    chiffres = [
        c for c in publication.chiffres.order_by(*TERRITOIRE) if not c.retire or c.code == TOUS
    ]
    precedente = (
        Publication.objects.signees()
        .filter(periode=publication.periode, revision__lt=publication.revision)
        .order_by("-revision")
        .first()
    )
    anciens = {_cle(c): c for c in precedente.chiffres.all()} if precedente else {}
    changes, attentes = [], []
    for chiffre in chiffres:
        if chiffre.exacte is None or precedente is None:
            continue
        ancien = anciens.get(_cle(chiffre))
        avant = int(ancien.exacte or 0) if ancien else 0
        if chiffre.attente:
            attentes.append(_ligne(chiffre, avant, avant + chiffre.attente))
        elif chiffre.exacte != avant:
            changes.append(_ligne(chiffre, avant, chiffre.exacte))
    for lignes in (changes, attentes):
        lignes.sort(key=lambda ligne: -abs(ligne["ecart"]))
    return {
        "publication": publication,
        "precedente": precedente,
        "nombre": len(chiffres),
        "masques": sum(c.secret for c in chiffres),
        "changes": changes[:MONTRES],
        "nombre_change": len(changes),
        "attentes": attentes[:MONTRES],
        "nombre_attente": len(attentes),
        "exemples_masques": [_nommer(c) for c in chiffres if c.secret and c.exacte is not None][
            :MONTRES
        ],
    }


def _cle(chiffre: Chiffre) -> tuple[str, ...]:
    return tuple(getattr(chiffre, nom) for nom in TERRITOIRE)


def _ligne(chiffre: Chiffre, avant: int, apres: int) -> dict[str, Any]:
    ecart = apres - avant
    # What came since then is late; the rest of the difference is a correction.
    return {
        **_nommer(chiffre),
        "avant": avant,
        "apres": apres,
        "ecart": ecart,
        "tardives": chiffre.tardives,
        "corrigees": ecart - chiffre.tardives,
        "secret": chiffre.secret,
    }


def _nommer(chiffre: Chiffre) -> dict[str, Any]:
    lieu = " ".join(m for m in (chiffre.get_niveau_display(), chiffre.territoire) if m)
    detail = f"{Axe(chiffre.axe).label} : {libelle(chiffre)}" if chiffre.axe else ""
    return {
        "libelle": PAR_CODE[chiffre.indicateur].libelle,
        "lieu": f"{lieu}, {detail}" if detail else lieu,
        "personnes": chiffre.personnes,
        "exacte": chiffre.exacte,
    }


def libelle(chiffre: Chiffre) -> str:
    """The value of a breakdown, as it is read."""
    if chiffre.code == SANS_PERSONNE:
        return NON_IDENTIFIEES
    vocabulaire = VOCABULAIRES.get(Axe(chiffre.axe))
    return str(vocabulaire(chiffre.code).label) if vocabulaire else chiffre.code
