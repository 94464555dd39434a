"""Who corrects a contact takes along what hangs on it; who corrects that looks at its contact: both
are done, and neither is given up by the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from contacts.enums import CategorieActe
from contacts.models import Acte, Contact
from coordination.models import Orientation
from socle.models import Structure, Utilisateur
from tests.administration.conftest import page
from tests.administration.formulaires import soumettre
from tests.concurrence import Fil, attendre_bloques
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    EtapeFactory,
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RencontreFactory,
    SejourFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
V1 = "/api/v1"
MIDI = datetime(2024, 1, 10, 12, tzinfo=UTC)
AVANT = datetime(2024, 1, 8, 12, tzinfo=UTC)


@pytest.fixture
def acte(espace_repos: Structure) -> Acte:
    passage = PassageFactory(
        structure=espace_repos, survenu_le=MIDI,
        personne=PersonneFactory(organisme=espace_repos.organisme),
    )  # fmt: skip
    ici: Acte = ActeFactory(contact=passage.contact, survenu_le=MIDI)
    return ici


@pytest.fixture
def orientation(acte: Acte) -> Orientation:
    contact = acte.contact
    celle_ci: Orientation = OrientationFactory(
        contact=contact, personne=contact.personne, structure_origine=contact.structure,
        survenu_le=MIDI,
    )  # fmt: skip
    return celle_ci


def reprises(caplog: pytest.LogCaptureFixture) -> list[str]:
    dits = [dit.getMessage() for dit in caplog.get_records("call")]
    return [dit for dit in dits if dit == "transaction_reprise"]


def pendant_la_correction_de(
    contact: Contact, geste: Callable[[], Any], *, attend: bool = True, **champs: Any
) -> Any:
    """The contact is held, a gesture begins, and the contact is corrected."""
    with transaction.atomic():
        list(Contact.objects.select_for_update(no_key=True).filter(pk=contact.pk))
        fil = Fil(geste)
        if attend:
            attendre_bloques(1)
        else:
            fil.resultat()
        Contact.objects.filter(pk=contact.pk).update(**champs)
    return fil.resultat() if attend else None


@pytest.mark.parametrize(
    "corps", [{"survenu_le": "2024-01-09T12:00:00+01:00"}, {"categorie": CategorieActe.HYGIENE}]
)
def test_an_act_and_its_visit(
    corps: dict[str, str], acte: Acte, api: Api, coordinatrice: Utilisateur,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    client = api(coordinatrice)
    adresse = f"{V1}/actes/{acte.pk}/"
    corriger = lambda: client.patch(adresse, corps, headers={"If-Match": "*"})  # noqa: E731
    reponse = pendant_la_correction_de(acte.contact, corriger, survenu_le=AVANT)
    assert reponse.status_code == 200
    assert not reprises(caplog)


def test_an_act_that_goes_to_another_visit_and_one_that_comes(
    acte: Acte, espace_repos: Structure, api: Api, coordinatrice: Utilisateur,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Exchanged again and again: in the order of the contacts, whatever way they go."""
    autre = PassageFactory(structure=espace_repos, survenu_le=MIDI).contact
    actes = [acte, ActeFactory(contact=autre, survenu_le=MIDI)]
    contacts = [acte.contact, autre]
    client = api(coordinatrice)

    def echanger(rang: int) -> set[int]:
        return {
            client.patch(
                f"{V1}/actes/{actes[rang].pk}/",
                {"contact": str(contacts[(rang + tour + 1) % 2].pk)},
                headers={"If-Match": "*"},
            ).status_code
            for tour in range(20)
        }

    fils = [Fil(lambda rang=rang: echanger(rang)) for rang in range(2)]
    assert [fil.resultat() for fil in fils] == [{200}, {200}]
    assert not reprises(caplog)


