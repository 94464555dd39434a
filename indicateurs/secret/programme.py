"""HiGHS, as far as secrecy needs it: loaded by who publishes, never by who only reads figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SANS_LIMITE = float("inf")
# Solutions nearer than this to a whole number are read as that number, then checked exactly.
PRES = 1e-6


class Programme:
    """Minimise costs over bounded columns, under rows; one thread, so that it always does the
    same."""

    def __init__(
        self,
        couts: Sequence[float],
        bornes: Sequence[tuple[float, float]],
        lignes: Sequence[tuple[float, float, Sequence[int], Sequence[float]]] = (),
        *,
        entier: bool = False,
        **options: Any,
    ) -> None:
        import highspy

        self._etats = highspy.HighsModelStatus
        self._moteur = highspy.Highs()
        for nom, valeur in {"output_flag": False, "threads": 1, **options}.items():
            self._moteur.setOptionValue(nom, valeur)
        modele = highspy.HighsLp()
        modele.num_col_, modele.num_row_ = len(couts), len(lignes)
        modele.col_cost_ = list(couts)
        modele.col_lower_ = [bas for bas, _ in bornes]
        modele.col_upper_ = [haut for _, haut in bornes]
        modele.row_lower_ = [bas for bas, *_ in lignes]
        modele.row_upper_ = [haut for _, haut, *_ in lignes]
        debuts = [0]
        for _, _, colonnes, _ in lignes:
            debuts.append(debuts[-1] + len(colonnes))
        modele.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        modele.a_matrix_.start_ = debuts
        modele.a_matrix_.index_ = [c for _, _, colonnes, _ in lignes for c in colonnes]
        modele.a_matrix_.value_ = [float(v) for *_, facteurs in lignes for v in facteurs]
        if entier:
            modele.integrality_ = [highspy.HighsVarType.kInteger] * len(couts)
        self._moteur.passModel(modele)

    def chercher(self, changements: Mapping[int, tuple[float, float, float]]) -> None:
        """Change the cost and the bounds of some columns."""
        for colonne, (cout, bas, haut) in changements.items():
            self._moteur.changeColCost(colonne, cout)
            self._moteur.changeColBounds(colonne, bas, haut)

    def ajouter(self, bas: float, colonnes: Sequence[int], facteurs: Sequence[float]) -> None:
        """One more row: at least `bas`."""
        import numpy

        self._moteur.addRow(
            bas,
            SANS_LIMITE,
            len(colonnes),
            numpy.array(colonnes, dtype=numpy.int32),
            numpy.array(facteurs, dtype=numpy.float64),
        )

    def resoudre(self) -> list[float] | None:
        """The best columns; None where nothing obeys the rows."""
        self._moteur.run()
        etat = self._moteur.getModelStatus()
        if etat == self._etats.kInfeasible:
            return None
        if etat not in (self._etats.kOptimal, self._etats.kSolutionLimit) and not (
            self._moteur.getInfo().primal_solution_status
        ):
            raise RuntimeError(f"HiGHS : {self._moteur.modelStatusToString(etat)}")
        return list(self._moteur.getSolution().col_value)

    @property
    def prix(self) -> list[float]:
        """What each row costs the solution: the duals of a linear program."""
        return list(self._moteur.getSolution().row_dual)


def entiers(valeurs: Sequence[float]) -> list[int] | None:
    """The whole numbers that a solution stands for, if it does."""
    proches = [round(valeur) for valeur in valeurs]
    if all(abs(a - b) < PRES for a, b in zip(valeurs, proches, strict=True)):
        return proches
    return None
