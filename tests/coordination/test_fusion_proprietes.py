"""Whatever hung on two files: merged they are one person's, undone they are as they were."""

from __future__ import annotations

import contextlib
import random
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accueil.models import Passage
from commun.api.errors import Conflit
from commun.horloge import PARIS
from contacts.enums import Cadre
from contacts.models import Acte, Contact
from coordination import fusions
from coordination.models import MarquePaire, Orientation
from coordination.services import rapprocher_marques
from hebergement.models import MarqueNuits, Sejour
from hebergement.occupation import recalculer_marques
from indicateurs.bilan import calculer_bilan
from indicateurs.faits import actualiser
from socle.models import AccesPersonne, AccordPartage, Fusion, LienPersonne, Personne
from tests.factories import (
    OrganismeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SiteFactory,
    StructureFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db
DEBUT = datetime(2023, 3, 1, 12, tzinfo=PARIS)
# The merge itself, marks that are taken at once, and a row's number that tells nothing.
A_PART = {Fusion, LienPersonne, MarquePaire, MarqueNuits}
SANS_VALEUR = ("version", "modifie_le", "id")


def tables() -> list[str]:
    return sorted(
        modele._meta.db_table
        for modele in apps.get_models(include_auto_created=True)
        if modele._meta.managed
        and modele not in A_PART
        and not hasattr(modele, "pgh_tracked_model")
        and modele._meta.app_label != "pghistory"
    )


def photographier() -> list[Any]:
    """Every row of every table, to the last column but its version."""
    retirees = "".join(f" - '{nom}'" for nom in SANS_VALEUR)
    requete = " UNION ALL ".join(
        f"SELECT '{table}', (to_jsonb(t){retirees})::text FROM \"{table}\" t" for table in tables()
    )
    with connection.cursor() as curseur:
        curseur.execute(f"{requete} ORDER BY 1, 2")
        return list(curseur.fetchall())


def chiffrer() -> Any:
    return calculer_bilan(2023)["indicateurs"]


def mettre_a_jour() -> None:
    rapprocher_marques()
    recalculer_marques()
    actualiser()


class Monde:
    """What happened to two people, told of two files or of one."""

    def __init__(self) -> None:
        self.organismes = OrganismeFactory.create_batch(2)
        self.structures = [StructureFactory(organisme=o) for o in self.organismes]
        self.places = [
            PlaceFactory(site=SiteFactory(structure=self.structures[n % 2])) for n in range(8)
        ]
        proprietaire = self.organismes[0]
        self.personnes = PersonneFactory.create_batch(
            2, organisme=proprietaire, genre="F", annee_naissance=1980
        )
        self.auteur = UtilisateurFactory(organisme=proprietaire)

    def raconter(self, faits: list[Any], *, une_seule: bool = False) -> None:
        hasard = random.Random(7)

        def cle() -> UUID:
            return UUID(int=hasard.getrandbits(128), version=4)

        ouverts: set[Any] = set()
        for rang, (sorte, qui, heure, ou) in enumerate(faits):
            personne = self.personnes[0 if une_seule else qui]
            le = DEBUT + timedelta(hours=heure)
            structure = self.structures[ou]
            cles = [cle(), cle(), cle()]
            dates = {"saisi_le": le, "survenu_le": le, "recu_le": le}
            if sorte in {"passage", "rencontre"}:
                contact = Contact.objects.create(
                    uuid=cles[0], personne=personne, structure=structure, **dates,
                    cadre=Cadre.ACCUEIL if sorte == "passage" else Cadre.MARAUDE,
                )  # fmt: skip
                if sorte == "passage":
                    Passage.objects.create(contact=contact)
                Acte.objects.create(
                    uuid=cles[1], contact=contact, categorie="SOINS_INFIRMIERS",
                    note_soin="Vue.", **dates,
                )  # fmt: skip
                if heure % 2:
                    Orientation.objects.create(
                        uuid=cles[2], personne=personne, contact=contact, **dates,
                        structure_origine=structure, structure=self.structures[1 - ou],
                    )  # fmt: skip
            elif sorte == "orientation":
                Orientation.objects.create(
                    uuid=cles[0], personne=personne, structure=structure,
                    structure_origine=self.structures[1 - ou], **dates,
                )  # fmt: skip
            elif sorte == "sejour":
                arrivee = le.date()
                Sejour.objects.create(
                    uuid=cles[0], personne=personne, place=self.places[rang % 8],
                    saisi_le=le, recu_le=le,
                    arrivee=arrivee, depart=arrivee + timedelta(days=heure % 3),
                )  # fmt: skip
            elif ou or (personne.pk, "accord") not in ouverts:
                if not ou:
                    ouverts.add((personne.pk, "accord"))
                AccordPartage.objects.create(
                    uuid=cles[0], personne=personne, organisme=self.organismes[1],
                    donne_le=date(2023, 1, 1), retire_le=date(2023, 2, 1) if ou else None,
                    saisi_le=le, recu_le=le,
                )  # fmt: skip
        mettre_a_jour()

    def de_la_personne(self) -> list[Any]:
        """What a reader finds of the first file."""
        gardee = self.personnes[0]
        ouverts = AccordPartage.objects.filter(personne=gardee, retire_le=None)
        return [
            sorted(Contact.objects.filter(personne=gardee).values_list("pk", "jour")),
            sorted(Sejour.objects.filter(personne=gardee).values_list("pk", "arrivee")),
            sorted(
                Orientation.objects.filter(personne=gardee).values_list(
                    "pk", "statut", "arrivee_contact", "arrivee_sejour"
                ),
                key=str,
            ),
            sorted(
                AccesPersonne.objects.filter(personne=gardee).values_list(
                    "organisme", "motif", "objet"
                ),
                key=str,
            ),
            set(ouverts.values_list("organisme", flat=True)),
            chiffrer(),
        ]


def possibles(faits: list[Any]) -> list[Any]:
    """Without the stays of a file that would overlap one of its own: the database refuses them."""
    pris: set[tuple[int, int]] = set()
    gardes = []
    for sorte, qui, heure, ou in faits:
        if sorte == "sejour":
            jour, nuits = (DEBUT + timedelta(hours=heure)).toordinal(), heure % 3
            # From an afternoon to a morning, or one morning: see hebergement_demi_journees.
            demies = range(2 * jour + bool(nuits), max(2 * (jour + nuits), 2 * jour + 1))
            if pris & {(qui, demie) for demie in demies}:
                continue
            pris |= {(qui, demie) for demie in demies}
        gardes.append((sorte, qui, heure, ou))
    return gardes


faits = st.lists(
    st.tuples(
        st.sampled_from(["passage", "rencontre", "orientation", "sejour", "accord"]),
        st.integers(0, 1),
        st.integers(0, 24 * 40),
        st.integers(0, 1),
    ),
    max_size=8,
    unique_by=lambda fait: (fait[0], fait[2]),
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(faits=faits)
@example(faits=[("sejour", 0, 2, 0), ("sejour", 0, 24, 0)])
def test_one_person_when_merged_and_two_again_when_undone(db: None, faits: Any) -> None:
    faits = possibles(faits)
    with transaction.atomic():
        monde = Monde()
        gardee, alias = monde.personnes
        try:
            with transaction.atomic():
                monde.raconter(faits)
                avant, chiffres = photographier(), chiffrer()
                fusion, reunie = None, None
                with contextlib.suppress(Conflit):
                    fusion = fusions.fusionner(gardee=gardee, alias=alias, auteur=monde.auteur)
                if fusion is None:
                    assert photographier() == avant
                else:
                    mettre_a_jour()
                    reunie = monde.de_la_personne()
                    fusions.annuler(fusion=fusion, auteur=monde.auteur)
                    mettre_a_jour()
                    assert photographier() == avant
                    assert chiffrer() == chiffres
                transaction.set_rollback(True)
            if reunie is not None:
                with transaction.atomic():
                    monde.raconter(faits, une_seule=True)
                    assert monde.de_la_personne() == reunie
                    transaction.set_rollback(True)
        finally:
            transaction.set_rollback(True)


FICHES, LIGNES = st.integers(0, 3), st.integers(0, 2)
gestes = st.lists(
    st.one_of(
        st.tuples(st.just("nommer"), LIGNES, st.none() | FICHES),
        st.tuples(st.just("fusionner"), FICHES, FICHES).filter(lambda geste: geste[1] != geste[2]),
        st.tuples(st.just("annuler"), FICHES, st.none()),
    ),
    min_size=3,
    max_size=12,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(gestes=gestes)
# Another alias of the kept file, somebody else and back, nobody and back, and whom it is of.
@example(gestes=[("nommer", 0, 0), ("fusionner", 1, 0), ("fusionner", 1, 2), ("nommer", 0, 2),
                 ("annuler", 0, None), ("annuler", 2, None)])  # fmt: skip
@example(gestes=[("nommer", 0, 0), ("fusionner", 1, 0), ("nommer", 0, 3), ("nommer", 0, 1),
                 ("annuler", 0, None)])  # fmt: skip
@example(gestes=[("nommer", 2, 0), ("fusionner", 1, 0), ("nommer", 2, None), ("nommer", 2, 1),
                 ("annuler", 0, None)])  # fmt: skip
@example(gestes=[("nommer", 0, 0), ("fusionner", 1, 0), ("nommer", 0, 1), ("annuler", 0, None)])
# Through two merges: what was said of the first holds when the second is undone.
@example(gestes=[("nommer", 0, 0), ("fusionner", 1, 0), ("fusionner", 2, 1), ("nommer", 1, 1),
                 ("annuler", 1, None), ("annuler", 0, None)])  # fmt: skip
def test_a_row_is_of_whom_was_named_last_for_it_led_on_by_the_merges_in_force(
    db: None, gestes: Any
) -> None:
    with transaction.atomic():
        fiches = PersonneFactory.create_batch(4, organisme=OrganismeFactory())
        lignes: list[Any] = [
            PassageFactory(personne=None).contact, PassageFactory(personne=None).contact,
            OrientationFactory(personne=None, contact=None),
        ]  # fmt: skip
        nommees: list[int | None] = [None] * len(lignes)
        faites: dict[int, Fusion] = {}

        def suivre(fiche: int | None) -> int | None:
            while fiche in faites:
                fiche = fiches.index(faites[fiche].gardee)
            return fiche

        for geste, un, autre in gestes:
            if geste == "nommer":
                lignes[un].personne = None if autre is None else fiches[autre]
                lignes[un].save(update_fields=["personne"])
                # Who repeats whom it is of says nothing new.
                if autre != suivre(nommees[un]):
                    nommees[un] = autre
            elif geste == "fusionner" and un not in faites and autre not in faites:
                faites[autre] = fusions.fusionner(
                    gardee=fiches[un], alias=fiches[autre], auteur=None
                )
            elif geste == "annuler" and un in faites:
                with contextlib.suppress(Conflit):
                    fusions.annuler(fusion=faites[un], auteur=None)
                    del faites[un]
            for ligne in lignes:
                ligne.refresh_from_db()
            des_lignes = [ligne.personne for ligne in lignes]
            suivies = [suivre(nommee) for nommee in nommees]
            assert des_lignes == [None if n is None else fiches[n] for n in suivies]
        transaction.set_rollback(True)


def test_what_the_property_looks_at() -> None:
    """Every table of the house but those named above."""
    assert {Personne._meta.db_table, "contacts_acte", "hebergement_occupationnuit"} <= set(tables())
