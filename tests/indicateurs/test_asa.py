"""The ASA-CAARUD report, read back: each figure is the naive recount's, and no cell is empty."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commun.horloge import hier
from contacts.enums import Cadre, CategorieActe, MaterielRdR
from indicateurs.enums import Niveau
from indicateurs.models import Partenaire
from indicateurs.rapports.asa_caarud import asa_caarud
from indicateurs.rapports.classeur import en_classeur
from maraudes.enums import Milieu
from socle.enums import Genre, TrancheAge
from socle.models import Horaire, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    PassageFactory,
    PersonneFactory,
    RemiseMaterielFactory,
    StructureFactory,
    UtilisateurFactory,
)
from tests.indicateurs.monde import Monde
from tests.indicateurs.naif import Fait, Naif, tous_les_faits

pytestmark = pytest.mark.django_db
ADRESSE = "/api/v1/indicateurs/asa-caarud/"
SECTIONS = ["1 Structure", "2 Modes de rencontre", "3 File active", "4 Actes", "5 Matériel",
            "6 Médiation"]  # fmt: skip
# What each line of a section is counted from, by heading and label: the code of each cell.
DEUX = {
    "3 File active": ("file_active", "nouvelles_personnes"),
    "4 Actes": ("actes", "actes_personnes"),
    "5 Matériel": ("materiel_distribue", "materiel_recupere"),
}
AXES = {
    "Selon le mode de rencontre": ("cadre", {
        "Sur place (accueil)": Cadre.ACCUEIL, "Équipe de rue (maraude)": Cadre.MARAUDE,
        "Hébergement": Cadre.HEBERGEMENT,
    }),
    "Selon le genre": ("genre", {g.label: g for g in Genre}),
    "Selon l'âge atteint dans l'année": ("age", {t.label: t for t in TrancheAge}),
    "Par catégorie": ("categorie", {c.label: c for c in CategorieActe}),
    "Par sorte": ("materiel", {m.label: m for m in MaterielRdR}),
}  # fmt: skip
UNE = {
    "Jours d'ouverture": "jours_ouverts", "Passages": "passages",
    "Passages par jour ouvert": "passages_par_jour", "Personnes passées": "passages_personnes",
    "Maraudes": "maraudes", "Maraudes de surface": "maraudes_surface",
    "Maraudes en sous-sol": "maraudes_sous_sol", "Maraudes prévues": "maraudes_prevues",
    "Rencontres": "rencontres", "Refus": "refus", "Nuitées": "nuitees",
    "Rencontres sans personne identifiée": "rencontres_non_identifiees",
}  # fmt: skip
# Where a figure comes from: without any such fact in the year, it is not known.
FAITS = {
    "jours_ouverts": "ouverture", "passages": "passage", "passages_personnes": "passage",
    "passages_par_jour": "ouverture", "maraudes": "maraude", "maraudes_surface": "maraude",
    "maraudes_sous_sol": "maraude", "maraudes_prevues": "maraude", "rencontres": "rencontre",
    "refus": "rencontre", "rencontres_non_identifiees": "rencontre", "nuitees": "place",
    "file_active": "presence", "nouvelles_personnes": "presence", "actes": "acte",
    "actes_personnes": "acte", "materiel_distribue": "donne", "materiel_recupere": "donne",
}  # fmt: skip


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def caarud() -> Any:
    return StructureFactory(code="caarud-a", nom="CAARUD A", type="CAARUD")


def ouvrir(contenu: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(contenu))


def lire(structure: Any, annee: int = 2023) -> Any:
    return ouvrir(en_classeur(asa_caarud(Structure.objects.get(pk=structure.pk), annee)))


def entete(grille: Any) -> int:
    """The rank of the row of headings: the last of those that stay on top."""
    return int(grille.freeze_panes[1:]) - 1


def cellules(grille: Any, rang: int) -> list[Any]:
    """The cells of a row; those that are joined have one value."""
    lues = list(grille[rang])
    for plage in grille.merged_cells.ranges:
        if plage.min_row == rang:
            premiere = plage.min_col - 1
            lues[premiere : plage.max_col] = [lues[premiere]] * plage.size["columns"]
    return lues


def lignes(classeur: Any, nom: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The values of a section, by heading and label."""
    grille, trouvees, bloc = classeur[nom], {}, ""
    for rang in range(entete(grille) + 1, grille.max_row + 1):
        premiere, *autres = cellules(grille, rang)
        if premiere not in autres:
            trouvees[bloc, premiere.value] = tuple(case.value for case in autres)
        elif premiere.font.bold:
            bloc = premiere.value
    return trouvees


def manques(classeur: Any) -> list[tuple[str, str, str]]:
    _, *lues = classeur["Ce qui manque"].iter_rows(values_only=True)
    return lues


