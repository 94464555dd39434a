"""HiGHS, as far as secrecy needs it: loaded by who publishes, never by who only reads figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SANS_LIMITE = float("inf")
# What a solution says is believed to so much; what it proves is then checked in whole numbers.
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
        from highspy._core import _Highs

        self._etats = highspy.HighsModelStatus
        # The plain class: the one for everybody prints who made it, and watches each step.
        self._moteur: Any = _Highs()
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

    def oublier(self) -> None:
        """Start again from where nothing is chosen, whatever was solved before."""
        self._moteur.setBasis()

    def resoudre(self) -> list[float] | None:
        """The best columns, or good ones where the limit of nodes is met; None where nothing
        obeys the rows."""
        self._moteur.run()
        if not self._a_des_colonnes() and self._etat() == self._etats.kSolutionLimit:
            # A limit is to save time on the best, not to go without any.
            self._moteur.setOptionValue("mip_max_nodes", 2**31 - 1)
            self._moteur.run()
        if self._etat() == self._etats.kInfeasible:
            return None
        if not self._a_des_colonnes():
            raise RuntimeError(f"HiGHS : {self._moteur.modelStatusToString(self._etat())}")
        return list(self._moteur.getSolution().col_value)

    def _etat(self) -> Any:
        return self._moteur.getModelStatus()

    def _a_des_colonnes(self) -> bool:
        # 2: kSolutionStatusFeasible.
        return int(self._moteur.getInfo().primal_solution_status) == 2

    @property
    def prix(self) -> list[float]:
        """What each row costs the solution: the duals of a linear program."""
        return list(self._moteur.getSolution().row_dual)
