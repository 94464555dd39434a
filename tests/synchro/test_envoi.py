"""What a tablet sends is kept, applied once, and answered one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accueil.models import Passage
from commun.models import uuid7
from contacts.models import Contact
from maraudes.models import Maraude, Rencontre
from socle import preuves
from socle.models import Equipe, Personne, Structure, Utilisateur
from synchro.models import Operation, Variante
from tests.conftest import Api
from tests.factories import MaraudeFactory, PassageFactory, PersonneFactory
from tests.synchro.conftest import ADRESSE, Tablette, statuts

pytestmark = pytest.mark.django_db


def dits(resultats: list[dict[str, Any]]) -> list[str]:
    return [resultat["resultat"] for resultat in resultats]


def test_a_shift_of_somebody_is_there_at_once(
    tablette: Tablette, intervenante: Utilisateur, equipe: Equipe, espace_repos: Structure
) -> None:
    """A person, a round and who was met there, in the order in which they were told."""
    personne, maraude, rencontre = (str(uuid7()) for _ in range(3))
    operations = [
        tablette.operation(
            intervenante, "personne.creer", {"uuid": personne, "pseudonyme": "Moineau"}
        ),
        tablette.operation(
            intervenante,
            "maraude.creer",
            {"uuid": maraude, "equipe": str(equipe.pk), "milieu": "SURFACE"},
        ),
        tablette.operation(intervenante, "maraude.demarrer", objet=maraude),
        tablette.operation(
            intervenante,
            "rencontre.creer",
            {"uuid": rencontre, "maraude": maraude, "personne": personne},
        ),
        tablette.operation(intervenante, "maraude.cloturer", objet=maraude),
    ]
    resultats = tablette.envoyer(*operations)
    assert dits(resultats) == ["appliquee"] * 5, resultats
    assert [r["id"] for r in resultats] == [o["id"] for o in operations]
    assert resultats[0]["objet"]["code"] == Personne.objects.get().code
    faite = Rencontre.objects.select_related("contact").get()
    assert str(faite.contact.personne_id) == personne
    assert faite.contact.auteur == intervenante
    assert Maraude.objects.get().statut == "CLOTUREE"
    assert Operation.objects.count() == 5


def test_the_same_again_is_harmless(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    operations = [tablette.passage(intervenante, espace_repos) for _ in range(3)]
    assert dits(tablette.envoyer(*operations)) == ["appliquee"] * 3
    assert dits(tablette.envoyer(*reversed(operations))) == ["deja_appliquee"] * 3
    assert dits(tablette.envoyer(operations[0], operations[0])) == ["deja_appliquee"] * 2
    deux = tablette.passage(intervenante, espace_repos)
    assert dits(tablette.envoyer(deux, deux)) == ["appliquee", "deja_appliquee"]
    assert Passage.objects.count() == 4


def test_another_content_under_the_same_identifier_is_kept_beside(
    tablette: Tablette, autre_tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    operation = tablette.passage(intervenante, espace_repos)
    autre = {**operation, "donnees": {**operation["donnees"], "genre_observe": "F"}}
    assert dits(tablette.envoyer(operation, autre)) == ["appliquee", "en_quarantaine"]
    assert dits(tablette.envoyer(autre)) == ["en_quarantaine"]
    assert dits(autre_tablette.envoyer(operation)) == ["en_quarantaine"]
    assert Contact.objects.get().genre_observe == "NON_RENSEIGNE"
    gardees = [(v.contenu["donnees"].get("genre_observe"), v.appareil_id)
               for v in Variante.objects.all()]  # fmt: skip
    assert set(gardees) == {
        ("F", tablette.appareil.pk), (None, autre_tablette.appareil.pk)
    }  # fmt: skip


@pytest.mark.parametrize(
    "mauvaise",
    [
        {"type": "passage.detruire"},
        {"donnees": None},
        {"donnees": {"uuid": "abc"}},
        {"session": "faux"},
        {"session": None},
        {"donnees_scellees": "AAAA", "cle_id": str(uuid7())},
        {"donnees_scellees": ["A"], "cle_id": {}},
        {"auteur": []},
        {"auteur": {"uuid": "x"}},
        {"session": ["x"]},
        {"saisi_le": 12, "donnees": {"uuid": 12}},
        {"donnees": {"uuid": "\0"}},
        {"donnees": {"genre_observe": "\0"}},
    ],
)
def test_a_bad_one_keeps_no_other_out(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure, mauvaise: dict[str, Any]
) -> None:
    avant, elle, apres = (tablette.passage(intervenante, espace_repos) for _ in range(3))
    elle |= mauvaise
    resultats = tablette.envoyer(avant, elle, apres)
    assert dits(resultats) == ["appliquee", "en_quarantaine", "appliquee"]
    assert resultats[1]["probleme"]["detail"]
    assert statuts()[elle["id"]] == "EN_QUARANTAINE"
    assert Operation.objects.get(pk=elle["id"]).contenu == elle
    assert dits(tablette.envoyer(elle)) == ["en_quarantaine"]
    assert Passage.objects.count() == 2


@pytest.mark.parametrize(
    "brute",
    [
        "bonjour",
        None,
        12,
        [],
        {},
        {"id": "12"},
        {"id": str(uuid7()), "seq": "1"},
        "\0",
        {"id": str(uuid7()), "seq": 1, "type": "passage\0creer"},
        {"id": str(uuid7()), "seq": 2**70, "type": "passage.creer"},
    ],
)
def test_what_is_no_operation_is_kept_too(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure, brute: Any
) -> None:
    bonne = tablette.passage(intervenante, espace_repos)
    for _ in range(2):
        resultats = tablette.envoyer(brute, bonne)
        assert resultats[0]["resultat"] == "en_quarantaine"
    assert Variante.objects.get(operation=None).contenu == brute
    assert Passage.objects.count() == 1


def test_an_update_before_its_creation_waits_for_it(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    creation = tablette.passage(intervenante, espace_repos)
    cle = creation["donnees"]["uuid"]
    correction = tablette.operation(
        intervenante, "passage.corriger", {"genre_observe": "F"}, objet=cle
    )
    liee = tablette.operation(
        intervenante, "passage.corriger", {"tranche_age_observee": "DE_35_A_44"}, objet=cle,
        depend_de=[creation["id"]],
    )  # fmt: skip
    acte = tablette.operation(
        intervenante, "acte.creer", {"uuid": str(uuid7()), "contact": cle, "categorie": "HYGIENE"}
    )
    assert dits(tablette.envoyer(acte, liee, correction)) == ["en_attente"] * 3
    assert dits(tablette.envoyer(liee)) == ["en_attente"]
    assert dits(tablette.envoyer(creation)) == ["appliquee"]
    assert set(statuts().values()) == {"APPLIQUEE"}
    contact = Contact.objects.get()
    assert (contact.genre_observe, contact.tranche_age_observee) == ("F", "DE_35_A_44")
    assert contact.actes.count() == 1
    assert dits(tablette.envoyer(acte, liee, correction)) == ["deja_appliquee"] * 3


def test_the_author_stays_right_whoever_sends(
    tablette: Tablette, intervenante: Utilisateur, soignante: Utilisateur, espace_repos: Structure
) -> None:
    """Two people have used the tablet; it sends by itself what both have told."""
    une, autre = (tablette.passage(qui, espace_repos) for qui in (intervenante, soignante))
    assert dits(tablette.envoyer(une, autre)) == ["appliquee"] * 2
    assert {c.auteur for c in Contact.objects.all()} == {intervenante, soignante}
    usurpee = {**tablette.passage(intervenante, espace_repos), "auteur": str(soignante.pk)}
    ailleurs = {
        **tablette.passage(intervenante, espace_repos),
        "session": preuves.attester(intervenante.pk, uuid7()),
    }
    assert dits(tablette.envoyer(usurpee, ailleurs)) == ["en_quarantaine"] * 2


def test_who_logs_in_on_a_device_gets_the_proof_of_it(
    api: Api, tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    intervenante.set_password("un mot de passe assez long")
    intervenante.save()
    corps = {
        "identifiant": intervenante.identifiant, "mot_de_passe": "un mot de passe assez long"
    }  # fmt: skip
    sans = api(None).post("/api/v1/connexion/", corps).json()
    assert sans["session"] is None
    avec = {**corps, "appareil": str(tablette.appareil.pk)}
    session = api(None).post("/api/v1/connexion/", avec).json()["session"]
    operation = {**tablette.passage(intervenante, espace_repos), "session": session}
    assert dits(tablette.envoyer(operation)) == ["appliquee"]


def test_a_revoked_device_is_heard_and_told_to_forget(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    from synchro.appareils import revoquer

    faite = tablette.passage(intervenante, espace_repos)
    tablette.envoyer(faite)
    revoquer(appareil=tablette.appareil)
    reponse = tablette.poster(faite, tablette.passage(intervenante, espace_repos)).json()
    assert dits(reponse["resultats"]) == ["deja_appliquee", "en_quarantaine"]
    assert reponse["effacer"]
    assert Passage.objects.count() == 1


@pytest.mark.parametrize("annee", [2001, 2040])
def test_a_clock_that_is_decades_off(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure, annee: int
) -> None:
    """Compared within one start of the device: it happened when it happened."""
    ici = datetime(annee, 1, 1, 3, tzinfo=UTC)
    operation = {
        **tablette.passage(
            intervenante, espace_repos, parti_le=(ici + timedelta(hours=1)).isoformat()
        ),
        "saisi_le": ici.isoformat(),
        "horloge": {"demarrage": "a", "ms": 1_000},
    }
    avant = datetime.now(UTC)
    resultats = tablette.envoyer(operation, horloge={"demarrage": "a", "ms": 7_201_000})
    assert dits(resultats) == ["appliquee"], resultats
    contact = Contact.objects.select_related("passage").get()
    assert abs(contact.survenu_le - (avant - timedelta(hours=2))) < timedelta(seconds=30)
    assert contact.saisi_le == ici
    assert contact.derive_signalee
    assert contact.passage.parti_le - contact.survenu_le == timedelta(hours=1)


def test_a_clock_of_another_start_is_believed_as_it_is(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    operation = {
        **tablette.passage(intervenante, espace_repos),
        "saisi_le": "2023-06-01T10:00:00+02:00",
        "horloge": {"demarrage": "a", "ms": 1_000},
    }
    assert dits(tablette.envoyer(operation, horloge={"demarrage": "b", "ms": 9_000})) == [
        "appliquee"
    ]
    contact = Contact.objects.get()
    assert contact.saisi_le == contact.survenu_le == datetime(2023, 6, 1, 8, tzinfo=UTC)


def test_late_work_on_a_merged_file_lands_on_the_kept_one_and_says_so(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    from coordination import fusions

    gardee, alias = (PersonneFactory(organisme=espace_repos.organisme) for _ in range(2))
    fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
    operations = [
        tablette.passage(intervenante, espace_repos, personne=str(alias.pk)),
        tablette.operation(
            intervenante, "personne.modifier", {"pseudonyme": "Merle"}, objet=str(alias.pk)
        ),
    ]
    resultats = tablette.envoyer(*operations)
    assert dits(resultats) == ["appliquee"] * 2, resultats
    assert [r["suivis"] for r in resultats] == [{str(alias.pk): str(gardee.pk)}] * 2
    gardee.refresh_from_db()
    assert (Contact.objects.get().personne, gardee.pseudonyme) == (gardee, "Merle")


def test_limits_are_told_and_held(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    limites = tablette.client.get(f"{ADRESSE}/bonjour/").json()["limites"]
    assert limites == {"operation": 65_536, "envoi": 262_144}
    grosse = tablette.passage(intervenante, espace_repos) | {"note": "x" * 65_536}
    refusee = tablette.poster(grosse)
    assert (refusee.status_code, refusee.json()["limite"]) == (413, 65_536)
    assert refusee.json()["operation"] == grosse["id"]
    plusieurs = [
        tablette.passage(intervenante, espace_repos) | {"note": "x" * 60_000} for _ in range(5)
    ]
    refusee = tablette.poster(*plusieurs)
    assert (refusee.status_code, refusee.json()["limite"]) == (413, 262_144)
    assert not Operation.objects.exists()
    assert dits(tablette.poster(grosse, *plusieurs, ou="secours").json()["resultats"]) == (
        ["appliquee"] * 6
    )


def test_numbers_that_never_came_are_told(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    operations = [tablette.passage(intervenante, espace_repos) for _ in range(9)]
    tablette.envoyer(*(operations[rang] for rang in (1, 2, 6)))
    etat = tablette.client.get(f"{ADRESSE}/bonjour/").json()["appareil"]
    assert (etat["dernier_seq"], etat["manquants"]) == (7, [[1, 1], [4, 6]])


def test_an_outbox_that_a_coordinator_brings(
    api: Api,
    tablette: Tablette,
    intervenante: Utilisateur,
    coordinatrice: Utilisateur,
    coordinatrice_ailleurs: Utilisateur,
    espace_repos: Structure,
) -> None:
    operation = tablette.passage(intervenante, espace_repos)
    adresse, corps = f"{ADRESSE}/secours/", tablette.corps(operation)
    assert api(coordinatrice_ailleurs).post(adresse, corps).status_code == 404
    assert api(intervenante).post(adresse, corps).status_code == 403
    resultats = api(coordinatrice).post(adresse, corps).json()["resultats"]
    assert dits(resultats) == ["appliquee"]
    assert Operation.objects.get().transmise_par == coordinatrice
    assert Contact.objects.get().auteur == intervenante


def test_who_may_not_write_there_is_kept_aside(
    tablette: Tablette, intervenante: Utilisateur, autre_structure: Structure, ars: Utilisateur
) -> None:
    ailleurs = tablette.passage(intervenante, autre_structure)
    partenaire = tablette.passage(ars, autre_structure)
    resultats = tablette.envoyer(ailleurs, partenaire)
    assert dits(resultats) == ["en_quarantaine"] * 2
    assert resultats[1]["probleme"]["status"] == 403
    assert not Passage.objects.exists()


def test_the_same_record_by_the_api_and_by_an_operation(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    """A key that is taken by another record stays that record's."""
    passage = PassageFactory(structure=espace_repos)
    operation = tablette.passage(intervenante, espace_repos, uuid=str(passage.pk))
    (resultat,) = tablette.envoyer(operation)
    assert resultat["resultat"] == "en_quarantaine"
    assert Passage.objects.count() == 1


