"""An orientation made during a contact is of its person, and stays so when that is corrected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from commun.horloge import PARIS
from contacts.models import Contact
from coordination.models import Orientation
from coordination.services import rapprocher_marques
from socle.models import AccesPersonne, Equipe, Personne, Structure, Utilisateur
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.administration.formulaires import soumettre
from tests.concurrence import Fil, attendre_bloques
from tests.conftest import Api
from tests.factories import (
    ContactFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    RencontreFactory,
    StructureFactory,
    identifiant,
)

MIDI = datetime(2026, 3, 10, 12, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _ce_jour_la(settings: Any) -> Any:
    settings.JETON_DUREE = timedelta(days=60)
    with time_machine.travel(MIDI + timedelta(hours=3), tick=False) as heure:
        yield heure


@pytest.fixture
def autre(espace_repos: Structure) -> Personne:
    personne: Personne = PersonneFactory(organisme=espace_repos.organisme)
    return personne


@pytest.fixture
def orientation(equipe: Equipe, personne: Personne, autre_structure: Structure) -> Orientation:
    """Somebody met during a round, and sent to another organisme's centre."""
    rencontre = RencontreFactory(maraude__equipe=equipe, personne=personne, survenu_le=MIDI)
    orientation: Orientation = OrientationFactory(
        contact=rencontre.contact,
        personne=personne,
        structure_origine=equipe.structure,
        structure=autre_structure,
        survenu_le=MIDI,
    )
    return orientation


def connus_ailleurs(structure: Structure) -> set[Any]:
    acces = AccesPersonne.objects.filter(organisme=structure.organisme, motif="ORIENTATION")
    return set(acces.values_list("personne", flat=True))


@pytest.mark.django_db
def test_the_orientation_goes_with_its_contact(
    api: Api, coordinatrice: Utilisateur, orientation: Orientation, autre: Personne
) -> None:
    """The person was taken for somebody else: who is expected there is the right one."""
    arrivee = PassageFactory(
        structure=orientation.structure, personne=autre, survenu_le=MIDI + timedelta(hours=1)
    )
    rapprocher_marques()
    assert connus_ailleurs(orientation.structure) == {orientation.personne_id}
    client, adresse = api(coordinatrice), f"/api/v1/rencontres/{orientation.contact_id}/"
    corps = {"personne": str(autre.pk)}
    corrigee = client.patch(adresse, corps, HTTP_IF_MATCH=client.get(adresse)["ETag"])
    assert corrigee.status_code == 200, corrigee.json()
    rapprocher_marques()
    orientation.refresh_from_db()
    assert (orientation.personne, orientation.statut) == (autre, "ABOUTIE")
    assert orientation.arrivee_contact_id == arrivee.pk
    assert connus_ailleurs(orientation.structure) == set()
    # Taken back: nobody has come.
    Contact.objects.filter(pk=orientation.contact_id).update(personne=None)
    rapprocher_marques()
    orientation.refresh_from_db()
    assert (orientation.personne, orientation.statut) == (None, "EN_COURS")


@pytest.mark.django_db
def test_somebody_unknown_who_is_recognised_later(
    orientation: Orientation, personne: Personne, autre: Personne
) -> None:
    Contact.objects.filter(pk=orientation.contact_id).update(personne=None)
    Contact.objects.filter(pk=orientation.contact_id).update(personne=autre)
    orientation.refresh_from_db()
    assert orientation.personne == autre
    # The orientation named somebody where the contact named nobody: another name contradicts it.
    Contact.objects.filter(pk=orientation.contact_id).update(personne=None)
    Orientation.objects.update(personne=personne)
    with pytest.raises(IntegrityError, match="autre personne"), transaction.atomic():
        Contact.objects.filter(pk=orientation.contact_id).update(personne=autre)
    Contact.objects.filter(pk=orientation.contact_id).update(personne=personne)
    orientation.refresh_from_db()
    assert orientation.personne == personne


