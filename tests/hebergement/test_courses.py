"""Two coordinators at once: one wins, the other is told why; the rows never contradict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import cycle, pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from rest_framework.test import APIClient

from hebergement.models import Fermeture, Place, Sejour
from socle.models import Utilisateur
from tests.concurrence import Fil, attendre_bloques, courir, tenir
from tests.conftest import Api
from tests.factories import (
    FermetureFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db(transaction=True)
SORTIE = {"motif_sortie": "AUTRE", "destination": "INCONNUE"}
MAI, JUIN = "2023-05-01", "2023-06-01"
PLACES, PERSONNES = "hebergement_place", "socle_personne"


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> APIClient:
    client = api(coordinatrice)
    client.raise_request_exception = False
    return client


def poster(client: APIClient, chemin: str, **corps: Any) -> Callable[[], Any]:
    corps = {cle: str(v.pk) if hasattr(v, "pk") else v for cle, v in corps.items()}
    return lambda: client.post(f"/api/v1/{chemin}/", {"uuid": identifiant(), **corps})


def corriger(client: APIClient, chemin: str, **corps: Any) -> Callable[[], Any]:
    adresse = f"/api/v1/{chemin}/"
    etag = client.get(adresse)["ETag"]
    return lambda: client.patch(adresse, corps, headers={"If-Match": etag})


def statuts(reponses: list[Any]) -> list[int]:
    return sorted(reponse.status_code for reponse in reponses)


def obstacles(reponses: list[Any]) -> set[str]:
    """The kinds of what was in the way, in the answers that refuse."""
    return {
        obstacle["type"]
        for reponse in reponses
        if reponse.status_code == 409
        for obstacle in reponse.json()["obstacles"]
    }


def test_closure_against_attribution(client: APIClient) -> None:
    place = PlaceFactory()
    reponses = courir(
        [
            poster(client, "fermetures", place=place, debut=MAI, fin=JUIN, motif="Travaux"),
            poster(client, "sejours", place=place, personne=PersonneFactory(), arrivee=MAI),
        ],
        PLACES,
        place.pk,
    )
    assert statuts(reponses) == [201, 409], [r.json() for r in reponses]
    assert obstacles(reponses) <= {"PLACE_FERMEE", "PLACE_OCCUPEE"}
    assert Fermeture.objects.count() + Sejour.objects.count() == 1


def test_shortening_an_opening_against_a_stay(client: APIClient) -> None:
    place = PlaceFactory()
    reponses = courir(
        [
            corriger(client, f"places/{place.pk}", fermee_le=MAI),
            poster(client, "sejours", place=place, personne=PersonneFactory(), arrivee=MAI),
        ],
        PLACES,
        place.pk,
    )
    assert statuts(reponses) in ([200, 409], [201, 409]), [r.json() for r in reponses]
    assert obstacles(reponses) <= {"HORS_OUVERTURE", "PLACE_OCCUPEE"}
    place.refresh_from_db()
    assert (place.fermee_le is None) == Sejour.objects.exists()


@pytest.mark.parametrize("nombre", [2, 200])
def test_the_last_place_is_given_once(
    client: APIClient,
    api: Api,
    coordinatrice_ailleurs: Utilisateur,
    caplog: pytest.LogCaptureFixture,
    nombre: int,
) -> None:
    """Who comes too late learns that the place is taken and until when; never by whom."""
    place = PlaceFactory()
    personnes = PersonneFactory.create_batch(nombre, organisme=coordinatrice_ailleurs.organisme)
    ailleurs = api(coordinatrice_ailleurs)
    ailleurs.raise_request_exception = False
    reponses = courir(
        [
            poster(main, "sejours", place=place, personne=personne, arrivee=MAI)
            for main, personne in zip(cycle([client, ailleurs]), personnes, strict=False)
        ],
        PLACES,
        place.pk,
    )
    assert statuts(reponses) == [201] + [409] * (nombre - 1)
    assert obstacles(reponses) == {"PLACE_OCCUPEE"}
    assert "transaction_reprise" not in caplog.messages
    gagnante = Sejour.objects.get().personne
    for refus in (r for r in reponses if r.status_code == 409):
        (obstacle,) = refus.json()["obstacles"]
        assert (obstacle["place"], obstacle["du"], obstacle["au"]) == (str(place.pk), MAI, None)
        assert not any(
            dit in refus.content.decode()
            for dit in (str(gagnante.pk), gagnante.code, gagnante.pseudonyme)
        )


def test_one_person_in_two_places(client: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    """They wait for the person itself, which a mere reference to it does not."""
    personne = PersonneFactory()
    reponses = courir(
        [
            poster(client, "sejours", place=PlaceFactory(), personne=personne, arrivee=MAI)
            for _ in range(2)
        ],
        PERSONNES,
        personne.pk,
        force="NO KEY UPDATE",
    )
    assert statuts(reponses) == [201, 409]
    assert obstacles(reponses) == {"PERSONNE_HEBERGEE"}
    assert "transaction_reprise" not in caplog.messages
    assert Sejour.objects.count() == 1


def test_two_transfers_of_one_stay(client: APIClient) -> None:
    sejour = SejourFactory()
    transfert = f"sejours/{sejour.pk}/transferer"
    reponses = courir(
        [poster(client, transfert, place=PlaceFactory(), jour=MAI) for _ in range(2)],
        PERSONNES,
        sejour.personne_id,
    )
    assert statuts(reponses) == [201, 409], [r.json() for r in reponses]
    assert Sejour.objects.filter(suite_de=sejour).count() == 1
    sejour.refresh_from_db()
    assert sejour.depart == date(2023, 5, 1)


def test_two_ends_of_one_stay(client: APIClient) -> None:
    sejour = SejourFactory()
    adresse = f"/api/v1/sejours/{sejour.pk}/cloturer/"
    reponses = courir(
        [partial(client.post, adresse, {"depart": depart, **SORTIE}) for depart in (MAI, JUIN)],
        PERSONNES,
        sejour.personne_id,
    )
    assert statuts(reponses) == [200, 409]
    gagnant = next(r.json()["depart"] for r in reponses if r.status_code == 200)
    sejour.refresh_from_db()
    assert str(sejour.depart) == gagnant


def test_closures_that_cross_do_not_wait_for_each_other(
    client: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Each goes to the place of the other: both places are locked, the lower key first."""
    ici, la = PlaceFactory(), PlaceFactory()
    fermetures = [FermetureFactory(place=ici), FermetureFactory(place=la)]
    reponses = courir(
        [
            corriger(client, f"fermetures/{fermetures[0].pk}", place=str(la.pk)),
            corriger(client, f"fermetures/{fermetures[1].pk}", place=str(ici.pk)),
        ],
        PLACES,
        ici.pk,
        la.pk,
    )
    assert statuts(reponses) == [200, 200], [r.json() for r in reponses]
    assert "transaction_reprise" not in caplog.messages
    for fermeture, place in zip(fermetures, (la, ici), strict=True):
        fermeture.refresh_from_db()
        assert fermeture.place == place


