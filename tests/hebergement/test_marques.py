"""Which nights of which site each write marks, by whatever way it comes, and that they suffice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection

from hebergement import occupation
from hebergement.enums import Nature
from hebergement.models import Fermeture, MarqueNuits, Place, Sejour
from tests.hebergement.monde import Monde, nuits_ecrites, recompter

pytestmark = pytest.mark.django_db
AUJOURD_HUI = date(2023, 4, 1)
Marques = set[tuple[str, str, str | None]]


def j(jour: str) -> date:
    return date.fromisoformat(f"2023-{jour}")


@pytest.fixture
def monde() -> Monde:
    """Places 1 and 2 in the north, 3 in the south, the others in the east; every night computed."""
    monde = Monde.creer()
    for numero, site in enumerate(("nord", "nord", "sud", "est", "est"), start=1):
        monde.place(numero, site, j("01-01"))
    monde.place(6, "est", j("03-01"), j("03-10"))
    monde.place(7, "est", j("03-01"), j("03-10"))
    monde.sejour(1, 1, "a", j("02-01"), j("02-10"))
    monde.sejour(2, 3, "a", j("02-10"), j("02-20"), suite_de=1)
    monde.sejour(3, 2, "b", j("02-05"), None)
    monde.sejour(4, 4, "c", j("01-05"), j("01-10"))
    monde.sejour(5, 6, "d", j("03-05"), j("03-10"))
    monde.sejour(6, 3, "e", j("01-05"), j("01-08"))
    monde.fermer(5, j("03-01"), j("03-08"))
    monde.fermer(3, j("03-02"), None)
    with time_machine.travel(f"{AUJOURD_HUI}T10:00:00+00:00", tick=False):
        occupation.recalculer_marques()
    assert nuits_ecrites() == recompter(AUJOURD_HUI)
    return monde


def sejour(
    monde: Monde,
    place: int,
    personne: str,
    arrivee: str,
    depart: str | None,
    suite_de: int | None = None,
) -> Sejour:
    return Sejour(
        place=monde.places[place],
        personne=monde.personne(personne),
        arrivee=j(arrivee),
        depart=j(depart) if depart else None,
        suite_de=monde.sejours[suite_de] if suite_de else None,
    )


def place(monde: Monde, site: str, ouverte_le: str, fermee_le: str | None) -> Place:
    return Place(
        site=monde.site(site),
        libelle="neuve",
        ouverte_le=j(ouverte_le),
        fermee_le=j(fermee_le) if fermee_le else None,
    )


def fermeture(monde: Monde, numero: int, debut: str, fin: str | None) -> Fermeture:
    return Fermeture(
        place=monde.places[numero],
        debut=j(debut),
        fin=j(fin) if fin else None,
        motif="Travaux",
        motif_forcage="Essai",
    )


def executer(sql: str, *valeurs: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, valeurs)


def inserer(voie: str, lignes: list[Any], champs: dict[str, Any]) -> None:
    modele = type(lignes[0])
    if voie == "fiche":
        for ligne in lignes:
            ligne.save(force_insert=True)
    elif voie == "lot":
        modele.objects.bulk_create(lignes)
    else:
        champs_ecrits = modele._meta.concrete_fields
        colonnes = [c for c in champs_ecrits if not c.generated and not c.has_db_default()]
        rangs = [
            [c.get_db_prep_save(c.pre_save(ligne, True), connection) for c in colonnes]
            for ligne in lignes
        ]
        executer(
            f"INSERT INTO {modele._meta.db_table} ({', '.join(c.column for c in colonnes)}) VALUES "
            + ", ".join(f"({', '.join(['%s'] * len(colonnes))})" for _ in rangs),
            *(valeur for rang in rangs for valeur in rang),
        )


def corriger(voie: str, lignes: list[Any], champs: dict[str, Any]) -> None:
    modele, cles = type(lignes[0]), [ligne.pk for ligne in lignes]
    if voie == "fiche":
        for ligne in lignes:
            for champ, valeur in champs.items():
                setattr(ligne, champ, valeur)
            ligne.save()
    elif voie == "lot":
        modele.objects.filter(pk__in=cles).update(**champs)
    else:
        noms = ", ".join(f"{modele._meta.get_field(champ).column} = %s" for champ in champs)
        valeurs = [getattr(valeur, "pk", valeur) for valeur in champs.values()]
        executer(f"UPDATE {modele._meta.db_table} SET {noms} WHERE uuid = ANY(%s)", *valeurs, cles)


def supprimer(voie: str, lignes: list[Any], champs: dict[str, Any]) -> None:
    modele, cles = type(lignes[0]), [ligne.pk for ligne in lignes]
    if voie == "fiche":
        for ligne in lignes:
            ligne.delete()
    elif voie == "lot":
        modele.objects.filter(pk__in=cles)._raw_delete("default")
    else:
        executer(f"DELETE FROM {modele._meta.db_table} WHERE uuid = ANY(%s)", cles)


RIEN: dict[str, Any] = {}
Cas = tuple[Callable[..., None], Callable[[Monde], list[Any]], Callable[[Monde], Any], Marques]

# What is written, and the nights `[du, au)` that it marks.
CAS: dict[str, Cas] = {
    # A stay: its nights, and the day of its departure, where the exit is.
    "a stay": (
        inserer, lambda m: [sejour(m, 4, "n", "01-20", "01-25")], lambda m: RIEN,
        {("est", "01-20", "01-26")},
    ),
    "a stay that goes on": (
        inserer, lambda m: [sejour(m, 4, "n", "03-20", None)], lambda m: RIEN,
        {("est", "03-20", None)},
    ),
    "a same-day stay": (
        inserer, lambda m: [sejour(m, 1, "n", "01-20", "01-20")], lambda m: RIEN,
        {("nord", "01-20", "01-21")},
    ),
    "a transfer, which turns an exit into a move": (
        inserer, lambda m: [sejour(m, 4, "a", "02-20", "02-25", suite_de=2)], lambda m: RIEN,
        {("est", "02-20", "02-26"), ("sud", "02-20", "02-21")},
    ),
    "the dates of a stay": (
        corriger, lambda m: [m.sejours[4]],
        lambda m: {"arrivee": j("01-20"), "depart": j("01-25")},
        {("est", "01-05", "01-11"), ("est", "01-20", "01-26")},
    ),
    "the arrival of a stay": (
        corriger, lambda m: [m.sejours[4]], lambda m: {"arrivee": j("01-08")},
        {("est", "01-05", "01-11")},
    ),
    "the departure of a stay": (
        corriger, lambda m: [m.sejours[3]], lambda m: {"depart": j("02-15")},
        {("nord", "02-05", None)},
    ),
    "the place of a stay": (
        corriger, lambda m: [m.sejours[4]], lambda m: {"place": m.places[2]},
        {("est", "01-05", "01-11"), ("nord", "01-05", "01-11")},
    ),
    "the place of a stay that was transferred": (
        corriger, lambda m: [m.sejours[1]], lambda m: {"place": m.places[4]},
        {("nord", "02-01", "02-11"), ("est", "02-01", "02-11"), ("sud", "02-10", "02-11")},
    ),
    "the place of a stay that follows a transfer": (
        corriger, lambda m: [m.sejours[2]], lambda m: {"place": m.places[4]},
        {("sud", "02-10", "02-21"), ("est", "02-10", "02-21"), ("nord", "02-10", "02-11")},
    ),
    "a transfer that was none": (
        corriger, lambda m: [m.sejours[2]], lambda m: {"suite_de": None},
        {("sud", "02-10", "02-21"), ("nord", "02-10", "02-11")},
    ),
    "a stay that was only a hold": (
        corriger, lambda m: [m.sejours[4]], lambda m: {"nature": Nature.RETENUE},
        {("est", "01-05", "01-11")},
    ),
    "why somebody left": (
        corriger, lambda m: [m.sejours[4]], lambda m: {"motif_sortie": "AUTRE"}, set(),
    ),
    "no stay after all": (
        supprimer, lambda m: [m.sejours[4]], lambda m: RIEN, {("est", "01-05", "01-11")},
    ),
    "no transfer after all": (
        supprimer, lambda m: [m.sejours[2]], lambda m: RIEN,
        {("sud", "02-10", "02-21"), ("nord", "02-10", "02-11")},
    ),
    # A place: its opening, and the day on which it closes, when somebody may leave.
    "a place": (
        inserer, lambda m: [place(m, "nord", "02-01", "02-10")], lambda m: RIEN,
        {("nord", "02-01", "02-11")},
    ),
    "a place that stays open": (
        inserer, lambda m: [place(m, "nord", "02-01", None)], lambda m: RIEN,
        {("nord", "02-01", None)},
    ),
    "the opening of a place": (
        corriger, lambda m: [m.places[7]],
        lambda m: {"ouverte_le": j("03-20"), "fermee_le": j("03-25")},
        {("est", "03-01", "03-11"), ("est", "03-20", "03-26")},
    ),
    "the day on which a place opens": (
        corriger, lambda m: [m.places[7]], lambda m: {"ouverte_le": j("02-20")},
        {("est", "02-20", "03-11")},
    ),
    "the day on which a place closes": (
        corriger, lambda m: [m.places[7]], lambda m: {"fermee_le": j("03-05")},
        {("est", "03-01", "03-11")},
    ),
    "the site of a place that somebody left as it closed": (
        corriger, lambda m: [m.places[6]], lambda m: {"site": m.site("sud")},
        {("est", "03-01", "03-11"), ("sud", "03-01", "03-11")},
    ),
    "the site of a place from which somebody moved": (
        corriger, lambda m: [m.places[1]], lambda m: {"site": m.site("est")},
        {("nord", "01-01", None), ("est", "01-01", None), ("sud", "02-10", "02-11")},
    ),
    "the site of a place to which somebody moved": (
        corriger, lambda m: [m.places[3]], lambda m: {"site": m.site("est")},
        {("sud", "01-01", None), ("est", "01-01", None), ("nord", "02-10", "02-11")},
    ),
    "the label of a place": (
        corriger, lambda m: [m.places[1], m.places[3]], lambda m: {"libelle": "1 bis"}, set(),
    ),
    "no place after all": (
        supprimer, lambda m: [m.places[7]], lambda m: RIEN, {("est", "03-01", "03-11")},
    ),
    # A closure: its nights.
    "a closure": (
        inserer, lambda m: [fermeture(m, 4, "03-10", "03-15")], lambda m: RIEN,
        {("est", "03-10", "03-15")},
    ),
    "a closure that goes on": (
        inserer, lambda m: [fermeture(m, 4, "03-10", None)], lambda m: RIEN,
        {("est", "03-10", None)},
    ),
    "the dates of a closure": (
        corriger, lambda m: m.fermetures[:1],
        lambda m: {"debut": j("03-20"), "fin": j("03-25")},
        {("est", "03-01", "03-08"), ("est", "03-20", "03-25")},
    ),
    "the start of a closure": (
        corriger, lambda m: m.fermetures[:1], lambda m: {"debut": j("02-20")},
        {("est", "02-20", "03-08")},
    ),
    "the end of a closure": (
        corriger, lambda m: m.fermetures[1:], lambda m: {"fin": j("03-05")},
        {("sud", "03-02", None)},
    ),
    "the place of a closure": (
        corriger, lambda m: m.fermetures[:1], lambda m: {"place": m.places[2]},
        {("est", "03-01", "03-08"), ("nord", "03-01", "03-08")},
    ),
    "why a place is closed": (
        corriger, lambda m: m.fermetures[:1], lambda m: {"motif": "Punaises"}, set(),
    ),
    "no closure after all": (
        supprimer, lambda m: m.fermetures[:1], lambda m: RIEN, {("est", "03-01", "03-08")},
    ),
}  # fmt: skip

# One statement over several rows: what touches is told once for each site.
EN_NOMBRE: dict[str, Cas] = {
    "stays": (
        inserer,
        lambda m: [
            sejour(m, 4, "n", "01-12", "01-20"),
            sejour(m, 5, "o", "01-15", "01-25"),
            sejour(m, 3, "p", "01-12", "01-14"),
        ],
        lambda m: RIEN,
        {("est", "01-12", "01-26"), ("sud", "01-12", "01-15")},
    ),
    "departures": (
        corriger, lambda m: [m.sejours[4], m.sejours[6]], lambda m: {"depart": j("01-20")},
        {("est", "01-05", "01-21"), ("sud", "01-05", "01-21")},
    ),
    "a whole chain": (
        supprimer, lambda m: [m.sejours[1], m.sejours[2]], lambda m: RIEN,
        {("nord", "02-01", "02-11"), ("sud", "02-10", "02-21")},
    ),
    "openings": (
        corriger, lambda m: [m.places[4], m.places[7]], lambda m: {"fermee_le": j("03-20")},
        {("est", "01-01", None)},
    ),
    "closures": (
        supprimer, lambda m: m.fermetures, lambda m: RIEN,
        {("est", "03-01", "03-08"), ("sud", "03-02", None)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("cas", "voie"),
    [pytest.param(CAS[nom], v, id=f"{nom}-{v}") for nom in CAS for v in ("fiche", "lot", "sql")]
    + [
        pytest.param(EN_NOMBRE[nom], v, id=f"many {nom}-{v}")
        for nom in EN_NOMBRE
        for v in ("lot", "sql")
    ],
)
def test_a_write_marks_the_nights_before_and_after_it(monde: Monde, cas: Cas, voie: str) -> None:
    geste, lignes, champs, attendues = cas
    geste(voie, lignes(monde), champs(monde))

    marques = MarqueNuits.objects.values_list("site__code", "du", "au")
    assert sorted((site, du, str(au)) for site, du, au in marques) == sorted(
        (site, j(du), str(au and j(au))) for site, du, au in attendues
    )
    with time_machine.travel(f"{AUJOURD_HUI}T10:00:00+00:00", tick=False):
        occupation.recalculer_marques()
    assert nuits_ecrites() == recompter(AUJOURD_HUI)
    assert not MarqueNuits.objects.exists()
