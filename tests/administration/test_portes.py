"""Every door of the admin that is closed to somebody stays closed, read or pushed.

What each role may do is told by the matrix of `test_acces`; here each page that it does not open
is asked for and sent to, and so is each page of what another organisme keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse

from coordination.models import Orientation
from hebergement.models import DemandeHebergement, Proposition, Sejour, Site
from indicateurs.models import Partenaire, Publication
from maraudes.models import Rencontre
from socle.models import Fusion, Jeton, Personne, Structure, Utilisateur
from synchro.models import Appareil, Operation
from tests.administration.conftest import Console, page, peupler
from tests.administration.test_acces import MATRICE
from tests.factories import JetonFactory
from tests.tables import compter

pytestmark = pytest.mark.django_db
# The pages of a model, and the letter of the right that opens each.
VUES = {"changelist": "v", "change": "v", "history": "v", "add": "a", "delete": "s"}
# Those that one model has of its own.
PROPRES = {
    Utilisateur: {"password_change": "c"},
    Sejour: dict.fromkeys(("transferer", "present", "absent", "parti", "rouvrir"), "c"),
    Site: {"fermer": "c"},
    DemandeHebergement: dict.fromkeys(("proposer", "refuser", "annuler"), "c"),
    Proposition: dict.fromkeys(("accepter", "confirmer", "refuser", "annuler"), "v"),
    Publication: {"signer": "a"},
    Partenaire: {"emettre": "c"},
    Fusion: {"defaire": "v"},
    Appareil: {"donner_un_code": "c", "revoquer": "c"},
    Operation: dict.fromkeys(("reprendre", "corriger", "ecarter"), "v"),
}
COMMUNES = (
    "index", "autocomplete", "jsi18n", "password_change", "password_change_done", "search"
)  # fmt: skip

# Of which no two are sorted together.
GENRES = ("AUTRE", "F", "H", "NON_RENSEIGNE")
TRANCHES = ("DE_18_A_24", "DE_25_A_34", "DE_35_A_44", "DE_45_A_59")


def pages_de(modele: Any, objet: Any) -> dict[str, tuple[str, str]]:
    """Name of a page -> its address, and the right that it takes."""
    trouvees = {}
    for vue, droit in {**VUES, **PROPRES.get(modele, {})}.items():
        arguments = () if vue in {"changelist", "add"} else (objet.pk,)
        if vue == "password_change":
            trouvees[vue] = (reverse("admin:auth_user_password_change", args=arguments), droit)
        else:
            trouvees[vue] = (page(modele, vue, *arguments), droit)
    return trouvees


def envois(client: Client, adresse: str, objet: Any) -> Iterator[Any]:
    """What it answers to who opens it, and to who pushes a form, or an action, through it."""
    suite = {"post": "yes", "_selected_action": [str(objet.pk)], "version_lue": ""}
    yield client.get(adresse)
    yield client.post(adresse, suite)
    yield client.post(adresse, {**suite, "action": "delete_selected"})
    yield client.get(f"{adresse}?_popup=1")


def test_every_page_has_a_door_here() -> None:
    """A page that the admin gains, and that is not named above, fails."""
    connues = set(COMMUNES) | {"login", "logout", "app_list", "view_on_site"}
    connues.add("auth_user_password_change")
    for modele in MATRICE:
        nom = f"{modele._meta.app_label}_{modele._meta.model_name}"
        propres = [vue for vue in PROPRES.get(modele, {}) if vue != "password_change"]
        connues |= {f"{nom}_{vue}" for vue in (*VUES, *propres)}

    def noms(motifs: Any) -> set[str]:
        trouves = set()
        for motif in motifs:
            if isinstance(motif, URLResolver):
                trouves |= noms(motif.url_patterns)
            elif isinstance(motif, URLPattern) and motif.name:
                trouves.add(motif.name)
        return trouves

    assert noms(admin.site.urls[0]) == connues


@pytest.mark.parametrize(
    "qui", ["intervenante", "soignante", "ars", "coordinatrice", "administratrice"]
)
def test_a_page_that_a_role_does_not_open(
    console: Console, request: pytest.FixtureRequest, espace_repos: Structure, qui: str
) -> None:
    peupler(espace_repos, 1)
    compte: Utilisateur = request.getfixturevalue(qui)
    client = console(compte)
    rang = {"coordinatrice": 0, "administratrice": 1}.get(qui)
    client.get(reverse("admin:index"))  # what a session writes once
    avant, essayees = compter(), 0
    for modele, droits in MATRICE.items():
        permis = "" if rang is None else droits[rang]
        objet = modele._default_manager.order_by("pk").first()
        for vue, (adresse, droit) in pages_de(modele, objet).items():
            if droit in permis:
                continue
            essayees += 1
            for reponse in islice(envois(client, adresse, objet), 2 if rang is None else None):
                if rang is None:
                    assert reponse.status_code == 302, f"{modele.__name__} {vue}"
                    assert reponse["Location"].startswith(reverse("admin:login"))
                elif reponse.status_code != 403:  # its rows are not there either
                    assert reponse.status_code == 302, f"{modele.__name__} {vue}"
                    assert reponse["Location"] == reverse("admin:index")
    if rang is None:
        for nom in COMMUNES:
            reponse = client.get(reverse(f"admin:{nom}"))
            assert reponse.status_code == 302, nom
    assert compter() == avant
    assert essayees > 20


@pytest.mark.parametrize("qui", ["coordinatrice", "administratrice"])
def test_an_address_that_names_nothing(
    console: Console, request: pytest.FixtureRequest, espace_repos: Structure, qui: str
) -> None:
    client, essayees = console(request.getfixturevalue(qui)), 0
    for modele, droits in MATRICE.items():
        for rien in ("zz", "%00", "_5F", "0" * 400, str(uuid4())):
            vues = pages_de(modele, SimpleNamespace(pk="__rien__"))
            for vue, (adresse, droit) in vues.items():
                if "__rien__" not in adresse or droit not in droits[qui == "administratrice"]:
                    continue
                essayees += 1
                ou = adresse.replace("__rien__", rien)
                for reponse in (client.get(ou), client.post(ou, {"post": "yes"})):
                    # Not there, or not for a correction.
                    assert reponse.status_code in {302, 403, 404}, f"{modele.__name__} {vue} {rien}"
                    if reponse.status_code == 302:
                        assert reponse["Location"] == reverse("admin:index")
    assert essayees > 200


@pytest.mark.parametrize("qui", ["coordinatrice", "administratrice"])
def test_what_is_read_is_not_written(
    console: Console, request: pytest.FixtureRequest, espace_repos: Structure, qui: str
) -> None:
    """Where a role reads and does not correct, its forms are not taken."""
    peupler(espace_repos, 1)
    compte: Utilisateur = request.getfixturevalue(qui)
    client, essayees = console(compte), 0
    demande = RequestFactory().get("/")
    demande.user = compte
    client.get(reverse("admin:index"))
    avant = compter()
    for modele, droits in MATRICE.items():
        permis = droits[qui == "administratrice"]
        if "v" in permis and "c" not in permis:
            fiche: Any = admin.site.get_model_admin(modele)
            objet = fiche.get_queryset(demande).first()
            essayees += 1
            reponse = client.post(page(modele, "change", objet.pk), {"nom": "Autre", "code": "x"})
            assert reponse.status_code == 403, modele.__name__
    assert compter() == avant
    assert essayees > 0


def test_what_another_organisme_keeps(
    console: Console,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    """A record that is not shown has no page; one that is shown for others to write, no form."""
    peupler(autre_structure, 1)
    client, cachees, lues = console(coordinatrice), set(), set()
    demande = RequestFactory().get("/")
    demande.user = coordinatrice
    client.get(reverse("admin:index"))
    avant = compter()
    for modele, (permis, _) in MATRICE.items():
        fiche: Any = admin.site.get_model_admin(modele)
        # An alias is not shown beside the file that was kept.
        lignes = modele._default_manager.order_by("pk")
        objet = (lignes.exclude(contacts=None) if modele is Personne else lignes).last()
        visible = fiche.get_queryset(demande).filter(pk=objet.pk).exists()
        if not permis:
            continue
        if not visible:
            cachees.add(modele.__name__)
            adresses = pages_de(modele, objet)
            for vue in set(adresses) - {"changelist", "add"}:
                for reponse in envois(client, adresses[vue][0], objet):
                    assert reponse.status_code in {302, 403}, f"{modele.__name__} {vue}"
                    if reponse.status_code == 302:
                        assert reponse["Location"] == reverse("admin:index")
            liste: Any = client.get(adresses["changelist"][0]).context["cl"]
            assert objet not in liste.result_list
            for action in fiche.get_actions(demande):
                client.post(
                    adresses["changelist"][0],
                    {"action": action, "post": "yes", "_selected_action": [str(objet.pk)]},
                )
        elif "c" in permis and not fiche.has_change_permission(demande, objet):
            lues.add(modele.__name__)
            for vue in ("change", "delete"):
                reponse = client.post(page(modele, vue, objet.pk), {"post": "yes"})
                assert reponse.status_code == 403, f"{modele.__name__} {vue}"
    # The framework says in a message that there is none: the session holds it.
    assert {t: n for t, n in compter().items() if avant[t] != n} == {}
    assert cachees == {
        "Contact", "Acte", "RemiseMateriel", "Passage", "JourOuverture", "Utilisateur", "Jeton",
        "AccordPartage", "AccesPersonne", "LienPersonne", "Appareil", "Operation", "Variante",
    }  # fmt: skip
    # Of stays, the last is a hold, which is its proposition's.
    assert lues == {"Personne", "Rencontre", "Sejour"}


def test_a_token_of_another_organisme_is_not_revoked(
    console: Console,
    coordinatrice: Utilisateur,
    intervenante: Utilisateur,
    intervenante_ailleurs: Utilisateur,
) -> None:
    la_sienne, l_autre = (
        JetonFactory(utilisateur=compte) for compte in (intervenante, intervenante_ailleurs)
    )
    selection = [str(la_sienne.pk), str(l_autre.pk)]
    console(coordinatrice).post(
        page(Jeton, "changelist"), {"action": "revoquer", "_selected_action": selection}
    )
    assert list(Jeton.objects.filter(revoque_le__isnull=False)) == [la_sienne]


def test_lists_tell_in_no_order_what_they_do_not_show(
    console: Console,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    """Two worlds that differ in what is hidden are sorted, filtered and searched alike."""
    peupler(espace_repos, 1)
    peupler(autre_structure, len(GENRES))
    client = console(coordinatrice)
    modeles = (Personne, Rencontre, Sejour, Orientation)

    def listes() -> dict[str, Any]:
        lues: dict[str, Any] = {}
        for modele in modeles:
            colonnes = range(1, len(admin.site.get_model_admin(modele).list_display) + 1)
            suites = [f"?o={sens}{n}" for n in colonnes for sens in ("", "-")] + [
                "?q=1961",
                "?q=AUTRE",
                "?q=e",
            ]
            suites += ["?genre=F", "?genre=AUTRE"] if modele is Personne else []
            for suite in suites:
                reponse = client.get(page(modele, "changelist") + suite)
                assert reponse.status_code == 200, suite
                contexte: Any = reponse.context
                lues[f"{modele.__name__}{suite}"] = [o.pk for o in contexte["cl"].result_list]
        return lues

    def donner(rangs: Iterable[int]) -> None:
        """To each person met over there, by the order of the meetings, what is hidden of it."""
        ailleurs = Rencontre.objects.filter(contact__structure=autre_structure)
        for rang, rencontre in zip(rangs, ailleurs.order_by("pk"), strict=True):
            genre, tranche = GENRES[rang], TRANCHES[rang]
            personne = Personne.objects.get(pk=rencontre.contact.personne_id)
            Personne.objects.filter(pk=personne.pk).update(genre=genre, annee_naissance=1961 + rang)
            personne.contacts.update(genre_observe=genre, tranche_age_observee=tranche)

    # No order, nor its contrary, is the same for both.
    donner([0, 2, 1, 3])
    avant = listes()
    donner([1, 3, 0, 2])
    apres = listes()
    assert [cle for cle in avant if avant[cle] != apres[cle]] == []