def test_a_closure_that_moves_takes_both_places_by_key(client: APIClient) -> None:
    """It waits for the lower key without holding the higher one, whichever it leaves."""
    basse, haute = sorted((PlaceFactory(), PlaceFactory()), key=lambda p: p.pk)
    for depuis, vers in ((basse, haute), (haute, basse)):
        fermeture = FermetureFactory(place=depuis)
        with tenir(PLACES, basse.pk):
            fil = Fil(corriger(client, f"fermetures/{fermeture.pk}", place=str(vers.pk)))
            attendre_bloques(1)
            # Nor its own row, which the page of the admin takes after the places.
            Fermeture.objects.select_for_update(nowait=True).get(pk=fermeture.pk)
            libre = Place.objects.select_for_update(nowait=True, no_key=True).get(pk=haute.pk)
            assert libre == haute
        assert fil.resultat().status_code == 200
        fermeture.delete()


SEJOUR = """
INSERT INTO hebergement_sejour (uuid, version, empreinte_creation, saisi_le, recu_le, nature,
    arrivee, motif_sortie, destination, motif_forcage, place_id, personne_id)
VALUES (%s, 1, '', now(), now(), 'SEJOUR', '2023-05-01', '', '', '', %s, %s)
"""
FERMETURE = """
INSERT INTO hebergement_fermeture (uuid, version, empreinte_creation, saisi_le, recu_le, debut,
    motif, motif_forcage, place_id)
VALUES (%s, 1, '', now(), now(), '2023-05-01', 'Travaux', '', %s)
"""
EFFACER = "UPDATE {} SET motif_forcage = '' WHERE place_id = %s"
RACCOURCIR = "UPDATE hebergement_place SET fermee_le = '2023-05-01' WHERE uuid = %s"


def executer(requete: str, *valeurs: UUID | str) -> Callable[[], str]:
    def faire() -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute(requete, valeurs)
        except IntegrityError as erreur:
            nom: str = erreur.__cause__.diag.constraint_name  # type: ignore[union-attr]
            return nom
        return "ecrite"

    return faire


def test_the_database_alone_referees_a_closure_and_a_stay() -> None:
    """Raw statements, without the service's locks: the triggers' own decide."""
    place = PlaceFactory()
    issues = courir(
        [
            executer(SEJOUR, identifiant(), place.pk, PersonneFactory().pk),
            executer(FERMETURE, identifiant(), place.pk),
        ],
        PLACES,
        place.pk,
        force="NO KEY UPDATE",
    )
    assert "ecrite" in issues
    assert set(issues) - {"ecrite"} <= {"sejour_hors_fermeture", "fermeture_hors_sejour"}
    assert Sejour.objects.count() + Fermeture.objects.count() == 1


