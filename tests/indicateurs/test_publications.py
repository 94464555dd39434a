"""What is published: what was signed, masked where few contribute, and never another thing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pgtrigger
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from accueil.models import Passage
from commun.api.errors import Conflit
from contacts.models import Contact
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau, StatutPublication
from indicateurs.models import TOUS, Chiffre, Publication
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas
from indicateurs.publications import preparation
from indicateurs.publications.cellules import cle_de
from indicateurs.publications.changements import changements
from indicateurs.publications.contributions import reunir
from indicateurs.publications.lecture import Perimetre, series_publiees
from indicateurs.publications.masquage import Groupe, Indefendable, Masque
from indicateurs.publications.preparation import (
    preparer,
    preparer_ce_qui_est_du,
    signer,
)
from indicateurs.secret import SEUIL
from indicateurs.sources import Axe
from indicateurs.tasks import preparer_ce_qui_est_du as preparer_ce_qui_est_du_en_tache
from socle.enums import Genre
from socle.models import Personne, Structure, Utilisateur
from tests.concurrence import Fil
from tests.factories import (
    PassageFactory,
    PersonneFactory,
    RemiseMaterielFactory,
    StructureFactory,
)

pytestmark = pytest.mark.django_db
MAINTENANT = datetime(2024, 3, 10, 11, tzinfo=UTC)
MIDI = datetime(2023, 5, 10, 12, tzinfo=UTC)


@pytest.fixture
def horloge() -> Any:
    with time_machine.travel(MAINTENANT, tick=False) as voyageur:
        yield voyageur


@pytest.fixture(autouse=True)
def _maintenant(horloge: Any) -> None:
    """Every test of this file is in March 2024."""


def passer(structure: Structure, personnes: int, *, genre: str = Genre.H, fois: int = 1) -> None:
    """So many persons, each so many times, on one day of May 2023."""
    for personne in PersonneFactory.create_batch(
        personnes, organisme=structure.organisme, genre=genre
    ):
        for n in range(fois):
            PassageFactory(
                structure=structure, personne=personne, survenu_le=MIDI + timedelta(minutes=n)
            )


def chiffre(publication: Publication, indicateur: str, **ou: Any) -> Chiffre:
    ici = {"niveau": Niveau.RESEAU, "territoire": "", "axe": "", "code": ""} | ou
    trouve: Chiffre = publication.chiffres.get(indicateur=indicateur, **ici)
    return trouve


def publier(periode: str, par: Utilisateur) -> Publication:
    return signer(preparer(periode), par)


def en_ordre() -> None:
    """What waits for the commit is checked now: tables with events to come are not emptied."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def deux(espace_repos: Structure) -> tuple[Structure, Structure]:
    """Two reception structures of different kinds and districts."""
    espace_repos.arrondissement = "75018"
    espace_repos.save()
    return espace_repos, StructureFactory(type="HSA", arrondissement="75010")


# --- Masked -----------------------------------------------------------------------------------


@pytest.mark.parametrize("combien", [1, SEUIL - 1, SEUIL])
def test_few_persons_are_masked_and_the_part_that_would_tell_them_too(
    combien: int, deux: tuple[Structure, Structure], coordinatrice: Utilisateur
) -> None:
    grande, petite = deux
    passer(grande, 40)
    passer(petite, combien)
    publication = publier("2023-05", coordinatrice)
    ici = [
        chiffre(publication, "passages", niveau=Niveau.STRUCTURE, territoire=structure.code)
        for structure in (petite, grande)
    ]
    total = chiffre(publication, "passages")
    assert [(c.exacte, c.personnes) for c in (*ici, total)] == [
        (combien, combien), (40, 40), (40 + combien, 40 + combien),
    ]  # fmt: skip
    assert all(c.valeur == (None if c.secret else c.exacte) for c in (*ici, total))
    if combien < SEUIL:
        assert ici[0].secret
        assert ici[1].secret or total.secret  # else it is their difference
    else:
        assert not any(c.secret for c in (*ici, total))


