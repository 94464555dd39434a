"""Preparing, looking, signing: the coordinator's way; and the token that a partner is handed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accueil.models import Passage
from hebergement.occupation import recalculer_tout
from indicateurs.catalogue import PAR_CODE
from indicateurs.models import Chiffre, ChiffreSaisi, Partenaire, Publication
from indicateurs.publications import preparation
from indicateurs.publications.preparation import preparer, signer
from socle.models import Jeton, Structure, Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import soumettre
from tests.concurrence import Fil, attendre_bloques
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    SejourFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db
AJOUT = page(Publication, "add")


@pytest.fixture(autouse=True)
def maintenant() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def venus(espace_repos: Structure) -> None:
    for personne in PersonneFactory.create_batch(12, organisme=espace_repos.organisme):
        PassageFactory(
            structure=espace_repos, personne=personne,
            survenu_le=datetime(2023, 5, 10, 12, tzinfo=UTC),
        )  # fmt: skip


def test_prepared_recalled_looked_at_and_signed(
    venus: None, console: Console, coordinatrice: Utilisateur
) -> None:
    client = console(coordinatrice)
    reponse = client.post(AJOUT, {"periode": "2023-05"})
    assert reponse.status_code == 302, reponse.context["adminform"].form.errors
    publication = Publication.objects.get()
    assert publication.statut == "PREPAREE"
    rappel = client.get("/admin/").context["tableau"]["publications"]
    assert rappel == [publication]
    fiche = page(Publication, "change", publication.pk)
    texte = client.get(fiche).content.decode()
    assert "C&#x27;est la première révision" in texte or "C'est la première révision" in texte
    signer = reverse("admin:indicateurs_publication_signer", args=[publication.pk])
    assert signer in texte
    assert client.get(signer).status_code == 200
    publication.refresh_from_db()
    assert publication.statut == "PREPAREE"  # looking signs nothing
    assert client.post(signer).status_code == 302
    publication.refresh_from_db()
    assert (publication.statut, publication.signee_par) == ("SIGNEE", coordinatrice)
    assert client.get("/admin/").context["tableau"]["publications"] == []
    assert signer not in client.get(fiche).content.decode()
    assert client.post(signer).status_code in {302, 403}
    assert Publication.objects.get().version == publication.version


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_it_is_counted_is_in_no_figure_and_comes_since(
    venus: None, console: Console, coordinatrice: Utilisateur, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the page as by the task: all is counted on one snapshot, and what came after it waits."""
    compter, espace = preparation.reunir, Structure.objects.get()

    def venir() -> None:
        personne = PersonneFactory(organisme=espace.organisme)
        PassageFactory(
            structure=espace, personne=personne, survenu_le=datetime(2023, 5, 10, 12, tzinfo=UTC)
        )

    def entre(*ou: Any) -> Any:
        Fil(venir).resultat()
        return compter(*ou)

    monkeypatch.setattr(preparation, "reunir", entre)
    reponse = console(coordinatrice).post(AJOUT, {"periode": "2023-05"})
    assert reponse.status_code == 302
    assert Passage.objects.count() == 13
    (publication,) = Publication.objects.all()
    assert publication.chiffres.get(indicateur="passages", niveau="RESEAU").exacte == 12


def test_a_period_that_is_pasted_with_its_spaces_is_the_same(
    console: Console, coordinatrice: Utilisateur
) -> None:
    client = console(coordinatrice)
    formulaire = client.get(AJOUT).content.decode()
    collee = " 2023-05 "
    trouve = re.search(r'<input[^>]*name="periode"[^>]*>', formulaire)
    assert trouve
    limite = re.search(r'maxlength="(\d+)"', trouve[0])
    assert limite is None or int(limite[1]) >= len(collee)
    assert client.post(AJOUT, {"periode": collee}).status_code == 302
    assert Publication.objects.get().periode == "2023-05"


@pytest.mark.parametrize(
    ("periode", "dit"),
    [
        ("2023-13", "n'est ni un mois"), ("mai", "n'est ni un mois"),
        ("2024-03", "Cette période n'est pas finie."), ("2024", "Cette période n'est pas finie."),
    ],
)  # fmt: skip
def test_what_is_no_period_or_not_over_is_refused(
    periode: str, dit: str, console: Console, coordinatrice: Utilisateur
) -> None:
    reponse = console(coordinatrice).post(AJOUT, {"periode": periode})
    assert reponse.status_code == 200
    assert dit in " ".join(reponse.context["adminform"].form.errors["periode"])
    assert not Publication.objects.exists()


