"""A merge shows a file to nobody who could not see it, and takes none away."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from coordination import fusions
from socle.models import (
    AccordPartage,
    LienPersonne,
    Organisme,
    Personne,
    Structure,
    Utilisateur,
)
from tests.conftest import Api
from tests.factories import (
    AccordPartageFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    UtilisateurFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db


def lu(api: Api, compte: Utilisateur, personne: Personne) -> dict[str, Any] | None:
    """The file to which this one leads an account, if to any."""
    reponse = api(compte).get(f"/api/v1/personnes/{personne.pk}/")
    assert reponse.status_code in {200, 404}
    return reponse.json() if reponse.status_code == 200 else None


def fusionner(gardee: Personne, alias: Personne, auteur: Utilisateur | None) -> Any:
    return fusions.fusionner(gardee=gardee, alias=alias, auteur=auteur)


@pytest.fixture
def deux(organisme: Organisme) -> tuple[Personne, Personne]:
    une = PersonneFactory(organisme=organisme, annee_naissance=1980, pseudonyme="Merle")
    autre = PersonneFactory(organisme=organisme, annee_naissance=1981, pseudonyme="Merlot")
    return une, autre


def test_an_agreement_does_not_reach_the_other_file_by_a_merge_of_somebody_else(
    api: Api, deux: tuple[Personne, Personne], coordinatrice_ailleurs: Utilisateur,
) -> None:  # fmt: skip
    """Their coordinator merges two files of ours, one of which is open to them."""
    gardee, alias = deux
    accord = AccordPartageFactory(personne=alias, organisme=coordinatrice_ailleurs.organisme)
    avant = lu(api, coordinatrice_ailleurs, alias)
    corps = {"uuid": identifiant(), "gardee": str(gardee.pk), "alias": str(alias.pk)}
    assert api(coordinatrice_ailleurs).post("/api/v1/fusions/", corps).status_code == 201
    vue = lu(api, coordinatrice_ailleurs, gardee)
    assert vue is not None
    assert (vue["acces"], vue["annee_naissance"]) == ("RESTREINT", None)
    # And they keep what they had.
    assert lu(api, coordinatrice_ailleurs, alias) == avant
    accord.refresh_from_db()
    assert accord.personne_id == alias.pk


def test_the_owner_s_merge_takes_the_agreement_along(
    api: Api, deux: tuple[Personne, Personne], intervenante: Utilisateur,
    intervenante_ailleurs: Utilisateur,
) -> None:  # fmt: skip
    gardee, alias = deux
    AccordPartageFactory(personne=alias, organisme=intervenante_ailleurs.organisme)
    assert lu(api, intervenante_ailleurs, gardee) is None
    fusion = fusionner(gardee, alias, intervenante)
    vue = lu(api, intervenante_ailleurs, alias)
    assert vue is not None
    assert (vue["uuid"], vue["acces"]) == (str(gardee.pk), "COMPLET")
    fusions.annuler(fusion=fusion, auteur=intervenante)
    assert lu(api, intervenante_ailleurs, gardee) is None


def test_files_of_two_organismes_stay_each_with_its_own(
    api: Api, personne: Personne, personne_ailleurs: Personne, intervenante: Utilisateur,
    intervenante_ailleurs: Utilisateur, coordinatrice: Utilisateur,
) -> None:  # fmt: skip
    """Each reads its own file as before, and nothing of the other's."""
    chez_eux = lu(api, intervenante_ailleurs, personne_ailleurs)
    chez_nous = lu(api, intervenante, personne)
    tiers = UtilisateurFactory()
    AccordPartageFactory(personne=personne, organisme=tiers.organisme)
    chez_le_tiers = lu(api, tiers, personne)
    fusion = fusionner(personne_ailleurs, personne, coordinatrice)
    assert lu(api, intervenante, personne) == chez_nous
    assert lu(api, intervenante, personne_ailleurs) is None
    assert lu(api, intervenante_ailleurs, personne_ailleurs) == chez_eux
    assert lu(api, intervenante_ailleurs, personne)["uuid"] == str(personne_ailleurs.pk)  # type: ignore[index]
    assert lu(api, tiers, personne) == chez_le_tiers
    assert lu(api, tiers, personne_ailleurs) is None
    # We open our own file, and not theirs, by an agreement that names ours.
    corps = {"uuid": identifiant(), "personne": str(personne.pk), "organisme": "autre"}
    assert api(intervenante).post("/api/v1/accords-partage/", corps).status_code == 201
    assert AccordPartage.objects.get(pk=corps["uuid"]).personne_id == personne.pk
    fusions.annuler(fusion=fusion, auteur=None)
    assert lu(api, intervenante, personne) == chez_nous


def test_who_knew_the_alias_by_a_visit_knows_the_kept_file_no_further(
    api: Api, deux: tuple[Personne, Personne], intervenante: Utilisateur,
    intervenante_ailleurs: Utilisateur, autre_structure: Structure,
) -> None:  # fmt: skip
    gardee, alias = deux
    PassageFactory(structure=autre_structure, personne=alias)
    fusion = fusionner(gardee, alias, intervenante)
    vue = lu(api, intervenante_ailleurs, alias)
    assert vue is not None
    assert (vue["uuid"], vue["acces"], vue["genre"]) == (str(gardee.pk), "RESTREINT", None)
    fusions.annuler(fusion=fusion, auteur=intervenante)
    assert lu(api, intervenante_ailleurs, gardee) is None
    assert lu(api, intervenante_ailleurs, alias) is not None


