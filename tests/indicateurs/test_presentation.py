"""Figures as people read them: numbers, sentences and curves."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from indicateurs.bilan import CODES, comparer
from indicateurs.presentation.courbes import barres, courbe
from indicateurs.presentation.nombres import ecart_lisible, evolution_lisible, valeur_lisible
from indicateurs.presentation.phrases import NOMS, phrase, phrase_saisie, source_lisible


def insecable(texte: str) -> str:
    """`_` stands for a no-break space, which nobody sees in a test."""
    return texte.replace("_", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("valeur", "lue"),
    [
        (36741, "36_741"),
        (0, "0"),
        (1234567, "1_234_567"),
        (None, ""),
    ],
)
def test_counts_are_written_without_decimals(valeur: int | None, lue: str) -> None:
    assert valeur_lisible("passages", valeur) == insecable(lue)


@pytest.mark.parametrize(
    ("taux", "lu"),
    [
        ("0.9341", "93,4_%"),
        ("0.9345", "93,5_%"),
        ("1.0000", "100_%"),
        ("0.0000", "0_%"),
    ],
)
def test_rates_are_written_in_percent(taux: str, lu: str) -> None:
    assert valeur_lisible("taux_occupation", Decimal(taux)) == insecable(lu)


def test_differences_show_their_sign() -> None:
    assert ecart_lisible("passages", 5500) == insecable("+5_500")
    assert ecart_lisible("rencontres", -56) == "−56"
    assert ecart_lisible("maraudes_surface", 0) == "0"
    assert ecart_lisible("nuitees", None) == ""
    assert ecart_lisible("taux_occupation", Decimal("-0.0045")) == insecable("−0,5_point")
    assert ecart_lisible("taux_occupation", Decimal("0.0199")) == insecable("+2_points")
    assert ecart_lisible("taux_occupation", Decimal("-0.0002")) == insecable("0_point")


def test_changes_are_written_in_percent() -> None:
    assert evolution_lisible("passages", Decimal("17.6051")) == insecable("+17,6_%")
    assert evolution_lisible("rencontres", Decimal("-1.4304")) == insecable("−1,4_%")
    assert evolution_lisible("maraudes_surface", Decimal("0.0000")) == insecable("0_%")
    assert evolution_lisible("passages", None) == ""
    # A percentage of a percentage misleads: rates are compared in points.
    assert evolution_lisible("taux_occupation", Decimal("-0.4794")) == ""


# --- Sentences --------------------------------------------------------------------------------


def ligne(code: str, valeur: str, precedent: str | None) -> dict[str, Any]:
    lus = [Decimal(v) if v is not None else None for v in (valeur, precedent)]
    return {"code": code, **comparer(*lus)}


def test_each_figure_of_the_bilan_has_its_words() -> None:
    assert set(NOMS) == set(CODES)


@pytest.mark.parametrize(
    ("chiffre", "dite"),
    [
        (("passages", "36741", "31241"),
         "36_741 passages en 2023, soit 5_500 de plus qu'en 2022 (+17,6_%)."),
        (("rencontres", "1", "3"),
         "1 rencontre en maraude en 2023, soit 2 de moins qu'en 2022 (−66,7_%)."),
        (("nuitees", "0", "0"), "0 nuitée en 2023, comme en 2022."),
        (("femmes", "12", "0"), "12 femmes prises en charge en 2023, soit 12 de plus qu'en 2022."),
        (("orientations", "2", None), "2 orientations émises en 2023."),
        (("places_assore", "610", "510"),
         "610 places Assore à la fin de 2023, soit 100 de plus qu'à la fin de 2022 (+19,6_%)."),
        (("taux_occupation", "0.9341", "0.9386"),
         "93,4_% des nuits disponibles occupées en 2023, soit 0,5_point de moins qu'en 2022."),
        (("taux_occupation", "0.9341", "0.9342"),
         "93,4_% des nuits disponibles occupées en 2023, à peu près comme en 2022."),
    ],
)  # fmt: skip
def test_a_sentence_for_a_figure(chiffre: tuple[str, str, str | None], dite: str) -> None:
    assert phrase(ligne(*chiffre), 2023) == insecable(dite)


def test_of_the_year_under_way_the_same_days_are_compared() -> None:
    assert phrase(ligne("passages", "120", "100"), 2026, en_cours=True) == insecable(
        "120 passages depuis le début de 2026, soit 20 de plus que dans les mêmes jours de 2025 "
        "(+20_%)."
    )
    assert phrase(ligne("places_assore", "610", "610"), 2026, en_cours=True) == (
        "610 places Assore à ce jour, comme le même jour de 2025."
    )


def test_what_is_masked_has_no_sentence() -> None:
    assert phrase({"code": "passages", **comparer(None, 3)}, 2023) == ""


def test_a_typed_figure_is_told_with_its_source() -> None:
    saisi = {
        "code": "injonctions_therapeutiques", "libelle": "Injonctions thérapeutiques",
        "source": "Communiqué", "source_le": date(2023, 11, 30), **comparer(None, None),
    }  # fmt: skip
    assert phrase_saisie(saisi | {"ecart_pct": Decimal("18.0")}, 2023) == insecable(
        "Injonctions thérapeutiques : +18_% en 2023 sur un an."
    )
    assert phrase_saisie(saisi | comparer(118, 100), 2023) == insecable(
        "Injonctions thérapeutiques : 118 en 2023, +18_% sur un an."
    )
    assert source_lisible(saisi) == "Communiqué (30 novembre 2023)"


# --- Curves -----------------------------------------------------------------------------------


def points(svg: str, classe: str) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, _, y in (point.partition(",") for point in trait.split())]
        for trait in re.findall(rf'class="{classe}" points="([^"]*)"', svg)
    ]


def test_a_curve_goes_up_where_the_figure_does_and_stands_on_zero() -> None:
    (trait,) = points(courbe([0, 5, 10, None]), "courbe-annee")
    assert [x for x, _ in trait] == sorted({x for x, _ in trait})
    bas, milieu, haut = (y for _, y in trait)
    assert bas > milieu > haut
    assert bas - milieu == pytest.approx(milieu - haut, abs=0.11)
    (loin_de_zero,) = points(courbe([100, 101]), "courbe-annee")
    assert loin_de_zero[0][1] - loin_de_zero[1][1] < 1


def test_a_month_that_is_not_told_is_a_gap_and_not_a_zero() -> None:
    avant, seul = points(courbe([3, 4, None, 5]), "courbe-annee")
    assert len(avant) == 2
    assert len(set(seul)) == 1
    assert courbe([None] * 12) == ""
    assert len(points(courbe([1, 2], [2, 1]), "courbe-avant")) == 1


def test_its_title_is_text_and_nothing_else() -> None:
    assert "<script>" not in courbe([1, 2], titre="<script>")


def test_two_years_are_as_long_as_they_are() -> None:
    longueurs = re.findall(r'class="(barre-\w+)" .*?width="([\d.]+)"', barres(50, 100))
    assert [classe for classe, _ in longueurs] == ["barre-avant", "barre-annee"]
    avant, annee = (float(longueur) for _, longueur in longueurs)
    assert avant == 2 * annee
    assert barres(None, 3) == barres(3, None) == ""
    assert "barre-annee" in barres(0, 0)
