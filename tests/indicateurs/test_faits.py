"""Facts counted beforehand: whatever is written, and however, no figure is ever behind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
import structlog
import time_machine
from django.core.management import call_command
from django.db import connection, transaction

from accueil.models import Passage
from commun.api.errors import Conflit
from contacts.models import Acte, Contact, RemiseMateriel
from coordination import fusions
from indicateurs import faits
from indicateurs import tasks as taches
from indicateurs.calcul import compter_mesures
from indicateurs.catalogue import INDICATEURS
from indicateurs.models import ContactMarque, FaitDuJour, JourMarque, PresenceDuMois
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from maraudes.models import Maraude, Rencontre
from socle.models import Fusion, Structure
from tests.concurrence import Fil
from tests.factories import ActeFactory, PassageFactory, RemiseMaterielFactory, identifiant
from tests.indicateurs.monde import Monde

MAINTENANT = datetime(2024, 3, 10, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def maintenant() -> Any:
    with time_machine.travel(MAINTENANT, tick=False):
        yield


class Ecritures:
    """Writes of every kind to a world, the way that services, bulk writes and raw SQL do."""

    def __init__(self, monde: Monde, hasard: Random) -> None:
        self.monde, self.hasard = monde, hasard

    def _avec_un_acte_d_un_autre_jour(self) -> Any:
        """Counted, so that what is changed of it next has to be marked."""
        contact = self._un(Contact.objects.filter(cadre="ACCUEIL"))
        ActeFactory(contact=contact, survenu_le=contact.survenu_le + timedelta(days=40))
        faits.actualiser()
        return contact

    def _un(self, lignes: Any) -> Any:
        return self.hasard.choice(list(lignes.order_by("pk")))

    def _sql(self, requete: str, *parametres: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(requete, parametres)

    def un_passage_de_plus(self) -> None:
        self.monde.passer()

    def un_passage_de_moins(self) -> None:
        self._un(Passage.objects.all()).delete()

    def un_contact_efface_en_sql(self) -> None:
        cle = self._avec_un_acte_d_un_autre_jour().pk
        self._sql("DELETE FROM contacts_contact WHERE uuid = %s", cle)

    def un_passage_efface_en_sql(self) -> None:
        cle = self._un(Passage.objects.all()).pk
        self._sql("DELETE FROM accueil_passage WHERE contact_id = %s", cle)

    def une_rencontre_effacee_en_sql(self) -> None:
        cle = self._un(Rencontre.objects.all()).pk
        self._sql("DELETE FROM maraudes_rencontre WHERE contact_id = %s", cle)

    def un_passage_sur_un_contact_qui_est_la(self) -> None:
        ici = self._un(Passage.objects.all()).contact
        cle = identifiant()
        with transaction.atomic():
            self._sql(
                "INSERT INTO contacts_contact (uuid, version, empreinte_creation, saisi_le,"
                " recu_le, survenu_le, derive_signalee, genre_observe, tranche_age_observee,"
                " cadre, issue, structure_id, personne_id)"
                " SELECT %s, 1, '', saisi_le, recu_le, survenu_le,"
                " false, genre_observe, tranche_age_observee, cadre, issue, structure_id,"
                " personne_id FROM contacts_contact WHERE uuid = %s",
                cle, ici.pk,
            )  # fmt: skip
            faits.actualiser()
            self._sql("INSERT INTO accueil_passage (contact_id) VALUES (%s)", cle)

    def d_une_autre_personne(self) -> None:
        contact = self._avec_un_acte_d_un_autre_jour()
        Contact.objects.filter(pk=contact.pk).update(
            personne=self.hasard.choice(self.monde.personnes)
        )

    def de_personne(self) -> None:
        connus = Contact.objects.filter(personne__isnull=False)
        connus.filter(personne=self._un(connus).personne).update(personne=None)

    def ailleurs(self) -> None:
        contact = self._avec_un_acte_d_un_autre_jour()
        autres = [s for s in self.monde.structures[:3] if s.pk != contact.structure_id]
        Contact.objects.filter(pk=contact.pk).update(structure=self.hasard.choice(autres))

    def un_autre_jour(self) -> None:
        cle = self._un(Passage.objects.all()).pk
        Contact.objects.filter(pk=cle).update(survenu_le=self.monde.instant())

    def une_autre_issue(self) -> None:
        cle = self._un(Rencontre.objects.filter(contact__issue="ECHANGE")).pk
        Contact.objects.filter(pk=cle).update(issue="REFUS")

    def un_acte_d_un_autre_jour(self) -> None:
        ActeFactory(contact=self._un(Contact.objects), survenu_le=self.monde.instant())

    def un_acte_deplace(self) -> None:
        Acte.objects.filter(pk=self._un(Acte.objects).pk).update(survenu_le=self.monde.instant())

    def un_acte_d_une_autre_sorte(self) -> None:
        Acte.objects.filter(categorie=self._un(Acte.objects).categorie).update(
            categorie="ACCES_AUX_DROITS"
        )

    def un_acte_sur_un_autre_contact(self) -> None:
        autre = self._un(Contact.objects)
        Acte.objects.filter(pk=self._un(Acte.objects).pk).update(contact=autre)

    def un_acte_de_moins(self) -> None:
        Acte.objects.filter(pk=self._un(Acte.objects).pk).delete()

    def du_materiel(self) -> None:
        RemiseMaterielFactory(contact=self._un(Contact.objects), quantite_distribuee=7)

    def du_materiel_corrige(self) -> None:
        RemiseMateriel.objects.filter(pk=self._un(RemiseMateriel.objects).pk).update(
            quantite_distribuee=9, quantite_recuperee=0
        )

    def du_materiel_de_moins(self) -> None:
        RemiseMateriel.objects.filter(materiel=self._un(RemiseMateriel.objects).materiel).delete()

    def une_maraude_d_un_autre_jour(self) -> None:
        maraude = self._un(Maraude.objects.filter(rencontres__isnull=False, fin_le__isnull=False))
        plus_tot = timedelta(days=40)
        Maraude.objects.filter(pk=maraude.pk).update(
            debut_le=maraude.debut_le - plus_tot, fin_le=maraude.fin_le - plus_tot
        )

    def une_autre_bascule(self) -> None:
        structure = self.hasard.choice(self.monde.structures[:3])
        Structure.objects.filter(pk=structure.pk).update(
            heure_bascule=self.hasard.choice([time(0), time(3), time(12)])
        )

    def deux_dossiers_fusionnes(self) -> None:
        paires = list(permutations(self.monde.personnes, 2))
        for gardee, alias in self.hasard.sample(paires, len(paires)):
            # Both were lodged on one night, one was after the death of the other, or is an alias.
            with suppress(Conflit):
                fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
                break

    def une_fusion_annulee(self) -> None:
        self.deux_dossiers_fusionnes()
        if (fusion := Fusion.objects.order_by("pk").last()) is not None:
            with suppress(Conflit):
                fusions.annuler(fusion=fusion, auteur=None)


GESTES = [nom for nom in vars(Ecritures) if not nom.startswith("_")]


def photo() -> tuple[set[Any], set[Any]]:
    jours = FaitDuJour.objects.values_list(
        "structure", "jour", "objet", "detail", "nombre", "quantite_distribuee",
        "quantite_recuperee",
    )  # fmt: skip
    mois = PresenceDuMois.objects.values_list("structure", "mois", "personne", "cadre", "jours")
    return set(jours), set(mois)


@pytest.mark.django_db
@pytest.mark.parametrize("geste", GESTES)
def test_each_write_marks_what_it_touches(geste: str) -> None:
    """One by one, so that no mark of another write stands in for a missing one."""
    monde = Monde(1)
    ecritures = Ecritures(monde, Random(3))
    assert faits.actualiser() > 50
    assert not JourMarque.objects.exists()
    avant, comptes = photo(), 0
    for _ in range(3):
        getattr(ecritures, geste)()
        assert faits.ecarts() == 0
        comptes += faits.actualiser()
        assert faits.ecarts() == 0
    tenus = photo()
    assert comptes
    assert (tenus == avant) == (geste == "une_fusion_annulee")
    faits.refaire()
    assert photo() == tenus


@pytest.mark.django_db
def test_what_nobody_counts_marks_nothing() -> None:
    monde = Monde(1)
    faits.actualiser()
    passage = Passage.objects.order_by("pk").first()
    assert passage
    Passage.objects.filter(pk=passage.pk).update(parti_le=passage.contact.survenu_le)
    Contact.objects.filter(structure=monde.structures[0]).update(genre_observe="F")
    Acte.objects.update(note_soin="Pansement refait.")
    assert not JourMarque.objects.exists()
    assert not ContactMarque.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("graine", range(4))
def test_late_entries_and_corrections_end_as_a_count_from_nothing(graine: int) -> None:
    hasard = Random(graine)
    ecritures = Ecritures(Monde(graine), hasard)
    for geste in hasard.choices(GESTES, k=25):
        getattr(ecritures, geste)()
        if hasard.random() < 0.3:
            faits.actualiser()
        assert faits.ecarts() == 0
    faits.actualiser()
    tenus = photo()
    faits.refaire()
    assert photo() == tenus
    assert all(len(lignes) > 40 for lignes in tenus)


# What was changed behind the triggers' back.
PERTES: dict[str, Callable[[], Any]] = {
    "un fait faux": lambda: FaitDuJour.objects.filter(pk=un(FaitDuJour)).update(nombre=1_000),
    "un fait perdu": lambda: FaitDuJour.objects.filter(pk=un(FaitDuJour)).delete(),
    "une présence fausse": lambda: PresenceDuMois.objects.filter(pk=un(PresenceDuMois)).update(
        jours=1 << 30
    ),
    "une présence perdue": lambda: PresenceDuMois.objects.filter(pk=un(PresenceDuMois)).delete(),
    "un fait de trop": lambda: FaitDuJour.objects.create(
        jour=date(2020, 2, 29), structure=identifiant(), objet="PASSAGE", detail="", nombre=1,
        quantite_distribuee=0, quantite_recuperee=0,
    ),
    "une présence de trop": lambda: PresenceDuMois.objects.create(
        mois=date(2020, 2, 1), structure=identifiant(), personne=identifiant(), cadre="ACCUEIL",
        jours=1 << 28,
    ),
}  # fmt: skip


def un(modele: Any) -> Any:
    return modele.objects.order_by("pk").values_list("pk", flat=True)[0]


@pytest.mark.django_db
@pytest.mark.parametrize("perte", PERTES)
def test_what_was_lost_is_found_told_and_put_right(perte: str) -> None:
    """The check is worth something."""
    Monde(0)
    faits.actualiser()
    avant = photo()
    with structlog.testing.capture_logs() as dits:
        assert taches.controler_les_faits() == 0
    assert dits == [{"event": "faits_controles", "ecarts": 0, "log_level": "info"}]
    PERTES[perte]()
    assert photo() != avant
    assert faits.ecarts() == 1
    with structlog.testing.capture_logs() as dits:
        assert taches.controler_les_faits() == 1
    assert dits == [{"event": "faits_controles", "ecarts": 1, "log_level": "error"}]
    assert faits.ecarts() == 0
    assert photo() == avant


@pytest.mark.django_db
def test_every_fact_is_counted_again_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    Monde(0)
    faits.refaire()
    assert not JourMarque.objects.exists()
    assert not ContactMarque.objects.exists()
    avant = photo()
    PERTES["un fait faux"]()
    for ecarts in (1, 0):
        call_command("refaire_les_faits")
        assert capsys.readouterr().out == f"Les faits sont recomptés ; écarts trouvés : {ecarts}.\n"
        assert photo() == avant


def par_tous_les_axes() -> list[tuple[str, Any, Any]]:
    return [
        (indicateur.code, indicateur.mesure, axe)
        for indicateur in INDICATEURS
        if indicateur.mesure is not None and indicateur.mesure.resume is not None
        for axe in (None, *indicateur.axes)
        if indicateur.mesure.par([axe] if axe else []) is not indicateur.mesure
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("etat", ["marqué", "compté", "entre les deux"])
def test_facts_say_what_rows_say_of_any_days(etat: str) -> None:
    """Also of the year under way, whose days are not whole months, and of days of one month."""
    hasard = Random(5)
    monde = Monde(2)
    if etat != "marqué":
        faits.actualiser()
    if etat == "entre les deux":
        for _ in range(30):
            monde.passer()
    assert JourMarque.objects.exists() == (etat != "compté")
    jours = [date(2022, 1, 1) + timedelta(days=hasard.randrange(830)) for _ in range(12)]
    periodes = [Periode(*sorted(deux)) for deux in zip(jours[::2], jours[1::2], strict=True)]
    periodes += [
        Periode(date(2023, 3, 5), date(2023, 3, 9)), Periode(date(2023, 1, 1), date(2024, 1, 1)),
        Periode(date(2024, 2, 29), date(2024, 3, 1)), Periode(date(2024, 1, 1), date(2024, 3, 10)),
        Periode(date(2023, 10, 31), date(2023, 11, 1)), Periode(date(2024, 1, 1), date(2024, 1, 1)),
    ]  # fmt: skip
    cas = par_tous_les_axes()
    assert {code for code, *_ in cas} >= {"passages", "actes", "rencontres", "file_active"}
    trouves = 0
    for portee in (Portee(), Portee(monde.structures[1])):
        for code, mesure, axe in cas:
            axes = [axe] if axe else []
            bref = compter_mesures({code: mesure}, periodes, portee, axes)
            long = compter_mesures({code: replace(mesure, resume=None)}, periodes, portee, axes)
            assert {c: n for c, n in bref.items() if n} == {c: n for c, n in long.items() if n}
            trouves += len(bref)
    assert trouves > 1_000


@pytest.mark.django_db(transaction=True)
def test_who_writes_waits_for_nobody_and_is_never_forgotten(espace_repos: Structure) -> None:
    """A count passes while a visit is on its way: the visit's mark outlives it."""

    def passer() -> Any:
        return PassageFactory(structure=espace_repos)

    passer()
    deux: tuple[Callable[[], Any], ...] = (faits.actualiser, faits.refaire)
    for compter in deux:
        with transaction.atomic():
            passer()
            Fil(compter).resultat()
            Fil(passer).resultat()
            assert Fil(faits.ecarts).resultat() == 0
        assert JourMarque.objects.exists()
        assert faits.ecarts() == 0
        assert faits.actualiser() == 1
        assert faits.ecarts() == 0
    assert FaitDuJour.objects.get().nombre == Passage.objects.count() == 5