def test_an_orientation_and_its_visit(
    orientation: Orientation, api: Api, coordinatrice: Utilisateur,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    client = api(coordinatrice)
    adresse = f"{V1}/orientations/{orientation.pk}/"
    corriger = lambda: client.patch(adresse, {"motif": "SOIN"}, headers={"If-Match": "*"})  # noqa: E731
    assert orientation.contact
    autre = PersonneFactory(organisme=orientation.contact.structure.organisme)
    reponse = pendant_la_correction_de(orientation.contact, corriger, personne=autre)
    assert reponse.status_code in {200, 400}, reponse.json()
    assert not reprises(caplog)


@pytest.mark.parametrize("quoi", ["acte", "orientation"])
def test_their_pages_and_the_visit(
    quoi: str, acte: Acte, orientation: Orientation, client: Any, coordinatrice: Utilisateur,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    client.force_login(coordinatrice)
    objet: Any = {"acte": acte, "orientation": orientation}[quoi]
    adresse = page(type(objet), "change", objet.pk)
    envoyer = lambda: soumettre(client, adresse, survenu_le_0="09/01/2024")  # noqa: E731
    reponse = pendant_la_correction_de(acte.contact, envoyer, survenu_le=AVANT)
    assert reponse.status_code == 302, reponse.context["adminform"].form.errors
    assert not reprises(caplog)


def test_what_says_nothing_of_the_contact_does_not_wait_for_it(
    acte: Acte, orientation: Orientation
) -> None:
    def ecrire() -> None:
        Acte.objects.filter(pk=acte.pk).update(categorie=CategorieActe.HYGIENE, survenu_le=MIDI)
        Orientation.objects.filter(pk=orientation.pk).update(motif="SOIN", contact=acte.contact)

    pendant_la_correction_de(acte.contact, ecrire, attend=False, survenu_le=AVANT)
    acte.refresh_from_db()
    assert acte.categorie == CategorieActe.HYGIENE


@pytest.mark.parametrize("quoi", ["passages", "rencontres"])
def test_the_page_of_a_visit_and_its_correction(
    quoi: str, espace_repos: Structure, api: Api, coordinatrice: Utilisateur,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Both lock the contact, then what extends it."""
    objet = (
        PassageFactory(structure=espace_repos)
        if quoi == "passages"
        else RencontreFactory(maraude__equipe__structure=espace_repos)
    )
    client = api(coordinatrice)
    adresse = f"{V1}/{quoi}/{objet.pk}/"
    corriger = lambda: client.patch(adresse, {"genre_observe": "H"}, headers={"If-Match": "*"})  # noqa: E731
    with transaction.atomic():
        Contact.objects.tenir(objet.pk)
        fil = Fil(corriger)
        attendre_bloques(1)
        type(objet)._base_manager.select_for_update(no_key=True).get(pk=objet.pk)
    assert fil.resultat().status_code == 200
    assert not reprises(caplog)


@pytest.mark.parametrize("comment", ["fiche", "liste"])
def test_a_visit_that_is_deleted_while_its_act_is_corrected(
    comment: str, acte: Acte, client: Any, coordinatrice: Utilisateur,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    client.force_login(coordinatrice)
    passage = acte.contact.passage
    envois: dict[str, tuple[str, dict[str, Any]]] = {
        "fiche": (page(type(passage), "delete", passage.pk), {"post": "yes"}),
        "liste": (
            page(type(passage), "changelist"),
            {"action": "delete_selected", "post": "yes", "_selected_action": [passage.pk]},
        ),
    }
    supprimer = lambda: client.post(*envois[comment])  # noqa: E731
    with transaction.atomic():
        Contact.objects.tenir(passage.pk)
        fil = Fil(supprimer)
        attendre_bloques(1)
        list(Acte.objects.select_for_update(no_key=True).filter(pk=acte.pk))
    assert fil.resultat().status_code == 302
    assert not Acte.objects.exists()
    assert not reprises(caplog)


def test_a_round_that_is_deleted_while_its_stops_are_corrected(
    espace_repos: Structure, client: Any, coordinatrice: Utilisateur,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    maraude = MaraudeFactory(equipe__structure=espace_repos)
    etape = EtapeFactory(maraude=maraude)
    client.force_login(coordinatrice)
    supprimer = lambda: client.post(page(type(maraude), "delete", maraude.pk), {"post": "yes"})  # noqa: E731
    with transaction.atomic():
        type(maraude).objects.select_for_update(no_key=True).get(pk=maraude.pk)
        fil = Fil(supprimer)
        attendre_bloques(1)
        type(etape).objects.select_for_update(no_key=True).get(pk=etape.pk)
    assert fil.resultat().status_code == 302
    assert not type(maraude).objects.exists()
    assert not reprises(caplog)


def test_the_page_of_a_stop_and_its_round(
    espace_repos: Structure, client: Any, coordinatrice: Utilisateur,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    etape = EtapeFactory(maraude__equipe__structure=espace_repos)
    client.force_login(coordinatrice)
    adresse = page(type(etape), "change", etape.pk)
    envoyer = lambda: soumettre(client, adresse, statut="VISITEE")  # noqa: E731
    with transaction.atomic():
        type(etape.maraude).objects.select_for_update(no_key=True).get(pk=etape.maraude_id)
        fil = Fil(envoyer)
        attendre_bloques(1)
        type(etape).objects.select_for_update(no_key=True).get(pk=etape.pk)
    assert fil.resultat().status_code == 302
    assert not reprises(caplog)


def test_stays_that_are_deleted_together_and_a_transfer(
    client: Any, coordinatrice: Utilisateur, caplog: pytest.LogCaptureFixture
) -> None:
    """All persons, then all places, then all stays: not one stay after the other."""
    lieux = sorted(PlaceFactory.create_batch(2), key=lambda place: place.pk)
    sejours = [SejourFactory(place=lieux[1]), SejourFactory(place=lieux[0])]
    client.force_login(coordinatrice)
    supprimer = lambda: client.post(  # noqa: E731
        page(type(sejours[0]), "changelist"),
        {"action": "delete_selected", "post": "yes", "_selected_action": [s.pk for s in sejours]},
    )
    with transaction.atomic():
        type(lieux[0]).objects.select_for_update(no_key=True).get(pk=lieux[0].pk)
        fil = Fil(supprimer)
        attendre_bloques(1)
        type(lieux[1]).objects.select_for_update(no_key=True).get(pk=lieux[1].pk)
    assert fil.resultat().status_code == 302
    assert not reprises(caplog)
