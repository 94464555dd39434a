"""What is known of people stays where it was recorded, whatever is moved around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contacts.models import Acte, RemiseMateriel
from coordination.models import Orientation
from hebergement import services
from hebergement.models import Place, Sejour, Site
from maraudes.models import Maraude
from socle.models import Equipe, Structure, Utilisateur
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.administration.formulaires import erreurs, soumettre
from tests.concurrence import Fil, attendre_bloques
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    ContactFactory,
    EquipeFactory,
    MaraudeFactory,
    OrganismeFactory,
    OrientationFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)

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
    """From the start: a tablet may hold its encounters, and its transmission speaks of people."""
    return (
        MaraudeFactory(equipe__structure=ailleurs),
        "equipe",
        lambda structure: EquipeFactory(structure=structure),
        lambda maraude: maraude,
    )


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


@pytest.mark.django_db
@pytest.mark.parametrize("voisine", [True, False], ids=["meme-organisme", "autre-organisme"])
@pytest.mark.parametrize("cas", [une_equipe, une_maraude, un_site, une_place])
def test_it_stays_once_it_has_known_somebody(
    console: Console,  # noqa: F811
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
    cas: Callable[[Structure], Cas],
    voisine: bool,
) -> None:
    organisme = (autre_structure if voisine else espace_repos).organisme
    cible = StructureFactory(organisme=organisme)
    objet, champ, vers, remplir = cas(autre_structure)
    modele = type(objet)

    def deplacer(vers_quoi: Any) -> None:
        modele.objects.filter(pk=objet.pk).update(**{champ: vers_quoi})

    if modele is not Maraude:
        deplacer(vers(cible))  # nobody is known by it yet
    deplacer(vers(autre_structure))
    remplir(objet)
    deplacer(vers(autre_structure))
    avant = modele.objects.values_list(champ, flat=True).get(pk=objet.pk)
    ici = vers(cible)
    with pytest.raises(IntegrityError, match="structure"), transaction.atomic():
        deplacer(ici)
    reponse = soumettre(console(coordinatrice), page(modele, "change", objet.pk), **{champ: ici.pk})
    assert "structure" in erreurs(reponse)
    assert champ in reponse.context["adminform"].form.errors
    if modele in CHEMINS:
        client, adresse = api(coordinatrice), f"/api/v1/{CHEMINS[modele]}/{objet.pk}/"
        refus = client.patch(
            adresse, {champ: str(ici.pk)}, HTTP_IF_MATCH=client.get(adresse)["ETag"]
        )
        assert refus.status_code == 409
        assert refus.json()["erreurs"][0]["champ"] == champ
    assert modele.objects.values_list(champ, flat=True).get(pk=objet.pk) == avant


@pytest.mark.django_db
def test_a_structure_stays_with_its_organisme(
    console: Console,  # noqa: F811
    administratrice: Utilisateur,
    espace_repos: Structure,
) -> None:
    autre = OrganismeFactory()
    with pytest.raises(IntegrityError, match="organisme"), transaction.atomic():
        Structure.objects.update(organisme=autre)
    reponse = soumettre(
        console(administratrice), page(Structure, "change", espace_repos.pk), organisme=autre.pk
    )
    assert "ne change pas d" in str(reponse.context["adminform"].form.errors["organisme"])
    espace_repos.refresh_from_db()
    assert espace_repos.organisme != autre


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_an_orientation_is_not_taken_over_by_its_origin(
    console: Console,  # noqa: F811
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    orientation = OrientationFactory(structure_origine=autre_structure, motif="Abcès")
    client, adresse = api(coordinatrice), f"/api/v1/orientations/{orientation.pk}/"
    refus = client.patch(
        adresse,
        {"structure_origine": str(espace_repos.pk)},
        HTTP_IF_MATCH=client.get(adresse)["ETag"],
    )
    assert refus.status_code == 409
    assert refus.json()["erreurs"][0]["champ"] == "structure_origine"
    reponse = soumettre(
        console(coordinatrice), page(Orientation, "change", orientation.pk),
        structure_origine=espace_repos.pk,
    )  # fmt: skip
    assert "autre organisme" in str(reponse.context["adminform"].form.errors)
    # Nor made in its name.
    ajout = soumettre(
        console(coordinatrice), page(Orientation, "add"),
        structure_origine=autre_structure.pk, structure=espace_repos.pk,
    )  # fmt: skip
    assert "structure_origine" in ajout.context["adminform"].form.errors
    assert Orientation.objects.get().structure_origine == autre_structure


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("modele", "fabrique"), [(Acte, ActeFactory), (RemiseMateriel, RemiseMaterielFactory)]
)
def test_an_act_stays_with_its_contact(
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    modele: Any,
    fabrique: Any,
) -> None:
    """Its note of care would be read by others, and no more by those who wrote it."""
    ligne = fabrique(contact=ContactFactory(structure=espace_repos))
    ailleurs = ContactFactory(structure__organisme=coordinatrice.organisme)
    reponse = soumettre(
        console(coordinatrice), page(modele, "change", ligne.pk), contact=ailleurs.pk
    )
    assert reponse.status_code == 302
    assert modele.objects.get().contact == ligne.contact


@pytest.mark.django_db(transaction=True)
def test_a_round_begins_while_its_team_moves(
    espace_repos: Structure, autre_structure: Structure
) -> None:
    equipe = EquipeFactory(structure=autre_structure)

    def deplacer() -> Any:
        return Equipe.objects.filter(pk=equipe.pk).update(structure=espace_repos)

    with transaction.atomic():
        maraude = MaraudeFactory(equipe=equipe)
        fil = Fil(deplacer)
        attendre_bloques(1)
    with pytest.raises(IntegrityError, match="a des maraudes"):
        fil.resultat()
    maraude.delete()
    with transaction.atomic():
        deplacer()
        fil = Fil(lambda: MaraudeFactory(equipe=equipe))
        attendre_bloques(1)
    assert fil.resultat().equipe == equipe


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("quoi", ["site", "place"])
def test_a_place_is_given_while_it_moves(
    espace_repos: Structure, autre_structure: Structure, quoi: str
) -> None:
    place = PlaceFactory(site__structure=autre_structure)
    ici, personne = SiteFactory(structure=espace_repos), PersonneFactory()

    def deplacer() -> Any:
        if quoi == "place":
            return Place.objects.filter(pk=place.pk).update(site=ici)
        return Site.objects.filter(pk=place.site_id).update(structure=espace_repos)

    def attribuer() -> Any:
        return services.attribuer(
            place=place, personne=personne, arrivee=place.ouverte_le, auteur=None
        )

    with transaction.atomic():
        attribuer()
        fil = Fil(deplacer)
        attendre_bloques(1)
    with pytest.raises(IntegrityError, match="a des séjours"):
        fil.resultat()
    Sejour.objects.all().delete()
    with transaction.atomic():
        deplacer()
        fil = Fil(attribuer)
        attendre_bloques(1)
    fil.resultat()
    organisme = Sejour.objects.get().place.site.structure.organisme
    assert list(personne.acces.values_list("organisme", flat=True)) == [organisme.pk]
