"""What is known of people stays with the organisme that knows it, whatever is moved around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hebergement.models import Place, Site
from maraudes.models import Maraude
from socle.models import Equipe, Structure, Utilisateur
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.administration.formulaires import erreurs, soumettre
from tests.conftest import Api
from tests.factories import (
    EquipeFactory,
    MaraudeFactory,
    ObservationFactory,
    PlaceFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)

pytestmark = pytest.mark.django_db

# What moves, the field that moves it, where to (given one structure), and what makes it stay.
Cas = tuple[Any, str, Callable[[Structure], Any], Callable[[Any], Any]]


def une_equipe(ailleurs: Structure) -> Cas:
    return (
        EquipeFactory(structure=ailleurs),
        "structure",
        lambda structure: structure,
        lambda equipe: MaraudeFactory(equipe=equipe),
    )


def une_maraude(ailleurs: Structure) -> Cas:
    return (
        MaraudeFactory(equipe__structure=ailleurs, en_cours=True),
        "equipe",
        lambda structure: EquipeFactory(structure=structure),
        lambda maraude: RencontreFactory(maraude=maraude),
    )


def une_maraude_observee(ailleurs: Structure) -> Cas:
    maraude, champ, vers, _ = une_maraude(ailleurs)
    return maraude, champ, vers, lambda maraude: ObservationFactory(maraude=maraude)


def un_site(ailleurs: Structure) -> Cas:
    return (
        SiteFactory(structure=ailleurs),
        "structure",
        lambda structure: structure,
        lambda site: SejourFactory(place=PlaceFactory(site=site)),
    )


def une_place(ailleurs: Structure) -> Cas:
    return (
        PlaceFactory(site__structure=ailleurs),
        "site",
        lambda structure: SiteFactory(structure=structure),
        lambda place: SejourFactory(place=place),
    )


CHEMINS = {Maraude: "maraudes", Site: "sites", Place: "places"}


@pytest.mark.parametrize("cas", [une_equipe, une_maraude, une_maraude_observee, un_site, une_place])
def test_it_stays_once_it_has_known_somebody(
    console: Console,  # noqa: F811
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
    cas: Callable[[Structure], Cas],
) -> None:
    objet, champ, vers, remplir = cas(autre_structure)
    modele = type(objet)
    voisine = StructureFactory(organisme=autre_structure.organisme)

    def deplacer(structure: Structure) -> Any:
        modele.objects.filter(pk=objet.pk).update(**{champ: vers(structure)})

    deplacer(espace_repos)  # nobody is known by it yet
    deplacer(autre_structure)
    remplir(objet)
    deplacer(voisine)  # of the same organisme
    avant = modele.objects.values_list(champ, flat=True).get(pk=objet.pk)
    ici = vers(espace_repos)
    with pytest.raises(IntegrityError, match="autre organisme"), transaction.atomic():
        deplacer(espace_repos)
    reponse = soumettre(console(coordinatrice), page(modele, "change", objet.pk), **{champ: ici.pk})
    assert "ne passe pas à un autre organisme" in erreurs(reponse)
    assert champ in reponse.context["adminform"].form.errors
    if modele in CHEMINS:
        client, adresse = api(coordinatrice), f"/api/v1/{CHEMINS[modele]}/{objet.pk}/"
        refus = client.patch(
            adresse, {champ: str(ici.pk)}, HTTP_IF_MATCH=client.get(adresse)["ETag"]
        )
        assert refus.status_code == 409
        assert "ne passe pas à un autre organisme" in refus.json()["detail"]
    assert modele.objects.values_list(champ, flat=True).get(pk=objet.pk) == avant


def test_a_team_that_moves_opens_nothing(
    console: Console,  # noqa: F811
    api: Api,
    coordinatrice: Utilisateur,
    intervenante: Utilisateur,
    espace_repos: Structure,
    autre_equipe: Equipe,
) -> None:
    rencontre = RencontreFactory(maraude__equipe=autre_equipe, genre_observe="H")
    soumettre(
        console(coordinatrice), page(Equipe, "change", autre_equipe.pk), structure=espace_repos.pk
    )
    assert api(intervenante).get(f"/api/v1/rencontres/{rencontre.pk}/").status_code == 404