@pytest.mark.django_db
@pytest.mark.parametrize("champ", ["personne", "structure_origine"])
def test_whoever_writes_a_contradiction_is_refused(
    console: Console,  # noqa: F811
    api: Api,
    coordinatrice: Utilisateur,
    orientation: Orientation,
    autre: Personne,
    champ: str,
) -> None:
    structure = StructureFactory(organisme=coordinatrice.organisme)
    valeur = {"personne": autre, "structure_origine": structure}[champ]
    with pytest.raises(IntegrityError, match="Le contact est"), transaction.atomic():
        Orientation.objects.update(**{champ: valeur})
    client, adresse = api(coordinatrice), f"/api/v1/orientations/{orientation.pk}/"
    refus = client.patch(
        adresse, {champ: str(valeur.pk)}, HTTP_IF_MATCH=client.get(adresse)["ETag"]
    )
    assert refus.status_code == 400
    assert [e["champ"] for e in refus.json()["erreurs"]] == [champ]
    reponse = soumettre(
        console(coordinatrice), page(Orientation, "change", orientation.pk), **{champ: valeur.pk}
    )
    assert "Le contact est d" in str(reponse.context["adminform"].form.errors[champ])


@pytest.mark.django_db
def test_the_admin_refuses_no_orientation_that_has_succeeded(
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
    orientation: Orientation,
) -> None:
    PassageFactory(
        structure=orientation.structure,
        personne=orientation.personne,
        survenu_le=MIDI + timedelta(hours=1),
    )
    rapprocher_marques()
    client, adresse = console(coordinatrice), page(Orientation, "change", orientation.pk)
    decision = {"decision": "REFUSEE_PERSONNE", "motif_decision": "Ne veut pas",
                "decidee_le_0": "10/03/2026"}  # fmt: skip
    reponse = soumettre(client, adresse, **decision, decidee_le_1="14:00:00")
    assert "a abouti" in str(reponse.context["adminform"].form.errors["decision"])
    orientation.refresh_from_db()
    assert (orientation.statut, orientation.decision) == ("ABOUTIE", "")
    # Before the arrival, and told late.
    assert soumettre(client, adresse, **decision, decidee_le_1="12:30:00").status_code == 302
    rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.statut == "REFUSEE_PERSONNE"


@pytest.mark.django_db(transaction=True)
def test_an_orientation_is_made_while_its_contact_is_corrected(
    espace_repos: Structure, personne: Personne, autre: Personne, autre_structure: Structure
) -> None:
    contact = ContactFactory(structure=espace_repos, personne=personne)

    def orienter() -> Any:
        return OrientationFactory(
            contact=contact,
            personne=personne,
            structure_origine=espace_repos,
            structure=autre_structure,
        )

    def corriger() -> Any:
        return Contact.objects.filter(pk=contact.pk).update(personne=autre)

    with transaction.atomic():
        orienter()
        fil = Fil(corriger)
        attendre_bloques(1)
    fil.resultat()
    assert Orientation.objects.get().personne == autre
    Orientation.objects.all().delete()
    Contact.objects.update(personne=personne)
    with transaction.atomic():
        corriger()
        fil = Fil(orienter)
        attendre_bloques(1)
    with pytest.raises(IntegrityError, match="autre personne"):
        fil.resultat()
    assert not Orientation.objects.exists()
    assert connection.in_atomic_block is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("vers", ["autre", None])
def test_who_is_sent_is_who_the_contact_names_once_it_is_corrected(
    api: Api,
    intervenante: Utilisateur,
    espace_repos: Structure,
    personne: Personne,
    autre: Personne,
    autre_structure: Structure,
    vers: str | None,
) -> None:
    """A tablet names the contact only; at the same moment the contact gets another person."""
    contact = ContactFactory(structure=espace_repos, personne=personne)
    corps = {
        "uuid": identifiant(),
        "contact": str(contact.pk),
        "structure": autre_structure.code,
        "saisi_le": MIDI.isoformat(),
    }
    voulue = autre if vers else None
    with transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(personne=voulue)
        fil = Fil(lambda: api(intervenante).post("/api/v1/orientations/", corps))
        attendre_bloques(1)
    reponse = fil.resultat()
    assert reponse.status_code == 201, reponse.json()
    assert reponse.json()["personne"] == (str(autre.pk) if vers else None)
    assert Orientation.objects.get().personne == voulue
