"""Somebody who died went to live nowhere: whoever says so is told, and the database refuses it."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from hebergement import services
from hebergement.enums import APRES_UN_DECES, DestinationSortie, StatutDemande
from hebergement.models import DemandeHebergement, Sejour
from socle.models import Utilisateur
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.conftest import Api
from tests.factories import DemandeHebergementFactory, PlaceFactory, SejourFactory
from tests.hebergement.test_corrections import demande, patcher

pytestmark = pytest.mark.django_db
AILLEURS = sorted(set(DestinationSortie) - set(APRES_UN_DECES))
FIN = {"depart": "2023-06-01", "motif_sortie": "DECES"}


def refus(reponse: Any) -> list[tuple[str, str]]:
    assert reponse.status_code == 400, reponse.json()
    return [(erreur["champ"], erreur["message"][:17]) for erreur in reponse.json()["erreurs"]]


def test_a_death_has_no_place_to_go_to(api: Api, coordinatrice: Utilisateur) -> None:
    client = api(coordinatrice)
    sejour = SejourFactory(arrivee=date(2023, 5, 1), depart=None)
    adresse = f"/api/v1/sejours/{sejour.pk}/"
    dit = [("destination", "Après un décès, l")]
    assert refus(client.post("/api/v1/sejours/", demande(**FIN, destination="ACT"))) == dit
    assert refus(client.post(f"{adresse}cloturer/", {**FIN, "destination": "LHSS"})) == dit
    fin = {**FIN, "destination": "HOPITAL"}
    assert client.post(f"{adresse}cloturer/", fin).status_code == 200
    assert refus(patcher(client, adresse, {"destination": "LOGEMENT_SOCIAL"})) == dit
    assert patcher(client, adresse, {"destination": "SANS_OBJET"}).status_code == 200


@pytest.mark.parametrize("destination", AILLEURS)
def test_the_database_refuses_it(destination: str) -> None:
    sejour = SejourFactory(arrivee=date(2023, 5, 1), depart=date(2023, 6, 1), motif_sortie="DECES")
    sejours = Sejour.objects.filter(pk=sejour.pk)
    with pytest.raises(IntegrityError, match="sejour_deces_sans_suite"), transaction.atomic():
        sejours.update(destination=destination)
    sejour.destination = destination
    with pytest.raises(ValidationError, match="Après un décès"):
        sejour.full_clean()


@pytest.mark.parametrize("destination", APRES_UN_DECES)
def test_what_may_be_said_is_accepted(destination: str) -> None:
    sejour = SejourFactory(
        arrivee=date(2023, 5, 1), depart=date(2023, 6, 1), motif_sortie="DECES",
        destination=destination,
    )  # fmt: skip
    sejour.full_clean()


def test_rows_from_before_are_put_right() -> None:
    """As the migration finds them, where nothing has refused them yet."""
    mort, parti = (
        SejourFactory(
            arrivee=date(2023, 5, 1), depart=date(2023, 6, 1), motif_sortie=motif,
            destination="LHSS" if motif != "DECES" else "",
        )
        for motif in ("DECES", "ORIENTATION")
    )  # fmt: skip
    rectifier = import_module("hebergement.migrations.0012_deces_verifies").RECTIFIER
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE hebergement_sejour DROP CONSTRAINT sejour_deces_sans_suite")
        Sejour.objects.filter(pk=mort.pk).update(destination="LHSS")
        cursor.execute(rectifier)
    mort.refresh_from_db()
    parti.refresh_from_db()
    assert (mort.destination, parti.destination) == ("SANS_OBJET", "LHSS")


# --- Nobody has a place after their death ---------------------------------------------------------

MORT = {**FIN, "destination": "SANS_OBJET"}
Client = Any


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> Client:
    return api(coordinatrice)


def deux_sejours(depart: date | None) -> tuple[Sejour, Sejour]:
    """Of one person, one after the other."""
    premier = SejourFactory(arrivee=date(2023, 4, 1), depart=date(2023, 5, 1))
    second = SejourFactory(
        personne=premier.personne, arrivee=date(2023, 5, 1), depart=depart,
    )  # fmt: skip
    return premier, second


def contredite(reponse: Any, autre: Sejour, debut: str) -> None:
    assert reponse.status_code == 409, reponse.json()
    dit = reponse.json()
    assert dit["detail"][: len(debut)] == debut
    assert [(o["type"], o["sejour"]) for o in dit["obstacles"]] == [
        ("PERSONNE_HEBERGEE", str(autre.pk))
    ]


def mourir(client: Client, sejour: Sejour, comment: str, jour: str) -> Any:
    dit = {**MORT, "depart": jour}
    adresse = f"/api/v1/sejours/{sejour.pk}/"
    if comment == "cloturer":
        return client.post(f"{adresse}cloturer/", dit)
    if comment == "corriger":
        return patcher(client, adresse, dit)
    personne = str(sejour.personne_id)
    sejour.delete()
    return client.post("/api/v1/sejours/", demande(personne=personne, arrivee="2023-04-01", **dit))


@pytest.mark.parametrize("depart", [None, date(2023, 6, 2)])
@pytest.mark.parametrize("comment", ["cloturer", "corriger", "attribuer"])
def test_a_death_that_another_stay_contradicts(
    client: Client, comment: str, depart: date | None
) -> None:
    premier, second = deux_sejours(depart)
    contredite(mourir(client, premier, comment, "2023-04-20"), second, "Un autre séjour de cette")
    assert not Sejour.objects.filter(motif_sortie="DECES").exists()


def test_a_death_told_of_the_last_stay(client: Client) -> None:
    _, second = deux_sejours(date(2023, 6, 2))
    assert mourir(client, second, "corriger", "2023-06-02").status_code == 200


@pytest.mark.parametrize(
    ("arrivee", "depart", "statut"),
    [
        ("2023-04-01", "2023-05-01", 201),
        ("2023-06-01", "2023-06-01", 201),
        ("2023-06-01", "2023-06-02", 409),
        ("2023-06-01", None, 409),
        ("2023-08-01", None, 409),
    ],
)
def test_a_stay_of_whom_died(client: Client, arrivee: str, depart: str | None, statut: int) -> None:
    deces = SejourFactory(
        arrivee=date(2023, 5, 1), depart=date(2023, 6, 1), motif_sortie="DECES",
        destination="SANS_OBJET",
    )  # fmt: skip
    corps = demande(personne=str(deces.personne_id), arrivee=arrivee, depart=depart)
    reponse = client.post("/api/v1/sejours/", corps)
    if statut == 409:
        contredite(reponse, deces, "Le décès de cette personne est dit")
    assert reponse.status_code == statut
    assert Sejour.objects.count() == 1 + (statut == 201)


def test_an_earlier_stay_does_not_go_on_after_the_death(client: Client) -> None:
    premier, second = deux_sejours(None)
    assert mourir(client, second, "cloturer", "2023-06-01").status_code == 200
    adresse = f"/api/v1/sejours/{premier.pk}/"
    fin = {"depart": "2023-06-10"}
    contredite(patcher(client, adresse, fin), second, "Le décès de cette personne est dit")
    # What does not move its end is not stopped.
    assert patcher(client, adresse, {"arrivee": "2023-03-30"}).status_code == 200


def test_who_died_is_not_back(client: Client) -> None:
    premier = SejourFactory(
        arrivee=date(2023, 4, 1), depart=date(2023, 5, 1), cloture_automatique=True,
        motif_sortie="PERDU_DE_VUE", destination="INCONNUE",
    )  # fmt: skip
    second = SejourFactory(
        personne=premier.personne, arrivee=date(2023, 5, 2), depart=date(2023, 6, 1),
        motif_sortie="DECES", destination="SANS_OBJET",
    )  # fmt: skip
    reponse = client.post(f"/api/v1/sejours/{premier.pk}/rouvrir/")
    contredite(reponse, second, "Le décès de cette personne est dit")


def test_where_they_are_is_told_to_who_may_see_it(
    coordinatrice: Utilisateur, soignante: Utilisateur
) -> None:
    """To others, only that it is in the way."""
    premier, second = deux_sejours(None)
    for auteur, montre in ((soignante, None), (coordinatrice, str(second.pk))):
        with pytest.raises(services.Refus) as refus:
            services.corriger(
                sejour=premier, auteur=auteur, depart=date(2023, 4, 20), motif_sortie="DECES",
                destination="SANS_OBJET",
            )  # fmt: skip
        assert refus.value.get_codes() == "apres_un_deces"
        (obstacle,) = refus.value.membres["obstacles"]
        assert (obstacle["type"], obstacle["sejour"]) == ("PERSONNE_HEBERGEE", montre)
        assert bool(obstacle["du"]) == bool(montre)


@pytest.mark.parametrize("comment", ["corriger", "attribuer", "le jour même"])
def test_nobody_dies_twice(client: Client, comment: str) -> None:
    premier, second = deux_sejours(date(2023, 6, 2))
    fin = {"motif_sortie": "DECES", "destination": "SANS_OBJET", "depart": premier.depart}
    Sejour.objects.filter(pk=premier.pk).update(**fin)
    Sejour.objects.filter(pk=second.pk).update(depart=second.arrivee)
    if comment == "corriger":
        adresse = f"/api/v1/sejours/{second.pk}/"
        reponse = patcher(client, adresse, {**MORT, "depart": "2023-06-02"})
    else:
        jours = {"arrivee": "2023-05-10"}
        if comment == "le jour même":
            second.delete()
            jours = dict.fromkeys(("arrivee", "depart"), "2023-05-01")
        corps = demande(personne=str(second.personne_id), **MORT)
        reponse = client.post("/api/v1/sejours/", {**corps, **jours})
    contredite(reponse, premier, "Un autre séjour de cette")
    assert Sejour.objects.filter(motif_sortie="DECES").count() == 1


def une_demande(sejour: Sejour, **dit: Any) -> DemandeHebergement:
    return DemandeHebergementFactory(
        personne=sejour.personne, demandee_le=date(2023, 5, 1), type_place="LHSS", **dit
    )


def test_a_death_that_was_told_of_the_wrong_person(client: Client) -> None:
    """What was closed for it waits again; what somebody had cancelled does not."""
    sejour = SejourFactory(arrivee=date(2023, 5, 1), depart=None)
    attend, annulee = une_demande(sejour), une_demande(sejour)
    services.clore(demande=annulee, issue=StatutDemande.ANNULEE)
    assert mourir(client, sejour, "cloturer", "2023-06-01").status_code == 200
    assert not DemandeHebergement.objects.ouvertes().exists()
    sortie = {"motif_sortie": "DEPART_VOLONTAIRE", "destination": "INCONNUE"}
    assert patcher(client, f"/api/v1/sejours/{sejour.pk}/", sortie).status_code == 200
    assert list(DemandeHebergement.objects.ouvertes()) == [attend]


@pytest.mark.parametrize("par", ["fiche", "selection"])
def test_a_death_that_is_deleted_with_its_stay(
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
    par: str,
) -> None:
    sejour = SejourFactory(arrivee=date(2023, 5, 1), depart=None)
    attend = une_demande(sejour)
    services.cloturer(
        sejour=sejour, depart=date(2023, 6, 1), motif_sortie="DECES", destination="INCONNUE"
    )
    supprimer(console(coordinatrice), sejour, par, "LHSS) de", "attendra de nouveau")
    assert list(DemandeHebergement.objects.ouvertes()) == [attend]


@pytest.mark.parametrize("par", ["fiche", "selection"])
def test_a_move_that_was_not_made_leaves_the_death_to_the_stay_before(
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
    par: str,
) -> None:
    sejour = SejourFactory(arrivee=date(2023, 5, 1), depart=None)
    demandee = une_demande(sejour)
    suite = services.transferer(
        sejour=sejour, place=PlaceFactory(type="LHSS"), jour=date(2023, 5, 20), auteur=None
    )
    demandee.refresh_from_db()
    assert demandee.sejour == suite
    services.cloturer(
        sejour=suite, depart=date(2023, 6, 1), motif_sortie="DECES", destination="INCONNUE"
    )
    supprimer(console(coordinatrice), suite, par, "avec le décès", "sera annulée")
    sejour.refresh_from_db()
    assert (sejour.depart, sejour.motif_sortie) == (date(2023, 6, 1), "DECES")
    demandee.refresh_from_db()
    assert (demandee.issue, demandee.precisions) == (StatutDemande.ANNULEE, "Décès.")


def supprimer(client: Any, sejour: Sejour, par: str, *annonces: str) -> None:
    """As the admin does it, which says before what becomes of it all."""
    if par == "fiche":
        adresse = page(Sejour, "delete", sejour.pk)
        montre, corps = client.get(adresse), {"post": "yes"}
    else:
        adresse = page(Sejour, "changelist")
        corps = {"action": "delete_selected", "_selected_action": [str(sejour.pk)]}
        montre, corps = client.post(adresse, corps), {**corps, "post": "yes"}
    for annonce in annonces:
        assert annonce in montre.rendered_content
    assert client.post(adresse, corps).status_code == 302
    assert not Sejour.objects.filter(pk=sejour.pk).exists()