class Recompte:
    """The naive figures of a structure in a year; None where nothing of the kind was entered."""

    def __init__(self, structure: Any, annee: int) -> None:
        self.tous = [f for f in tous_les_faits(hier()) if f.structure == structure]
        self.faits = [f for f in self.tous if f.jour.year == annee and f.jour <= hier()]
        self.derniere = min(date(annee, 12, 31), hier())

    def __call__(self, code: str, axe: str | None = None, valeur: Any = None) -> Any:
        siens = [f for f in self.faits if axe is None or self._est(f, axe, valeur)]
        dans = siens if axe == "cadre" else self.faits
        if not any(f.quoi == FAITS[code] for f in dans):
            return None
        if code == "passages_par_jour" and not any(f.quoi == "passage" for f in dans):
            return None
        return Naif(siens, self.derniere, self.tous)(code)

    def _est(self, fait: Fait, axe: str, valeur: Any) -> bool:
        if axe in {"genre", "age"}:
            return fait.axe(axe) == valeur
        return (fait.d or {}).get(axe) == valeur


def comparer(classeur: Any, recompte: Recompte) -> tuple[int, int]:
    """How many figures were compared, and how many of them were not known."""
    attendues: list[tuple[Any, Any]] = []
    milieux = {"dont en surface": Milieu.SURFACE, "dont en sous-sol": Milieu.SOUS_SOL}
    for (_, libelle), (case, _) in lignes(classeur, "2 Modes de rencontre").items():
        if libelle in UNE:
            attendues.append((case, recompte(UNE[libelle])))
        elif libelle in milieux:
            attendues.append((case, recompte("rencontres", "milieu", milieux[libelle])))
    for nom, codes in DEUX.items():
        for (bloc, libelle), cases in lignes(classeur, nom).items():
            axe, valeurs = AXES.get(bloc, (None, {}))
            if bloc == "Ensemble" or libelle in valeurs:
                attendues += [
                    (case, recompte(code, axe, valeurs.get(libelle)))
                    for case, code in zip(cases, codes, strict=True)
                ]
    for case, voulue in attendues:
        if voulue is None:
            assert isinstance(case, str)
        else:
            assert not isinstance(case, str), case
            assert case == pytest.approx(float(voulue))
    return len(attendues), sum(voulue is None for _, voulue in attendues)


@pytest.mark.parametrize("graine", range(2))
def test_every_figure_is_the_naive_recount_s(graine: int) -> None:
    """Of each kind of structure, the night centre among them, and of a year under way."""
    monde = Monde(graine)
    sus = inconnus = 0
    for structure in monde.structures:
        for annee in (2023, 2024):
            nombre, sans = comparer(lire(structure, annee), Recompte(structure, annee))
            assert nombre == 14 + 2 * (1 + 3 + 4 + 7 + 1 + 10 + 1 + 16)
            sus, inconnus = sus + nombre - sans, inconnus + sans
    assert sus > 300
    assert inconnus


def test_the_lines_of_persons_are_unions(caarud: Any) -> None:
    """Who came twice, for two acts, is one person everywhere."""
    personne = PersonneFactory(genre="F", annee_naissance=1980)
    for mois in (3, 5):
        venu = datetime(2023, mois, 10, 12, tzinfo=UTC)
        passage = PassageFactory(structure=caarud, personne=personne, survenu_le=venu)
        for categorie in ("HYGIENE", "RDR"):
            ActeFactory(contact=passage.contact, categorie=categorie)
    classeur = lire(caarud)
    file_active = lignes(classeur, "3 File active")
    for cle in (
        ("Ensemble", "File active"), ("Selon le mode de rencontre", "Sur place (accueil)"),
        ("Selon le genre", "Femme"), ("Selon l'âge atteint dans l'année", "35 à 44 ans"),
    ):  # fmt: skip
        assert file_active[cle] == (1, 1)
    assert file_active["Selon le genre", "Homme"] == (0, 0)
    assert lignes(classeur, "4 Actes")["Ensemble", "Tous les actes"] == (4, 1)
    assert lignes(classeur, "4 Actes")["Par catégorie", "Hygiène"] == (2, 1)


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    """Of a centre whose days begin at six, the small hours of New Year are of the year before."""
    nuit = StructureFactory(accueil_de_nuit=True)
    for jour, heure in ((datetime(2022, 12, 31), 22), (datetime(2023, 12, 31), 27)):
        PassageFactory(
            structure=nuit, personne=PersonneFactory(),
            survenu_le=(jour + timedelta(hours=heure)).replace(tzinfo=UTC),
        )  # fmt: skip
    Horaire.objects.create(
        structure=nuit, jour_semaine="DIMANCHE", ouvre_a="21:00", ferme_a="06:00"
    )
    classeur = lire(nuit)
    assert lignes(classeur, "2 Modes de rencontre")["Sur place (accueil)", "Passages"][0] == 1
    structure = lignes(classeur, "1 Structure")
    assert structure["Horaires", "Dimanche"][0] == "21:00 à 06:00 le lendemain"
    assert structure["Horaires", "Lundi"][0] == "fermé"
    assert structure["Horaires", "Une journée est comptée à partir de"][0] == "06:00"
    assert structure["Horaires", "Ouverture par semaine"] == (9, "heures")