def test_a_closed_orientation_of_the_alias_opens_nothing(
    api: Api, deux: tuple[Personne, Personne], intervenante: Utilisateur,
    intervenante_ailleurs: Utilisateur, autre_structure: Structure,
) -> None:  # fmt: skip
    gardee, alias = deux
    OrientationFactory(
        personne=alias, structure=autre_structure, decision="ANNULEE", statut="ANNULEE",
        decidee_le="2023-01-01T10:00:00Z",
    )  # fmt: skip
    fusionner(gardee, alias, intervenante)
    assert lu(api, intervenante_ailleurs, gardee) is None
    assert lu(api, intervenante_ailleurs, alias) is None


def test_who_withdraws_an_agreement_withdraws_it_from_all_files_of_the_person(
    api: Api, deux: tuple[Personne, Personne], intervenante: Utilisateur,
    intervenante_ailleurs: Utilisateur,
) -> None:  # fmt: skip
    gardee, alias = deux
    accords = [
        AccordPartageFactory(personne=p, organisme=intervenante_ailleurs.organisme) for p in deux
    ]
    fusion = fusionner(gardee, alias, intervenante)
    adresse = f"/api/v1/accords-partage/{accords[0].pk}/retirer/"
    assert api(intervenante).post(adresse, {"retire_le": "2023-06-01"}).status_code == 200
    assert lu(api, intervenante_ailleurs, gardee) is None
    assert lu(api, intervenante_ailleurs, alias) is None
    fusions.annuler(fusion=fusion, auteur=intervenante)
    assert lu(api, intervenante_ailleurs, alias) is None
    accords[1].refresh_from_db()
    assert accords[1].retire_le == date(2023, 6, 1)


def test_who_may_not_merge(
    api: Api, deux: tuple[Personne, Personne], personne_ailleurs: Personne,
    intervenante: Utilisateur, intervenante_ailleurs: Utilisateur, espace_repos: Structure,
) -> None:  # fmt: skip
    gardee, alias = deux

    def demander(compte: Utilisateur, une: Personne, autre: Personne) -> int:
        corps = {"uuid": identifiant(), "gardee": str(une.pk), "alias": str(autre.pk)}
        statut: int = api(compte).post("/api/v1/fusions/", corps).status_code
        return statut

    assert demander(intervenante_ailleurs, gardee, alias) == 400  # they don't exist for them
    assert demander(intervenante, gardee, personne_ailleurs) == 400
    PassageFactory(structure=espace_repos, personne=personne_ailleurs)
    assert demander(intervenante, gardee, personne_ailleurs) == 403  # known, and not ours
    assert demander(intervenante, gardee, gardee) == 400
    fusion = fusionner(gardee, alias, intervenante)
    adresse = f"/api/v1/fusions/{fusion.pk}/annuler/"
    assert api(intervenante_ailleurs).post(adresse).status_code == 404


def test_no_merge_whatever_widens_or_narrows_what_an_organisme_reads(
    organisme: Organisme, autre_organisme: Organisme, espace_repos: Structure,
    autre_structure: Structure, coordinatrice: Utilisateur, coordinatrice_ailleurs: Utilisateur,
) -> None:  # fmt: skip
    """Every kind of pair, whoever merges: whole files are those that were, or those to which the
    owner takes an agreement along; and each still reads whole what it read whole."""
    comptes = [UtilisateurFactory(organisme=o) for o in (organisme, autre_organisme)]
    comptes.append(UtilisateurFactory())
    tiers = comptes[2].organisme
    structures = (espace_repos, autre_structure)

    def complets(compte: Utilisateur) -> set[Any]:
        vus = Personne.objects.visibles_par(compte)
        return set(vus.filter(acces_complet=True).values_list("pk", flat=True))

    for de_la_gardee in (organisme, autre_organisme):
        for de_l_alias in (organisme, autre_organisme):
            for auteur in (coordinatrice, coordinatrice_ailleurs, None):
                with transaction.atomic():
                    gardee = PersonneFactory(organisme=de_la_gardee)
                    alias = PersonneFactory(organisme=de_l_alias)
                    AccordPartageFactory(personne=alias, organisme=tiers)
                    for structure in structures:
                        PassageFactory(structure=structure, personne=alias)
                    avant = [complets(compte) for compte in comptes]
                    fusionner(gardee, alias, auteur)
                    du_proprietaire = auteur is not None and {de_la_gardee, de_l_alias} == {
                        auteur.organisme
                    }
                    for compte, lisait in zip(comptes, avant, strict=True):
                        lit = complets(compte)
                        permis = lisait | ({gardee.pk} if du_proprietaire else set())
                        assert lit <= permis
                        assert alias.pk not in lisait or lit & {alias.pk, gardee.pk}
                    transaction.set_rollback(True)


def test_what_a_merge_moved_does_not_tell_where_somebody_went(
    deux: tuple[Personne, Personne], coordinatrice: Utilisateur, autre_structure: Structure
) -> None:
    gardee, alias = deux
    PassageFactory(structure=autre_structure, personne=alias)
    AccordPartageFactory(personne=alias, organisme=autre_structure.organisme)
    fusionner(gardee, alias, coordinatrice)
    tables = set(LienPersonne.objects.values_list("table", flat=True))
    assert tables == {"contacts_contact", "socle_accordpartage"}
    lus = LienPersonne.objects.visibles_par(coordinatrice).values_list("table", flat=True)
    assert set(lus) == {"socle_accordpartage"}