def test_a_zero_and_what_is_of_nobody_are_shown(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur
) -> None:
    grande, petite = deux
    passer(grande, 12)
    PassageFactory(structure=petite, personne=None, survenu_le=MIDI - timedelta(days=40))
    publication = publier("2023-05", coordinatrice)
    ici = {"niveau": Niveau.STRUCTURE, "territoire": petite.code}
    assert chiffre(publication, "passages", **ici).valeur == 0
    assert chiffre(preparer("2023-04"), "passages", **ici).valeur == 0
    # Visits of persons whom nobody knows have no person count, and name nobody.
    PassageFactory(structure=petite, personne=None, survenu_le=MIDI - timedelta(days=100))
    assert chiffre(preparer("2023-01"), "passages", **ici).valeur == 1


def test_who_gave_nothing_back_hides_nobody_who_did(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur
) -> None:
    """Thirty are given something; three of them bring one thing back."""
    for n, personne in enumerate(PersonneFactory.create_batch(30)):
        visite = PassageFactory(structure=deux[0], personne=personne, survenu_le=MIDI)
        RemiseMaterielFactory(
            contact=visite.contact, quantite_distribuee=2, quantite_recuperee=int(n < 3)
        )
    publication = publier("2023-05", coordinatrice)
    donne, repris = (chiffre(publication, f"materiel_{quoi}") for quoi in ("distribue", "recupere"))
    assert (donne.valeur, donne.personnes) == (60, 30)
    assert (repris.exacte, repris.personnes, repris.valeur) == (3, 3, None)


def test_a_ratio_of_something_masked_is_masked(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur
) -> None:
    grande, petite = deux
    passer(grande, 30)
    passer(grande, 20, genre=Genre.F)
    # The men of the one are those of the other: how many women are there does not follow.
    for personne in Personne.objects.filter(genre=Genre.H):
        PassageFactory(structure=petite, personne=personne, survenu_le=MIDI)
    passer(petite, 3, genre=Genre.F)
    publication = publier("2023-05", coordinatrice)
    ici = {"niveau": Niveau.STRUCTURE, "territoire": petite.code}
    assert chiffre(publication, "femmes", **ici).secret
    part = chiffre(publication, "part_femmes", **ici)
    assert (part.valeur, part.secret) == (None, True)
    assert float(chiffre(publication, "part_femmes").valeur or 0) == round(23 / 53, 4)


def test_what_a_longer_period_shows_does_not_tell_a_shorter_one(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur
) -> None:
    """Two months of the quarter are shown: the third, masked, would be the difference."""
    grande, _ = deux
    for mois, combien in ((4, 20), (5, 20), (6, 4)):
        for personne in PersonneFactory.create_batch(combien, organisme=grande.organisme):
            PassageFactory(
                structure=grande, personne=personne,
                survenu_le=datetime(2023, mois, 9, 12, tzinfo=UTC),
            )  # fmt: skip
        publier(f"2023-{mois:02}", coordinatrice)
    trimestre = publier("2023-T2", coordinatrice)
    assert chiffre(Publication.objects.get(periode="2023-06"), "passages").secret
    assert chiffre(trimestre, "passages").secret


# --- Signed -----------------------------------------------------------------------------------


SQL = [
    "UPDATE indicateurs_publication SET connu_le = now()",
    "UPDATE indicateurs_publication SET statut = 'PREPAREE', signee_le = NULL,"
    " signee_par_id = NULL",
    "DELETE FROM indicateurs_publication",
    "UPDATE indicateurs_chiffre SET valeur = valeur + 1",
    "UPDATE indicateurs_chiffre SET secret = false",
    "DELETE FROM indicateurs_chiffre",
    "TRUNCATE indicateurs_chiffre",
    "TRUNCATE indicateurs_publication CASCADE",
    "INSERT INTO indicateurs_chiffre (publication_id, indicateur, niveau, territoire, axe, code,"
    " formule, valeur, secret, retire, attente, tardives)"
    " SELECT uuid, 'x', 'RESEAU', '', '', '', '', 1, false, false, 0, 0"
    " FROM indicateurs_publication",
    "INSERT INTO indicateurs_attentesanschiffre (publication_id, indicateur, niveau, territoire,"
    " axe, code, attente, tardives) SELECT uuid, 'x', 'RESEAU', '', '', '', 1, 0"
    " FROM indicateurs_publication",
    "TRUNCATE indicateurs_attentesanschiffre",
]