def test_hours_that_overlap_count_once(caarud: Any) -> None:
    for ouvre, ferme in (("09:00", "12:30"), ("11:00", "14:00"), ("18:00", "20:30")):
        Horaire.objects.create(structure=caarud, jour_semaine="MARDI", ouvre_a=ouvre, ferme_a=ferme)
    structure = lignes(lire(caarud), "1 Structure")
    assert structure["Horaires", "Mardi"][0] == "09:00 à 12:30, 11:00 à 14:00, 18:00 à 20:30"
    assert structure["Horaires", "Ouverture par semaine"][0] == 7.5


@pytest.mark.parametrize("peuple", [False, True])
def test_no_cell_is_empty_and_each_reason_is_gathered(peuple: bool) -> None:
    structure = Monde(1).structures[2] if peuple else StructureFactory(type="CAARUD")
    classeur = lire(structure)
    assert classeur.sheetnames == [*SECTIONS, "Ce qui manque", "Définitions"]
    for grille in classeur:
        for rang in range(1, grille.max_row + 1):
            assert all(case.value not in {None, ""} for case in cellules(grille, rang)), rang
    reunis = {raison for _, _, raison in manques(classeur)}
    for nom in SECTIONS:
        for rang in range(entete(classeur[nom]) + 1, classeur[nom].max_row + 1):
            premiere, *autres = cellules(classeur[nom], rang)
            for case in autres if premiere not in autres else ():
                assert not case.font.italic or case.value in reunis, case.value


def test_of_a_structure_with_nothing_no_figure_is_invented(caarud: Any) -> None:
    classeur = lire(caarud)
    for nom in SECTIONS[1:]:
        for cle, cases in lignes(classeur, nom).items():
            assert not any(isinstance(case, int | float) for case in cases), cle
    modes = lignes(classeur, "2 Modes de rencontre")
    assert modes["Sur place (accueil)", "Passages"][0] == "aucun passage saisi en 2023"
    assert modes["Autres modes", "Squats"][0].startswith("le service ne sait pas")
    structure = lignes(classeur, "1 Structure")
    assert structure["Horaires", "Lundi"][0].startswith("horaires non saisis")
    assert structure["Personnel", "Effectif du personnel"][0] == (
        "non tenu dans ce service : effectif du personnel"
    )
    assert any(
        "Seringue ; Pipe" in str(rubriques) and raison == "aucune remise de matériel saisie en 2023"
        for _, rubriques, raison in manques(classeur)
    )


def test_a_zero_is_written_where_it_was_counted(caarud: Any) -> None:
    passage = PassageFactory(structure=caarud, survenu_le=datetime(2023, 3, 1, 12, tzinfo=UTC))
    RemiseMaterielFactory(
        contact=passage.contact, materiel="SERINGUE", quantite_distribuee=4, quantite_recuperee=0
    )
    classeur = lire(caarud)
    materiel = lignes(classeur, "5 Matériel")
    assert materiel["Par sorte", "Seringue"] == (4, 0)
    assert materiel["Par sorte", "Garrot"] == (0, 0)
    # Nobody was identified, which was counted; no act was entered, which was not.
    assert lignes(classeur, "3 File active")["Ensemble", "File active"] == (0, 0)
    rien = "aucun acte saisi en 2023"
    assert lignes(classeur, "4 Actes")["Par catégorie", "Hygiène"] == (rien, rien)


def test_each_sheet_says_what_it_is_about_and_prints_on_a4(caarud: Any) -> None:
    classeur = lire(caarud)
    for grille in classeur:
        tete = [str(grille.cell(rang, 1).value) for rang in range(1, entete(grille) + 1)]
        assert tete[0] == f"Rapport d'activité ASA-CAARUD 2023 — {grille.title}"
        assert "CAARUD A (caarud-a)" in tete[1]
        assert tete[2] == "Année 2023, du 1er janvier au 31 décembre."
        assert tete[3].startswith("Calculé le 10/03/2024 12:00")
        assert grille.page_setup.paperSize == 9
        assert grille.page_setup.fitToHeight == 0
        assert grille.print_title_rows == f"$1:${entete(grille)}"
    formules = str(classeur["3 File active"]["A5"].value)
    assert formules == ("Formules : file_active-1, nouvelles_personnes-1, file_active_par_cadre-1")
    _, *definitions = list(classeur["Définitions"].iter_rows(min_row=5, values_only=True))
    assert {"file_active-1", "passages-1", "materiel_recupere-1"} <= {d[3] for d in definitions}