def test_what_was_signed_is_not_prepared_over(
    venus: None, console: Console, coordinatrice: Utilisateur
) -> None:
    client = console(coordinatrice)
    client.post(AJOUT, {"periode": "2023-05"})
    (premiere,) = Publication.objects.all()
    client.post(reverse("admin:indicateurs_publication_signer", args=[premiere.pk]))
    client.post(AJOUT, {"periode": "2023-05"})
    client.post(AJOUT, {"periode": "2023-05"})
    revisions = list(Publication.objects.order_by("revision").values_list("revision", "statut"))
    assert revisions == [(1, "SIGNEE"), (2, "PREPAREE")]


def test_what_came_since_a_signature_is_told_to_who_publishes(
    venus: None, espace_repos: Structure, console: Console, coordinatrice: Utilisateur,
    ars: Utilisateur, api: Api, maintenant: Any,
) -> None:  # fmt: skip
    def venir(mois: int, combien: int) -> None:
        for personne in PersonneFactory.create_batch(combien, organisme=espace_repos.organisme):
            PassageFactory(
                structure=espace_repos, personne=personne,
                survenu_le=datetime(2023, mois, 31, 12, tzinfo=UTC),
            )  # fmt: skip

    def dites() -> list[tuple[str, int]]:
        with CaptureQueriesContext(connection) as requetes:
            lues = client.get("/admin/").context["tableau"]["arrivees"]
        assert sum("tardives" in r["sql"] for r in requetes) == 1
        return [(p.periode, p.arrivees) for p in lues]

    client = console(coordinatrice)
    for periode in ("2023-05", "2023-07", "2023-T2"):
        signer(preparer(periode), coordinatrice)
        maintenant.shift(60)
    assert dites() == []
    venir(5, 2)
    venir(8, 1)  # signed by nobody
    assert dites() == [("2023-05", 2), ("2023-T2", 2)]
    texte = client.get("/admin/").content.decode()
    assert "2 saisies arrivées depuis" in texte
    assert f"{AJOUT}?periode=2023-05" in texte
    assert 'value="2023-05"' in client.get(f"{AJOUT}?periode=2023-05").content.decode()
    mai, juillet, _ = Publication.objects.order_by("signee_le")
    fiches = [
        client.get(page(Publication, "change", p.pk)).content.decode() for p in (mai, juillet)
    ]
    assert ["arrivées depuis" in fiche for fiche in fiches] == [True, False]
    # What partners read says nothing of it.
    Partenaire.objects.create(utilisateur=ars, niveaux=["RESEAU"])
    for adresse in ("publications/", "series/?indicateur=passages&par=mois"):
        lu = api(ars).get(f"/api/v1/indicateurs/{adresse}")
        assert lu.status_code == 200
        assert "arriv" not in lu.content.decode()
    # Prepared again, it is told with what is to be signed, and what came since is told of it.
    maintenant.shift(60)
    preparer("2023-05")
    assert dites() == [("2023-T2", 2)]
    maintenant.shift(60)
    venir(5, 1)
    assert dites() == [("2023-05", 1), ("2023-T2", 3)]


def test_whatever_came_since_is_told(
    espace_repos: Structure, console: Console, coordinatrice: Utilisateur, maintenant: Any
) -> None:
    """What was done during a visit that was there before, an orientation, a stay."""
    midi = datetime(2023, 5, 31, 12, tzinfo=UTC)
    passage = PassageFactory(structure=espace_repos, survenu_le=midi)
    place = PlaceFactory(ouverte_le=date(2023, 1, 1))
    recalculer_tout()
    signer(preparer("2023-05"), coordinatrice)
    for n, venir in enumerate(
        (
            lambda: ActeFactory(contact=passage.contact),
            lambda: RemiseMaterielFactory(contact=passage.contact),
            lambda: OrientationFactory(structure=espace_repos, saisi_le=midi, survenu_le=midi),
            lambda: SejourFactory(place=place, arrivee=date(2023, 5, 3), depart=date(2023, 5, 9)),
        ),
        start=1,
    ):
        maintenant.shift(60)
        venir()
        lues = console(coordinatrice).get("/admin/").context["tableau"]["arrivees"]
        assert [(p.periode, p.arrivees) for p in lues] == [("2023-05", n)]