@pytest.mark.parametrize("table", ["chiffre", "ecriture", "attentesanschiffre"])
def test_nothing_is_put_into_what_was_signed(
    table: str, deux: tuple[Structure, Structure], coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Not even a row of one that is prepared."""
    for structure in deux:
        passer(structure, 40)
    signee = publier("2023-05", coordinatrice)
    horloge.shift(timedelta(hours=1))
    passer(deux[0], 15)
    passer(StructureFactory(), 3)
    preparee = preparer("2023-05")
    requete = f"UPDATE indicateurs_{table} SET publication_id = %s WHERE publication_id = %s"
    refus = pytest.raises(IntegrityError, match="Ce qui a été publié ne change plus")
    with refus, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM indicateurs_{table} WHERE publication_id = %s",
                       [preparee.pk])  # fmt: skip
        assert cursor.fetchone()[0] > 0
        cursor.execute(requete, [signee.pk, preparee.pk])


@pytest.mark.parametrize("requete", SQL, ids=range(len(SQL)))
def test_sql_changes_nothing_of_what_was_signed(
    requete: str, deux: tuple[Structure, Structure], coordinatrice: Utilisateur
) -> None:
    passer(deux[0], 12)
    publication = preparer("2023-05")
    with transaction.atomic():  # prepared, it may still be thrown away
        preparer("2023-05")
    publication = signer(Publication.objects.get(), coordinatrice)
    avant = list(publication.chiffres.order_by("pk").values_list())
    en_ordre()
    refus = pytest.raises(IntegrityError, match="Ce qui a été publié ne change plus")
    with refus, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(requete)
    assert list(publication.chiffres.order_by("pk").values_list()) == avant


def test_signed_once(deux: tuple[Structure, Structure], coordinatrice: Utilisateur) -> None:
    publication = preparer("2023-05")
    signer(publication, coordinatrice)
    with pytest.raises(Conflit, match="n'attend plus"):
        signer(publication, coordinatrice)
    # Prepared again before somebody signed what they had looked at: theirs is gone.
    vue = preparer("2023-05")
    preparer("2023-05")
    with pytest.raises(Conflit, match="n'attend plus"):
        signer(vue, coordinatrice)


def test_a_purge_of_persons_changes_no_published_figure(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur
) -> None:
    passer(deux[0], 12)
    publication = publier("2023-05", coordinatrice)
    avant = list(publication.chiffres.order_by("pk").values_list())
    Contact.objects.update(personne=None)
    Personne.objects.all().delete()
    assert not Personne.objects.exists()
    assert list(publication.chiffres.order_by("pk").values_list()) == avant


# --- Revised ----------------------------------------------------------------------------------


def test_a_small_correction_waits_and_a_large_one_makes_the_figure_move(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur, horloge: Any
) -> None:
    grande, _ = deux
    passer(grande, 40)
    publier("2023-05", coordinatrice)

    def de(publication: Publication, code: str) -> Chiffre:
        return chiffre(publication, code, niveau=Niveau.STRUCTURE, territoire=grande.code)

    horloge.shift(timedelta(hours=1))
    passer(grande, 1, fois=30)  # one person, many times
    seconde = publier("2023-05", coordinatrice)
    assert seconde.revision == 2
    ici = de(seconde, "passages")
    assert (ici.valeur, ici.attente, ici.tardives) == (40, 30, 30)
    assert de(seconde, "file_active").attente == 1
    page = changements(seconde)
    ouvertes = seconde.chiffres.filter(retire=False)
    assert page["attentes"] == ouvertes.exclude(attente=0).count() > 0
    assert page["nombre"] == ouvertes.count()
    assert {ligne["attend"] for ligne in page["autres"]} == {1, 30}
    # Ten more, each once: with the one before, eleven came since it was last shown.
    horloge.shift(timedelta(hours=1))
    passer(grande, 10)
    troisieme = publier("2023-05", coordinatrice)
    ici = de(troisieme, "passages")
    assert (ici.valeur, ici.attente, ici.tardives) == (80, 0, 10)
    assert de(troisieme, "file_active").valeur == 51
    (bouge,) = [
        c
        for c in changements(troisieme)["changes"]
        if (c["lieu"], c["libelle"]) == (f"Structure {grande.code}", "Passages")
    ]
    dit = [bouge[nom] for nom in ("avant", "attendait", "tardives", "corrigees", "apres", "attend")]
    assert dit == [40, 30, 10, 0, 80, 0]
    # The first stays as it was.
    premiere = Publication.objects.get(periode="2023-05", revision=1)
    assert de(premiere, "passages").valeur == 40


def test_what_was_prepared_after_late_entries_is_what_is_counted_from_nothing(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur, horloge: Any
) -> None:
    grande, petite = deux
    passer(grande, 25)
    passer(petite, 14, genre=Genre.F)
    publier("2023-05", coordinatrice)
    horloge.shift(timedelta(hours=1))
    passer(grande, 30)
    passer(petite, 2)
    apres = {cle_de("", c): c for c in publier("2023-05", coordinatrice).chiffres.all()}
    en_ordre()
    with pgtrigger.ignore(
        "indicateurs.Publication:signee_immuable",
        "indicateurs.Chiffre:signe_immuable",
        "indicateurs.Ecriture:signee_gardee",
        "indicateurs.AttenteSansChiffre:signee_gardee",
    ):
        Publication.objects.all().delete()
    de_rien = {cle_de("", c): c for c in preparer("2023-05").chiffres.all()}
    assert apres.keys() == de_rien.keys()
    for cle, compte in de_rien.items():
        ici = apres[cle]
        if compte.exacte is not None:
            assert int(ici.exacte or 0) + ici.attente == compte.exacte, cle


@pytest.mark.parametrize("venus", [9, 14])
def test_what_was_masked_stays_masked(
    venus: int, deux: tuple[Structure, Structure], coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Shown at last, it would tell what it was when it was masked: whether it moves or waits."""
    grande, petite = deux
    passer(grande, 40)
    passer(petite, 4)
    masques = {
        cle_de("", c) for c in publier("2023-05", coordinatrice).chiffres.filter(secret=True)
    }
    horloge.shift(timedelta(hours=1))
    passer(petite, venus)
    seconde = publier("2023-05", coordinatrice)
    assert masques <= {cle_de("", c) for c in seconde.chiffres.filter(secret=True)}


def test_what_was_masked_stays_masked_where_nobody_is_any_more(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Forty were masked to protect four; all were taken back. Shown, it would tell who was left."""
    grande, petite = deux
    pareille = {nom: getattr(petite, nom) for nom in ("type", "arrondissement", "organisme")}
    moyenne = StructureFactory(**pareille)
    passer(grande, 100)
    passer(moyenne, 40)
    passer(petite, 4)
    masques = {
        cle_de("", c) for c in publier("2023-05", coordinatrice).chiffres.filter(secret=True)
    }
    horloge.shift(timedelta(hours=1))
    Passage.objects.filter(contact__structure=moyenne).delete()
    seconde = publier("2023-05", coordinatrice).chiffres.filter(secret=True)
    assert masques <= {cle_de("", c) for c in seconde}
    assert seconde.filter(indicateur="passages", territoire=moyenne.code, exacte=0).exists()


def test_no_zero_appears_where_somebody_came_late(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur, horloge: Any
) -> None:
    """The first visit of a structure that opened since, of its kind and place: it waits unseen."""
    passer(deux[0], 40)
    avant = publier("2023-05", coordinatrice)
    horloge.shift(timedelta(hours=1))
    passer(StructureFactory(type="CAARUD", arrondissement="75011"), 1)
    apres = publier("2023-05", coordinatrice)
    lieux = [
        set(publication.chiffres.values_list("indicateur", "niveau", "territoire", "axe", "code"))
        for publication in (avant, apres)
    ]
    de_droit = {lieu for lieu in lieux[1] - lieux[0] if lieu[1] == Niveau.STRUCTURE}
    assert lieux[1] - de_droit == lieux[0]
    assert de_droit == set()
    assert chiffre(apres, "passages").attente == 1


def test_what_was_taken_out_is_nowhere_and_stays_out(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its level, zeros included: which structures had visits is not told."""
    grande, petite = deux
    passer(grande, 40)
    PassageFactory(structure=petite, survenu_le=MIDI - timedelta(days=90))
    retire = Groupe("passages", Niveau.STRUCTURE, TOUS, "")
    monkeypatch.setattr(preparation, "choisir", lambda *_, **__: Masque(groupes={retire}))
    publier("2023-05", coordinatrice)
    monkeypatch.undo()

    def lus() -> dict[str | None, dict[str, Any]]:
        reponse = series_publiees(
            PAR_CODE["passages"], Pas.MOIS, Portee(), Perimetre(), Axe.STRUCTURE, 2023
        )
        return {serie["code"]: serie["points"][0] for serie in reponse["series"]}

    for _ in range(2):
        points = lus()
        total = points.pop(None)
        assert (total["valeur"], total["retire"]) == (40, False)
        assert points.keys() == {structure.code for structure in deux}
        assert all(p["retire"] and p["valeur"] is None for p in points.values())
        publier("2023-05", coordinatrice)
    # One structure, asked for alone.
    for structure in deux:
        seule = series_publiees(PAR_CODE["passages"], Pas.MOIS, Portee(structure), Perimetre())
        (point,) = seule["series"][0]["points"]
        assert (point["valeur"], point["retire"]) == (None, True)


def test_a_breakdown_that_was_taken_out_tells_no_zero(
    deux: tuple[Structure, Structure], coordinatrice: Utilisateur, monkeypatch: pytest.MonkeyPatch
) -> None:
    passer(deux[0], 40)
    retire = Groupe("passages", Niveau.RESEAU, "", "genre")
    monkeypatch.setattr(preparation, "choisir", lambda *_, **__: Masque(groupes={retire}))
    publier("2023-T2", coordinatrice)
    reponse = series_publiees(
        PAR_CODE["passages"], Pas.TRIMESTRE, Portee(), Perimetre(), Axe.GENRE, 2023
    )
    total, *parts = [serie["points"][0] for serie in reponse["series"]]
    assert total["valeur"] == 40
    assert len(parts) >= 4
    assert all(p["retire"] and p["valeur"] is None for p in parts)


@pytest.mark.django_db(transaction=True)
def test_everything_is_counted_on_the_same_rows(
    espace_repos: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    vus = []

    def compter(*ou: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            vus.append(cursor.fetchone())
        return reunir(*ou)

    monkeypatch.setattr(preparation, "reunir", compter)
    preparer("2023-05")
    assert vus == [("repeatable read",)]


@pytest.mark.django_db(transaction=True)
def test_there_is_time_to_think_between_two_statements(
    espace_repos: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to mask is computed while the transaction stands still; other work has its limit."""

    def limite() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            return str(cursor.fetchone()[0])

    pendant = []
    choisir = preparation.choisir

    def masquer(*ou: Any, **dit: Any) -> Any:
        pendant.append(limite())
        return choisir(*ou, **dit)

    monkeypatch.setattr(preparation, "choisir", masquer)
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '15s'")
    preparer("2023-05")
    assert (pendant, limite()) == (["10min"], "15s")


# --- On the 5th -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jour", "preparees"),
    [
        (date(2024, 3, 4), []),
        (date(2024, 3, 5), ["2024-02"]),
        (date(2024, 3, 31), ["2024-02"]),
        (date(2024, 4, 5), ["2024-03", "2024-T1"]),
        (date(2024, 1, 5), ["2023-12", "2023-T4", "2023"]),
    ],
)
def test_each_month_is_prepared_on_the_5th_once(
    jour: date, preparees: list[str], horloge: Any, espace_repos: Structure,
    coordinatrice: Utilisateur,
) -> None:  # fmt: skip
    """What is longer waits until what it rests on is signed."""
    horloge.move_to(datetime(jour.year, jour.month, jour.day, 9, tzinfo=UTC))
    for code in preparees:
        assert preparer_ce_qui_est_du() == [code]
        assert preparer_ce_qui_est_du() == []
        horloge.shift(timedelta(minutes=1))
        signer(Publication.objects.get(periode=code), coordinatrice)
        horloge.shift(timedelta(minutes=1))
    assert preparer_ce_qui_est_du() == []
    assert Publication.objects.count() == len(preparees)


def test_what_is_longer_comes_whenever_its_last_month_is_signed(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    """December is signed in February: its quarter and its year come, and hold nothing up."""

    def signer_celle(code: str) -> None:
        horloge.shift(timedelta(minutes=1))
        preparee = Publication.objects.get(periode=code, statut=StatutPublication.PREPAREE)
        signer(preparee, coordinatrice)
        horloge.shift(timedelta(minutes=1))

    for mois, preparee in ((1, "2023-12"), (2, "2024-01"), (3, "2024-02")):
        horloge.move_to(datetime(2024, mois, 5, 9, tzinfo=UTC))
        assert preparer_ce_qui_est_du() == [preparee]
    horloge.move_to(datetime(2024, 3, 6, 9, tzinfo=UTC))
    assert preparer_ce_qui_est_du() == []
    # Prepared before all of December could be known, it comes again.
    for code, suivantes in (
        ("2023-12", ["2023-12", "2023-T4"]), ("2023-12", ["2023-T4"]), ("2023-T4", ["2023"]),
        ("2023", []), ("2024-01", ["2024-01", "2024-02"]),
    ):  # fmt: skip
        signer_celle(code)
        assert [preparer_ce_qui_est_du() for _ in suivantes] == [
            [suivante] for suivante in suivantes
        ]
        assert preparer_ce_qui_est_du() == []
    # The signature of January makes February stale: it is prepared again, once.
    signer_celle("2024-01")
    perimee = Publication.objects.get(periode="2024-02")
    with pytest.raises(Conflit, match="de nouveau"):
        signer(perimee, coordinatrice)
    assert preparer_ce_qui_est_du() == ["2024-02"]
    assert preparer_ce_qui_est_du() == []
    signer_celle("2024-02")


def test_what_cannot_be_prepared_holds_up_no_other(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The quarter of a month that was signed late can't be protected: the next month comes."""
    horloge.move_to(datetime(2024, 2, 2, 9, tzinfo=UTC))
    publier("2023-12", coordinatrice)
    horloge.move_to(datetime(2024, 2, 5, 9, tzinfo=UTC))
    essayees = []

    def essayer(code: str) -> Publication:
        essayees.append(code)
        if code == "2023-T4":
            raise Indefendable("Rien n'est préparé.")
        return preparer(code)

    monkeypatch.setattr(preparation, "preparer", essayer)
    assert preparer_ce_qui_est_du() == ["2024-01"]
    assert essayees == ["2023-T4", "2024-01"]


def test_what_was_signed_before_the_5th_is_not_prepared_again(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    publier("2024-02", coordinatrice)
    assert preparer_ce_qui_est_du() == []


@pytest.mark.django_db(transaction=True)
def test_two_are_not_prepared_at_once(deux: tuple[Structure, Structure]) -> None:
    """They would number the same revision; what is asked for every hour waits for the next."""
    passer(deux[0], 12)
    with preparation._une_a_la_fois():
        with pytest.raises(Conflit, match="en préparation"):
            Fil(lambda: preparer("2023-05")).resultat()
        assert Fil(preparer_ce_qui_est_du_en_tache).resultat() == []
        assert preparer("2023-05").revision == 1
    assert Fil(preparer_ce_qui_est_du_en_tache).resultat() == ["2024-02"]
    assert Fil(preparer_ce_qui_est_du_en_tache).resultat() == []


def test_months_that_nobody_prepared_come_when_the_service_is_back(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    horloge.move_to(datetime(2023, 10, 6, 9, tzinfo=UTC))
    publier("2023-09", coordinatrice)
    horloge.move_to(datetime(2024, 1, 3, 9, tzinfo=UTC))
    preparees = [code for _ in range(9) for code in preparer_ce_qui_est_du()]
    assert [code for code in preparees if code > "2023-09" and "T" not in code] == [
        "2023-10", "2023-11"
    ]  # fmt: skip
    horloge.move_to(datetime(2024, 1, 5, 9, tzinfo=UTC))
    assert preparer_ce_qui_est_du() == ["2023-12"]


def test_a_month_that_was_refused_comes_once_it_is_not(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    horloge.move_to(datetime(2023, 9, 6, 9, tzinfo=UTC))
    publier("2023-08", coordinatrice)
    horloge.move_to(datetime(2023, 11, 20, 9, tzinfo=UTC))

    def refuser(code: str) -> Publication:
        if code == "2023-09":
            raise Indefendable("Rien n'est préparé.")
        return preparer(code)

    with monkeypatch.context() as ici:
        ici.setattr(preparation, "preparer", refuser)
        assert "2023-10" in {code for _ in range(4) for code in preparer_ce_qui_est_du()}
    assert preparer_ce_qui_est_du() == ["2023-09"]


def test_months_that_nobody_publishes_do_not_come_by_themselves(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    publier("2023-09", coordinatrice)
    horloge.shift(timedelta(hours=1))
    preparees = {code for _ in range(9) for code in preparer_ce_qui_est_du()}
    assert preparees == {"2023-T3", "2024-02"}
