"""A court measure at a desk: written, never shown, and not lost by who corrects something else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hebergement.models import DemandeHebergement
from socle.models import Utilisateur
from tests.administration.conftest import Console
from tests.administration.formulaires import erreurs, soumettre
from tests.factories import DemandeHebergementFactory, PersonneFactory, StructureFactory

pytestmark = pytest.mark.django_db
LISTE = "/admin/hebergement/demandehebergement/"


@pytest.fixture
def client(console: Console, coordinatrice: Utilisateur) -> Client:
    return console(coordinatrice)


@pytest.fixture
def demande() -> DemandeHebergement:
    return DemandeHebergementFactory(origine="JUSTICE")


def page(demande: DemandeHebergement) -> str:
    return f"{LISTE}{demande.pk}/change/"


@pytest.mark.parametrize(
    ("dit", "reste"),
    [({"animal": "on"}, "JUSTICE"), ({"origine": ""}, "JUSTICE")],
)
def test_a_form_does_not_lose_it(
    dit: dict[str, str], reste: str, client: Client, demande: DemandeHebergement
) -> None:
    reponse = soumettre(client, page(demande), **dit)
    assert reponse.status_code == 302, erreurs(reponse)
    demande.refresh_from_db()
    assert (demande.origine, demande.animal) == (reste, "animal" in dit)


def test_a_form_does_not_show_it(client: Client, demande: DemandeHebergement) -> None:
    champ: Any = client.get(page(demande)).context["adminform"].form["origine"]
    assert champ.value() == ""
    assert 'value="" selected' in str(champ)
    assert "(ne se corrige pas)" in str(champ)
    assert "annulez la demande" in champ.help_text
    assert soumettre(client, page(demande), origine="SIAO").status_code == 200
    demande.refresh_from_db()
    assert demande.origine == "JUSTICE"
    # Refused for something else, it shows what was sent.
    refusee = soumettre(client, page(demande), demandee_le="")
    assert refusee.status_code == 200
    assert refusee.context["adminform"].form["origine"].value() == ""


def test_it_is_written(client: Client) -> None:
    reponse = soumettre(
        client, f"{LISTE}add/", personne=str(PersonneFactory().pk), origine="JUSTICE",
        structure=str(StructureFactory().pk), demandee_le="01/05/2023", type_place="HOTEL",
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    demande = DemandeHebergement.objects.get()
    assert demande.origine == "JUSTICE"
    autre = DemandeHebergementFactory()
    assert soumettre(client, page(autre), origine="JUSTICE").status_code == 302
    autre.refresh_from_db()
    assert autre.origine == "JUSTICE"
    # One that is another must be said.
    autre = DemandeHebergementFactory()
    assert soumettre(client, page(autre), origine="").status_code == 200


def test_a_list_leaves_its_cell_empty(client: Client, demande: DemandeHebergement) -> None:
    texte = client.get(LISTE).content.decode()
    assert ("justice" in texte.lower(), "field-origine_dite" in texte) == (False, True)
    DemandeHebergementFactory(origine="SIAO")
    assert "SIAO (115)" in client.get(LISTE).content.decode()


@pytest.mark.parametrize(
    "dit",
    [{"origine": "JUSTICE"}, {"origine__exact": "JUSTICE"}, {"origine__in": "JUSTICE"},
     {"q": "justice"}, {"o": "8"}, {"o": "-8"}],
)  # fmt: skip
def test_no_question_to_a_list_tells_it(
    dit: dict[str, str], client: Client, demande: DemandeHebergement
) -> None:
    """The answer is the same, whether this one or the other is it."""

    def vues() -> list[Any]:
        reponse = client.get(LISTE, dit)
        if "cl" not in (reponse.context or {}):
            return [reponse.status_code]
        return [d.pk for d in reponse.context["cl"].result_list]

    autre = DemandeHebergementFactory(origine="RENCONTRE", demandee_le=demande.demandee_le)
    avant = vues()
    DemandeHebergement.objects.filter(pk=demande.pk).update(origine="RENCONTRE")
    DemandeHebergement.objects.filter(pk=autre.pk).update(origine="JUSTICE")
    assert vues() == avant


def test_the_other_origins_are_a_filter(client: Client, demande: DemandeHebergement) -> None:
    autre = DemandeHebergementFactory(origine="SIAO")
    vues = client.get(LISTE, {"origine": "SIAO"}).context["cl"].result_list
    assert [d.pk for d in vues] == [autre.pk]


def test_history_tells_no_origin(client: Client, demande: DemandeHebergement) -> None:
    DemandeHebergement.objects.update(origine="SIAO")
    assert soumettre(client, page(demande), origine="JUSTICE").status_code == 302
    assert soumettre(client, page(demande), animal="on").status_code == 302
    reponse = client.get(f"{LISTE}{demande.pk}/history/")
    champs = {champ for e in reponse.context["entrees"] for champ, _, _ in e.changements}
    assert "avec un animal" in champs
    assert "origine" not in champs
    texte = reponse.content.decode()
    assert ("justice" in texte.lower(), "SIAO" in texte) == (False, False)
