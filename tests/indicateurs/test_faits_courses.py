"""Facts when two write at once and a third counts: whoever comes first, no day is left behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from accueil.models import Passage
from contacts.models import Acte, Contact, RemiseMateriel
from indicateurs import faits
from indicateurs.bilan import calculer_bilan
from indicateurs.models import FaitDuJour, PresenceDuMois
from socle.models import Structure, Utilisateur
from tests.concurrence import Fil, attendre_bloques
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    PassageFactory,
    PersonneFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    StructureFactory,
    identifiant,
)
from tests.fuzz.invariants import verifier_les_faits

pytestmark = pytest.mark.django_db(transaction=True)
# Of a night: it is of another day where days turn over at noon.
NUIT = datetime(2024, 1, 2, 2, tzinfo=UTC)
UN_AUTRE_JOUR = NUIT - timedelta(days=3)


def sql(requete: str, *parametres: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(requete, parametres)


def compter_entre() -> None:
    """Beside whoever has not committed yet."""
    Fil(faits.actualiser).resultat()
    assert Fil(faits.ecarts).resultat() == 0


class Visite:
    """A visit that is counted, what may be written to what hangs on it, and how it may move."""

    def __init__(self, structure: Structure) -> None:
        self.contact = PassageFactory(
            structure=structure, personne=PersonneFactory(), survenu_le=NUIT
        ).contact
        self.ici = Contact.objects.filter(pk=self.contact.pk)
        self.ailleurs = PassageFactory(
            structure=StructureFactory(heure_bascule=time(12)), survenu_le=UN_AUTRE_JOUR
        ).contact
        self.remise = RemiseMaterielFactory(contact=self.contact, quantite_distribuee=3)
        self.acte = ActeFactory(contact=self.contact, survenu_le=NUIT + timedelta(days=40))
        faits.actualiser()

    def _remises(self) -> Any:
        return RemiseMateriel.objects.filter(pk=self.remise.pk)

    def _actes(self) -> Any:
        return Acte.objects.filter(pk=self.acte.pk)

    def du_materiel(self) -> None:
        RemiseMaterielFactory(contact=self.contact, quantite_distribuee=7)

    def du_materiel_corrige(self) -> None:
        self._remises().update(quantite_distribuee=9)

    def du_materiel_d_ailleurs(self) -> None:
        self._remises().update(contact=self.ailleurs)

    def du_materiel_de_moins(self) -> None:
        self._remises().delete()

    def un_acte(self) -> None:
        ActeFactory(contact=self.contact, survenu_le=NUIT + timedelta(days=60))

    def un_acte_d_une_autre_sorte(self) -> None:
        self._actes().update(categorie="ACCES_AUX_DROITS")

    def un_acte_deplace(self) -> None:
        self._actes().update(survenu_le=NUIT + timedelta(days=80))

    def un_acte_d_ailleurs(self) -> None:
        self._actes().update(contact=self.ailleurs)

    def un_acte_de_moins(self) -> None:
        self._actes().delete()

    def un_autre_jour(self) -> None:
        self.ici.update(survenu_le=UN_AUTRE_JOUR)

    def une_autre_structure(self) -> None:
        self.ici.update(structure=self.ailleurs.structure)

    def une_autre_bascule(self) -> None:
        Structure.objects.filter(pk=self.contact.structure_id).update(heure_bascule=time(12))

    def une_autre_personne(self) -> None:
        self.ici.update(personne=PersonneFactory())


ECRIRE = [nom for nom in vars(Visite) if nom.startswith(("du_", "un_acte"))]
DEPLACER = ["un_autre_jour", "une_autre_structure", "une_autre_bascule", "une_autre_personne"]


@pytest.mark.parametrize("premier", ["qui écrit", "qui déplace"])
@pytest.mark.parametrize("deplacer", DEPLACER)
@pytest.mark.parametrize("ecrire", ECRIRE)
def test_a_contact_moves_while_something_is_written_to_it(
    espace_repos: Structure, ecrire: str, deplacer: str, premier: str
) -> None:
    visite = Visite(espace_repos)
    deux: list[Callable[[], None]] = [getattr(visite, ecrire), getattr(visite, deplacer)]
    if premier == "qui déplace":
        deux.reverse()
    with transaction.atomic():
        deux[0]()
        fil = Fil(deux[1])
        # An act waits for its contact, of which it has its day; material waits for nobody's.
        attendre_bloques(1, ou=fil.fini)
        compter_entre()
    fil.resultat()
    verifier_les_faits()


@pytest.mark.parametrize("deplacer", DEPLACER[:3])
@pytest.mark.parametrize("extension", ["passage", "rencontre"])
def test_a_contact_moves_while_it_becomes_a_visit_or_an_encounter(
    espace_repos: Structure, extension: str, deplacer: str
) -> None:
    """In raw SQL: the service writes both at once."""
    visite = Visite(espace_repos)
    maraude = RencontreFactory().maraude
    sql("SET session_replication_role = replica")
    sql("DELETE FROM accueil_passage WHERE contact_id = %s", visite.contact.pk)
    sql("SET session_replication_role = origin")
    faits.refaire()
    with transaction.atomic():
        if extension == "passage":
            sql("INSERT INTO accueil_passage (contact_id) VALUES (%s)", visite.contact.pk)
        else:
            sql(
                "INSERT INTO maraudes_rencontre (contact_id, maraude_id) VALUES (%s, %s)",
                visite.contact.pk, maraude.pk,
            )  # fmt: skip
        fil = Fil(getattr(visite, deplacer))
        attendre_bloques(1, ou=fil.fini)
        compter_entre()
    fil.resultat()
    verifier_les_faits()


@pytest.mark.parametrize("effacer", ["le contact en SQL", "le passage en SQL", "le passage"])
def test_a_visit_goes_while_what_hung_on_it_is_counted(
    espace_repos: Structure, effacer: str
) -> None:
    """Its act of another day, which no count has seen yet, has no fact that would tell where."""
    visite = Visite(espace_repos)
    visite.un_acte()
    visite.du_materiel()
    with transaction.atomic():
        if effacer == "le passage":
            Passage.objects.get(pk=visite.contact.pk).delete()
        elif effacer == "le passage en SQL":
            sql("DELETE FROM accueil_passage WHERE contact_id = %s", visite.contact.pk)
        else:
            sql("DELETE FROM contacts_contact WHERE uuid = %s", visite.contact.pk)
        compter_entre()
    assert not Acte.objects.exists()
    verifier_les_faits()


def test_a_contact_takes_its_acts_away_while_they_are_counted(espace_repos: Structure) -> None:
    """To where days turn over at another hour: nothing is left on the day that they had here."""
    visite = Visite(espace_repos)
    visite.un_acte()
    with transaction.atomic():
        visite.une_autre_structure()
        compter_entre()
    verifier_les_faits()
    assert not FaitDuJour.objects.filter(structure=espace_repos.pk).exists()


def test_a_visit_is_corrected_while_its_material_arrives(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    midi = datetime(2024, 1, 1, 12, tzinfo=UTC)
    passage = PassageFactory(structure=espace_repos, survenu_le=midi)
    faits.actualiser()
    corps = {
        "uuid": identifiant(), "contact": str(passage.pk), "saisi_le": midi.isoformat(),
        "materiel": "PIPE", "quantite_distribuee": 7, "quantite_recuperee": 0,
    }  # fmt: skip
    with transaction.atomic():
        # Between the mark and the commit: who came first is written down last.
        sql("LOCK TABLE contacts_remisematerielevent IN SHARE MODE")
        fil = Fil(lambda: api(coordinatrice).post("/api/v1/materiel/", corps))
        attendre_bloques(1)
        corrige = Fil(
            lambda: api(coordinatrice).patch(
                f"/api/v1/passages/{passage.pk}/", {"survenu_le": "2023-12-31T12:00:00+01:00"},
                headers={"If-Match": "*"},
            )
        ).resultat()  # fmt: skip
        assert corrige.status_code == 200
        compter_entre()
    assert fil.resultat().status_code == 201
    faits.actualiser()
    lignes = calculer_bilan(2023, espace_repos)["indicateurs"]
    bilan = {ligne["code"]: ligne["valeur"] for ligne in lignes}
    assert (bilan["passages"], bilan["materiel_distribue"]) == (1, 7)
    verifier_les_faits()


@pytest.mark.parametrize("compter", [faits.actualiser, faits.refaire])
def test_two_counts_of_one_month_of_one_person(
    espace_repos: Structure, compter: Callable[[], Any]
) -> None:
    """The second waits for the first, and starts from what that one has written."""
    personne = PersonneFactory()

    def passer(jours: int) -> None:
        le = datetime(2024, 1, 20, 12, tzinfo=UTC) - timedelta(days=jours)
        PassageFactory(structure=espace_repos, personne=personne, survenu_le=le)

    def passer_et_compter() -> None:
        passer(4)
        compter()

    passer(0)
    faits.actualiser()
    passer(2)
    with transaction.atomic():
        compter()
        fil = Fil(passer_et_compter)
        attendre_bloques(1, ou=fil.fini)
    fil.resultat()
    verifier_les_faits()
    mois = PresenceDuMois.objects.get(personne=personne.pk)
    assert mois.jours == 1 << 19 | 1 << 17 | 1 << 15