def test_published_figures_are_listed_as_they_are_named(
    venus: None, console: Console, coordinatrice: Utilisateur
) -> None:
    """By labels, whole numbers whole, without what only protects others."""
    annee = preparer("2023")
    autre = preparer("2022")
    assert not set(annee.chiffres.values_list("indicateur", flat=True)) <= PAR_CODE.keys()
    ligne = {"publication": annee, "formule": "x", "axe": "", "code": "", "territoire": ""}
    Chiffre.objects.filter(publication=annee, indicateur="passages").delete()
    Chiffre.objects.filter(publication=annee, indicateur="actes_pour_100_passages").delete()
    for champs in (
        {"indicateur": "passages", "niveau": "RESEAU", "valeur": 1000, "exacte": 1000},
        {"indicateur": "passages", "niveau": "RESEAU", "axe": "genre", "code": "SANS_PERSONNE",
         "secret": True},
        {"indicateur": "passages", "niveau": "RESEAU", "axe": "age", "code": "*", "retire": True},
        {"indicateur": "passages", "niveau": "TYPE", "territoire": "CAARUD", "valeur": 12,
         "exacte": 12, "axe": "genre", "code": "F"},
        {"indicateur": "passages", "niveau": "ARRONDISSEMENT", "valeur": 14, "exacte": 14},
        {"indicateur": "actes_pour_100_passages", "niveau": "RESEAU", "valeur": Decimal("0.9340")},
    ):  # fmt: skip
        Chiffre.objects.create(**ligne | champs)
    liste = console(coordinatrice).get(
        page(Chiffre, "changelist"), {"publication__uuid__exact": str(annee.pk), "q": "passages"}
    )
    colonnes = ("chiffre", "lieu", "ventilation", "part", "publiee")
    fiche = admin.site.get_model_admin(Chiffre)
    lues = {
        tuple(getattr(fiche, colonne)(chiffre) for colonne in colonnes)
        for chiffre in liste.context["cl"].result_list
    }
    passages, pour_100 = (PAR_CODE[c].libelle for c in ("passages", "actes_pour_100_passages"))
    assert {
        (passages, "", "", "", "1000"),
        (passages, "", "Genre", "Sans personne identifiée", "masqué"),
        (passages, "", "Âge atteint dans l'année", "toutes", "retiré"),
        (passages, "CAARUD", "Genre", "Femme", "12"),
        (passages, "Non renseigné", "", "", "14"),
        (pour_100, "", "", "", "0,934"),
    } <= lues
    toutes = console(coordinatrice).get(page(Chiffre, "changelist"), {"all": ""}).context["cl"]
    assert {c.indicateur for c in toutes.queryset} <= PAR_CODE.keys()
    assert {c.publication_id for c in toutes.queryset} == {annee.pk, autre.pk}
    assert {c.publication_id for c in liste.context["cl"].queryset} == {annee.pk}


def test_administration_signs_nothing(
    venus: None, console: Console, administratrice: Utilisateur
) -> None:
    publication = preparer("2023-05")
    client = console(administratrice)
    assert client.post(AJOUT, {"periode": "2023-04"}).status_code == 403
    client.post(reverse("admin:indicateurs_publication_signer", args=[publication.pk]))
    publication.refresh_from_db()
    assert publication.statut == "PREPAREE"


def test_a_token_is_shown_once_and_opens_the_figures(
    console: Console, administratrice: Utilisateur, coordinatrice: Utilisateur
) -> None:
    ars = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    partenaire = Partenaire.objects.create(utilisateur=ars, niveaux=["RESEAU"])
    adresse = reverse("admin:indicateurs_partenaire_emettre", args=[partenaire.pk])
    assert console(coordinatrice).post(adresse, {"jours": 30}).status_code == 403
    client = console(administratrice)
    assert client.get(adresse).status_code == 200
    assert not Jeton.objects.filter(utilisateur=ars).exists()
    for faux in ("0", "731", "", "un an"):
        assert client.post(adresse, {"jours": faux}).context["secret"] is None
    texte = client.post(adresse, {"jours": "30"}).content.decode()
    trouve = re.search(r"<code>([\w-]{43})</code>", texte)
    assert trouve
    jeton = Jeton.objects.get(utilisateur=ars)
    assert (jeton.expire_le - datetime(2024, 3, 10, 11, tzinfo=UTC)).days == 30
    assert trouve[1] not in client.get(adresse).content.decode()
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {trouve[1]}")
    assert api.get("/api/v1/indicateurs/").status_code == 200


