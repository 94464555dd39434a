"""The base of every admin page.

Closed by default, opened by role; rows come from `visibles_par`, as in the API; the history of an
object is the one that the database keeps; what the database refuses is told beside the form.
"""

from commun.admin.droits import DroitsParRole, signer
from commun.admin.fiches import FicheAdmin, LectureSeule, terme_lu
from commun.admin.gestes import (
    RELISEZ,
    RIEN_AVANT,
    confirmer_un_ajout,
    faire_relire,
    ouvrir_un_geste,
)
from commun.admin.instants import FormulaireDeLigne, JourChoisi
from commun.admin.lignes import (
    LignesEcrites,
    LignesEnLecture,
    LignesLues,
    LignesModifiables,
    completer,
)
from commun.admin.listes import IntervalleDeJours
from commun.admin.suppression import trop_nombreuses

__all__ = [
    "RELISEZ",
    "RIEN_AVANT",
    "DroitsParRole",
    "FicheAdmin",
    "FormulaireDeLigne",
    "IntervalleDeJours",
    "JourChoisi",
    "LectureSeule",
    "LignesEcrites",
    "LignesEnLecture",
    "LignesLues",
    "LignesModifiables",
    "completer",
    "confirmer_un_ajout",
    "faire_relire",
    "ouvrir_un_geste",
    "signer",
    "terme_lu",
    "trop_nombreuses",
]