def test_a_year_under_way_says_so_and_stops_yesterday(caarud: Any) -> None:
    for jour in (9, 10):
        PassageFactory(structure=caarud, survenu_le=datetime(2024, 3, jour, 10, tzinfo=UTC))
    classeur = lire(caarud, 2024)
    assert classeur["4 Actes"]["A3"].value == (
        "Année 2024 en cours : du 1er janvier au 9 mars 2024 seulement."
    )
    assert lignes(classeur, "2 Modes de rencontre")["Sur place (accueil)", "Passages"][0] == 1
    assert any("est en cours" in raison for _, _, raison in manques(classeur) if raison)


def test_on_new_year_s_day_nothing_is_over(caarud: Any, horloge: Any) -> None:
    horloge.move_to(datetime(2025, 1, 1, 11, tzinfo=UTC))
    classeur = lire(caarud, 2025)
    assert "aucun jour" in classeur["4 Actes"]["A3"].value


def test_what_may_mislead_is_told(caarud: Any) -> None:
    def dits(structure: Any, annee: int = 2023) -> str:
        return " ".join(r for _, quoi, r in manques(lire(structure, annee)) if quoi == "À relire")

    assert dits(caarud) == ""
    assert "non CAARUD" in dits(StructureFactory(type="CSAPA"))
    PassageFactory(structure=caarud, survenu_le=datetime(2021, 6, 1, 12, tzinfo=UTC))
    assert "Le premier contact saisi date du 1 juin 2021" in dits(caarud)
    PassageFactory(structure=caarud, survenu_le=datetime(2021, 1, 1, 12, tzinfo=UTC))
    assert dits(caarud) == ""


def test_a_coordinator_downloads_a_file_with_its_name(
    api: Api, coordinatrice: Utilisateur, caarud: Structure
) -> None:
    for structure in (caarud.code, str(caarud.pk)):
        reponse = api(coordinatrice).get(ADRESSE, {"structure": structure, "annee": 2023})
        assert reponse.status_code == 200
        _, nom = reponse["Content-Disposition"].split("; ")
        assert nom == 'filename="asa-caarud-2023-caarud-a.xlsx"'
        assert "spreadsheetml" in reponse["Content-Type"]
        assert reponse["Cache-Control"] == "no-store"
        assert ouvrir(reponse.content).sheetnames[:6] == SECTIONS


@pytest.mark.parametrize(
    ("demande", "champ"),
    [
        ({"annee": 2023}, "structure"), ({"structure": "caarud-a"}, "annee"),
        ({"structure": "caarud-a", "annee": 2025}, "annee"),
        ({"structure": "caarud-a", "annee": 1999}, "annee"),
        ({"structure": "nulle-part", "annee": 2023}, "structure"),
        ({"structure": "caarud-a", "annee": 2023, "type": "CAARUD"}, "type"),
        ({"structure": "caarud-a", "annee": 2023, "mois": 3}, "mois"),
        ({"structure": "caarud-a", "annee": 2023, "format": "csv"}, "format"),
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    demande: dict[str, Any], champ: str, api: Api, coordinatrice: Utilisateur, caarud: Structure
) -> None:
    reponse = api(coordinatrice).get(ADRESSE, demande)
    assert reponse.status_code == 400
    assert reponse["Content-Type"].startswith("application/problem+json")
    assert [erreur["champ"] for erreur in reponse.json()["erreurs"]] == [champ]


@pytest.mark.parametrize("role", ["INTERVENANT", "SOIGNANT", "PARTENAIRE", "ADMINISTRATEUR"])
def test_nobody_else_may(role: str, api: Api, caarud: Structure) -> None:
    compte = UtilisateurFactory(
        role=role, organisme=None if role == "PARTENAIRE" else caarud.organisme
    )
    if role == "PARTENAIRE":  # nor who may read all that is published
        Partenaire.objects.create(utilisateur=compte, niveaux=Niveau.values)
    demande = {"structure": caarud.code, "annee": 2023}
    assert api(compte).get(ADRESSE, demande).status_code == 403
    assert api(None).get(ADRESSE, demande).status_code == 401


def test_as_many_questions_for_one_row_as_for_many() -> None:
    monde = Monde(2)
    seule = StructureFactory()
    PassageFactory(structure=seule, survenu_le=datetime(2023, 5, 1, 12, tzinfo=UTC))
    nombres = set()
    for structure in (seule, monde.structures[0], monde.structures[2]):
        with CaptureQueriesContext(connection) as questions:
            lire(structure)
        nombres.add(len(questions))
    assert len(nombres) == 1