def test_who_clicks_twice_has_one_token_that_stays_what_it_was(
    console: Console, administratrice: Utilisateur
) -> None:
    """Nor does a page that is loaded again close what a partner uses by now."""
    comptes = [UtilisateurFactory(role="PARTENAIRE", organisme=None) for _ in range(2)]
    adresses = [
        reverse("admin:indicateurs_partenaire_emettre", args=[partenaire.pk])
        for partenaire in (
            Partenaire.objects.create(utilisateur=compte, niveaux=["RESEAU"]) for compte in comptes
        )
    ]
    client = console(administratrice)
    cle = str(client.get(adresses[0]).context["form"]["cle"].value())
    envoi = {"jours": "30", "cle": cle}
    premiere, seconde = (client.post(adresses[0], envoi) for _ in range(2))
    secret = premiere.context["secret"]
    assert len(secret) >= 43  # 256 bits
    assert seconde.context["secret"] == secret
    jeton = Jeton.objects.get()
    assert (jeton.utilisateur, jeton.empreinte) == (comptes[0], Jeton.calculer_empreinte(secret))
    # Another demand is another token, and so is that of another account.
    suivante = str(premiere.context["form"]["cle"].value())
    assert suivante != cle
    for adresse, autre in ((adresses[0], suivante), (adresses[1], cle)):
        assert client.post(adresse, {**envoi, "cle": autre}).context["secret"] not in (None, secret)
    assert Jeton.objects.count() == 3
    # The key of a token that is known, as every page tells it, gives no secret.
    lu = client.post(adresses[0], {**envoi, "cle": str(jeton.pk)}).context["secret"]
    assert Jeton.calculer_empreinte(lu) != jeton.empreinte
    hier, demain = (datetime(2024, 3, jour, 11, tzinfo=UTC) for jour in (9, 11))
    for fin in ({"expire_le": hier}, {"revoque_le": hier, "expire_le": demain}):
        Jeton.objects.filter(pk=jeton.pk).update(**fin)
        reponse = client.post(adresses[0], envoi)
        assert reponse.context["secret"] is None
        assert "ne vaut plus rien" in str(reponse.context["form"].non_field_errors())
        # Asked for from there, it is another one.
        assert str(reponse.context["form"]["cle"].value()) != cle


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_show_the_same_token(administratrice: Utilisateur) -> None:
    cle = uuid4()
    with transaction.atomic():
        secret, jeton = Jeton.emettre(administratrice, cle=cle)
        fil = Fil(lambda: Jeton.emettre(administratrice, cle=cle))
        attendre_bloques(1)
    assert fil.resultat() == (secret, jeton)


def test_chosen_structures_go_with_no_group_of_structures(
    console: Console, administratrice: Utilisateur, espace_repos: Structure
) -> None:
    ars = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    client, ajout = console(administratrice), page(Partenaire, "add")
    commun = {"utilisateur": str(ars.pk), "structures": [str(espace_repos.pk)]}
    refus = soumettre(client, ajout, **commun, niveaux=["RESEAU", "TYPE"])
    assert "niveaux" in refus.context["adminform"].form.errors
    assert soumettre(client, ajout, **commun, niveaux=["RESEAU", "STRUCTURE"]).status_code == 302


def test_a_perimeter_is_set_and_corrected(console: Console, administratrice: Utilisateur) -> None:
    ars = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    client = console(administratrice)
    reponse = soumettre(
        client, page(Partenaire, "add"), utilisateur=str(ars.pk), niveaux=["RESEAU", "STRUCTURE"],
        indicateurs="passages, injonctions_therapeutiques",
        adresses="203.0.113.7, 2001:db8::/32", saisit=["injonctions_therapeutiques"],
    )  # fmt: skip
    assert reponse.status_code == 302, reponse.context["adminform"].form.errors
    partenaire = Partenaire.objects.get()
    assert partenaire.niveaux == ["RESEAU", "STRUCTURE"]
    assert partenaire.indicateurs == ["passages", "injonctions_therapeutiques"]
    assert partenaire.adresses == ["203.0.113.7", "2001:db8::/32"]
    assert partenaire.saisit == ["injonctions_therapeutiques"]
    adresse = page(Partenaire, "change", partenaire.pk)
    assert soumettre(client, adresse, par_minute=30).status_code == 302
    partenaire.refresh_from_db()
    assert (partenaire.par_minute, partenaire.adresses[0]) == (30, "203.0.113.7")
    for faux in ({"adresses": "ici"}, {"indicateurs": "inconnu"}, {"adresses": "\u200b"}):
        assert list(soumettre(client, adresse, **faux).context["adminform"].form.errors) == [*faux]


def test_a_typed_figure_is_typed_in_and_never_corrected(
    console: Console, coordinatrice: Utilisateur
) -> None:
    client = console(coordinatrice)
    champs = {
        "indicateur": "injonctions_therapeutiques", "annee": 2023, "evolution_pct": "18",
        "source": "Communiqué", "source_le": "30/11/2023",
    }  # fmt: skip
    reponse = soumettre(client, page(ChiffreSaisi, "add"), **champs)
    assert reponse.status_code == 302, reponse.context["adminform"].form.errors
    chiffre = ChiffreSaisi.objects.get()
    assert chiffre.auteur == coordinatrice
    assert client.get(page(ChiffreSaisi, "changelist")).content.decode().count("Communiqué") == 1
    rien = soumettre(client, page(ChiffreSaisi, "add"), **champs | {"evolution_pct": ""})
    assert "Dites le total" in str(rien.context["adminform"].form.errors)
    assert client.post(page(ChiffreSaisi, "change", chiffre.pk), champs).status_code == 403
    assert client.post(page(ChiffreSaisi, "delete", chiffre.pk), {"post": "yes"}).status_code == 403