def test_a_round_that_is_cancelled_meanwhile(
    tablette: Tablette, intervenante: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe, statut="ANNULEE")
    corps = {"uuid": str(uuid7()), "maraude": str(maraude.pk)}
    operation = tablette.operation(intervenante, "rencontre.creer", corps)
    (resultat,) = tablette.envoyer(operation)
    assert (resultat["resultat"], resultat["probleme"]["status"]) == ("en_quarantaine", 409)


@pytest.mark.parametrize(
    "bizarre",
    [
        {"depend_de": "x"}, {"depend_de": [[], {}, None, "x"]}, {"horloge": [1]},
        {"horloge": {"demarrage": [], "ms": "1"}}, {"horloge": {"demarrage": "a", "ms": -1}},
        {"objet": []}, {"objet": "x"}, {"version_lue": {}}, {"saisi_le": None},
        {"saisi_le": "0001-01-01T00:00:00+00:00", "horloge": {"demarrage": "a", "ms": 1}},
        {"inconnu": {"a": [None, 1.5]}},
    ],
)  # fmt: skip
def test_whatever_stands_in_its_members_it_is_kept_and_judged(
    tablette: Tablette, intervenante: Utilisateur, espace_repos: Structure, bizarre: dict[str, Any]
) -> None:
    elle = {**tablette.passage(intervenante, espace_repos), **bizarre}
    bonne = tablette.passage(intervenante, espace_repos)
    resultats = tablette.envoyer(elle, bonne, horloge={"demarrage": "a", "ms": 10})
    assert resultats[1]["resultat"] == "appliquee"
    assert Operation.objects.get(pk=elle["id"]).contenu == elle