@pytest.mark.parametrize("forcee", [Fermeture, Sejour])
def test_the_database_alone_referees_a_motive_and_what_it_forces(
    forcee: type[Fermeture] | type[Sejour],
) -> None:
    """The motive of one is erased while the other, which has none, is written beside it."""
    place = PlaceFactory()
    if forcee is Fermeture:
        FermetureFactory(place=place, fin=None, motif_forcage="Grand froid")
        ecrire = executer(SEJOUR, identifiant(), place.pk, PersonneFactory().pk)
    else:
        SejourFactory(place=place, motif_forcage="Grand froid")
        ecrire = executer(FERMETURE, identifiant(), place.pk)
    effacer = executer(EFFACER.format(forcee._meta.db_table), place.pk)
    issues = courir([effacer, ecrire], PLACES, place.pk, force="NO KEY UPDATE")
    assert "ecrite" in issues
    assert set(issues) - {"ecrite"} in ({"sejour_hors_fermeture"}, {"fermeture_hors_sejour"})
    sans = {"motif_forcage": ""}
    assert Fermeture.objects.filter(**sans).count() + Sejour.objects.filter(**sans).count() == 1


def test_the_database_alone_referees_an_opening_and_a_stay() -> None:
    place = PlaceFactory()
    issues = courir(
        [
            executer(SEJOUR, identifiant(), place.pk, PersonneFactory().pk),
            executer(RACCOURCIR, place.pk),
        ],
        PLACES,
        place.pk,
    )
    assert sorted(issues) == ["ecrite", "sejour_dans_l_ouverture_de_la_place"]
    place.refresh_from_db()
    assert (place.fermee_le is None) == Sejour.objects.exists()


@pytest.mark.parametrize("graine", range(3))
def test_a_storm_leaves_no_error_and_no_contradiction(
    client: APIClient, caplog: pytest.LogCaptureFixture, graine: int
) -> None:
    """Gifts, moves, ends, closures and corrections by four hands on three places."""
    site = SiteFactory()
    places = PlaceFactory.create_batch(3, site=site)
    personnes = PersonneFactory.create_batch(3)
    # There is someone to move, whoever else is quicker.
    SejourFactory(
        place=places[0], personne=personnes[0], arrivee=date(2023, 5, 1), depart=date(2023, 5, 3)
    )
    jours = [f"2023-05-{jour:02}" for jour in range(1, 29)]

    def main(hasard: Random) -> list[int]:
        faits: list[int] = []
        for _ in range(12):
            place = hasard.choice(places)
            debut, fin = sorted(hasard.sample(jours, 2))
            sejour = Sejour.objects.order_by("?").first()
            fermeture = Fermeture.objects.order_by("?").first()
            dates = {"debut": debut, "fin": fin}
            gestes = [
                poster(
                    client,
                    "sejours",
                    place=place,
                    personne=hasard.choice(personnes),
                    arrivee=debut,
                    depart=fin,
                ),
                poster(client, "fermetures", place=place, motif="Travaux", **dates),
                corriger(client, f"places/{place.pk}", fermee_le=hasard.choice([None, jours[20]])),
            ]
            if sejour is not None:
                chemin = f"sejours/{sejour.pk}"
                gestes += [
                    poster(client, f"{chemin}/transferer", place=place, jour=debut),
                    partial(client.post, f"/api/v1/{chemin}/cloturer/", {"depart": fin, **SORTIE}),
                    corriger(client, chemin, arrivee=debut, depart=fin),
                ]
            if fermeture is not None:
                chemin = f"fermetures/{fermeture.pk}"
                gestes.append(corriger(client, chemin, place=str(place.pk), **dates))
            faits.append(hasard.choice(gestes)().status_code)
        return faits

    fils = [Fil(partial(main, Random(graine * 10 + n))) for n in range(4)]
    faits = [fait for fil in fils for fait in fil.resultat()]
    assert set(faits) <= {200, 201, 400, 409, 412}
    assert {201, 409} <= set(faits)
    assert "transaction_reprise" not in caplog.messages
    for autres in ("place", "personne"):
        lignes = Sejour.objects.order_by(autres, "arrivee", "depart")
        for avant, apres in pairwise(lignes):
            if getattr(avant, autres) == getattr(apres, autres):
                assert avant.depart is not None
                assert avant.depart <= apres.arrivee
    for s in Sejour.objects.select_related("place"):
        assert s.place.fermee_le is None or (s.depart and s.depart <= s.place.fermee_le)
        assert not Fermeture.objects.filter(
            place=s.place, demi_journees__overlap=s.demi_journees
        ).exists()
