"""The base of every admin page.

Closed by default, opened by role; rows come from `visibles_par`, as in the API; the history of an
object is the one that the database keeps; what the database refuses is told beside the form.
"""

from commun.admin.droits import DroitsParRole, signer
from commun.admin.fiches import RECHERCHE_LUE, FicheAdmin, LectureSeule
from commun.admin.lignes import LignesEnLecture, LignesModifiables, completer
from commun.admin.suppression import trop_nombreuses

__all__ = [
    "RECHERCHE_LUE",
    "DroitsParRole",
    "FicheAdmin",
    "LectureSeule",
    "LignesEnLecture",
    "LignesModifiables",
    "completer",
    "signer",
    "trop_nombreuses",
]
