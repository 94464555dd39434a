"""Small worlds, each with one way around that a subtraction was: what it told is not told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import time_machine

from accueil.models import Passage
from contacts.enums import CategorieActe, Issue
from indicateurs.enums import Niveau
from indicateurs.models import Chiffre, Publication
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.comptage import denombrer
from indicateurs.publications.connu import connaitre
from indicateurs.publications.liens import relier
from indicateurs.publications.livre import Livre
from indicateurs.publications.preparation import preparer, signer
from indicateurs.secret import Borne, Somme
from indicateurs.secret.modele import rangees
from socle.enums import Genre
from socle.models import Structure, Utilisateur
from tests.factories import (
    ActeFactory,
    EquipeFactory,
    MaraudeFactory,
    PassageFactory,
    PersonneFactory,
    RencontreFactory,
    StructureFactory,
)

pytestmark = pytest.mark.django_db
MIDI = datetime(2023, 5, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def autre(espace_repos: Structure) -> Structure:
    return StructureFactory(type="HSA", arrondissement="75010")


def passer(ou: Structure, combien: int, *, genre: str = Genre.H, fois: int = 1) -> list[Passage]:
    personnes = PersonneFactory.create_batch(combien, organisme=ou.organisme, genre=genre)
    return [
        PassageFactory(structure=ou, personne=personne, survenu_le=MIDI + timedelta(minutes=n))
        for personne in personnes
        for n in range(fois)
    ]


def revenir(passages: list[Passage]) -> None:
    for passage in passages:
        PassageFactory(
            structure=passage.contact.structure, personne=passage.contact.personne,
            survenu_le=MIDI + timedelta(hours=3),
        )  # fmt: skip


def publier(periode: str, par: Utilisateur) -> Publication:
    return signer(preparer(periode), par)


def lu(publication: Publication, code: str, ou: Structure | None = None, **plus: Any) -> int | None:
    """What is read of a figure; None where it is masked."""
    lieu = {"niveau": Niveau.RESEAU, "territoire": ""}
    if ou is not None:
        lieu = {"niveau": Niveau.STRUCTURE, "territoire": ou.code}
    ici = {"axe": "", "code": "", **lieu, **plus}
    trouve = Chiffre.objects.get(publication=publication, indicateur=code, **ici)
    assert not trouve.retire
    return None if trouve.valeur is None else int(trouve.valeur)


@pytest.mark.parametrize("reste", [CategorieActe.ACCES_AUX_DROITS, CategorieActe.HYGIENE])
def test_the_acts_that_are_left_are_not_told(
    reste: str, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    """65 acts, 60 of nurses: 5 of others, which a figure counts or none does."""
    passages = passer(espace_repos, 30)
    for passage in passages[:20]:
        ActeFactory.create_batch(
            3, contact=passage.contact, categorie=CategorieActe.SOINS_INFIRMIERS
        )
    for passage in passages[20:25]:
        ActeFactory(contact=passage.contact, categorie=reste)
    publication = publier("2023-05", coordinatrice)
    for ou in (None, espace_repos):
        assert None in [lu(publication, code, ou) for code in ("actes_infirmiers", "actes")]


@pytest.mark.parametrize(
    ("petit", "grand"),
    [("actes_personnes", "file_active"), ("femmes", "genre_connu"), ("genre_connu", "file_active")],
)
def test_the_few_persons_that_are_left_are_not_told(
    petit: str, grand: str, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    """Of 40 or so, all but 4 had an act; are women; are of known gender."""
    genre = Genre.NON_RENSEIGNE if petit == "genre_connu" else Genre.H
    presque = passer(espace_repos, 36, genre=Genre.F)
    for passage in presque:
        ActeFactory(contact=passage.contact)
    reste = passer(espace_repos, 4, genre=genre)
    if petit != "actes_personnes":
        for passage in reste:
            ActeFactory(contact=passage.contact)
    publication = publier("2023-05", coordinatrice)
    for ou in (None, espace_repos):
        assert None in [lu(publication, code, ou) for code in (petit, grand)]


@pytest.mark.parametrize("reste", [0, 12])
def test_who_had_an_act_is_of_the_file_active(reste: int) -> None:
    """Everybody knows it, also where each of them had one and nothing is left between the two."""
    cles = {
        code: Cle("2023-05", code, Niveau.RESEAU)
        for code in ("file_active", "actes_personnes", "file_active_sans_acte")
    }
    comptes = {
        cles["file_active"]: Decompte(30 + reste, 30 + reste),
        cles["actes_personnes"]: Decompte(30, 30),
    }
    if reste:
        comptes[cles["file_active_sans_acte"]] = Decompte(reste, reste)
    liens = relier(comptes)
    borne = Borne((cles["actes_personnes"],), (cles["file_active"],))
    somme = Somme(cles["file_active"], (cles["actes_personnes"], cles["file_active_sans_acte"]))
    assert (borne in liens, somme in liens) == (not reste, bool(reste))


def test_the_refusals_are_not_told_by_encounters(
    espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    maraude = MaraudeFactory(
        equipe=EquipeFactory(structure=espace_repos), milieu="SURFACE", statut="CLOTUREE",
        jour_prevu=MIDI.date(), debut_le=MIDI, fin_le=MIDI + timedelta(hours=4),
    )  # fmt: skip
    for n in range(40):
        RencontreFactory(
            maraude=maraude, personne=PersonneFactory(organisme=espace_repos.organisme),
            issue=Issue.ECHANGE if n < 36 else Issue.REFUS if n < 39 else Issue.INDISPONIBLE,
            survenu_le=MIDI + timedelta(minutes=n),
        )  # fmt: skip
    publication = publier("2023-05", coordinatrice)
    assert lu(publication, "refus") is None
    assert lu(publication, "rencontres") is None or lu(publication, "approches") is None


def test_where_only_visits_are_the_file_active_is_who_visits(
    espace_repos: Structure, autre: Structure, coordinatrice: Utilisateur
) -> None:
    passer(espace_repos, 40)
    passer(espace_repos, 30, genre=Genre.F)
    passer(autre, 6, fois=3)
    passer(autre, 5, genre=Genre.F, fois=3)
    publication = publier("2023", coordinatrice)
    vus = [lu(publication, code, autre) for code in ("file_active", "passages_personnes")]
    assert vus in ([None, None], [11, 11])


def test_acts_of_nobody_known_are_told_in_totals_alone(
    espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    inconnus = PassageFactory.create_batch(
        4, structure=espace_repos, personne=None, survenu_le=MIDI
    )
    for passage in [*passer(espace_repos, 40), *inconnus]:
        ActeFactory(contact=passage.contact)
    assert lu(publier("2023-05", coordinatrice), "actes", espace_repos) == 44
    annee = publier("2023", coordinatrice)
    for axe in ("genre", "age"):
        parts = annee.chiffres.filter(indicateur="actes", axe=axe)
        assert set(parts.filter(code="SANS_PERSONNE").values_list("valeur", flat=True)) == {None}
        # Not told by the others: one of them is masked too, or the total.
        total = annee.chiffres.filter(indicateur="actes", axe="", valeur=None).count()
        assert total or parts.filter(valeur=None).exclude(code="SANS_PERSONNE").exists()


def test_the_bounds_of_the_file_active_tell_nothing_that_is_masked(
    espace_repos: Structure, autre: Structure, coordinatrice: Utilisateur
) -> None:
    """What is beyond it are the visits of nobody known: they, and what is left without them."""
    passer(espace_repos, 40)
    passer(espace_repos, 4, genre=Genre.AUTRE, fois=30)
    for ou in (espace_repos, autre):
        PassageFactory.create_batch(20, structure=ou, personne=None, survenu_le=MIDI)
    annee = publier("2023", coordinatrice)
    file_active = annee.chiffres.get(indicateur="file_active", niveau="RESEAU", axe="")
    parts = annee.chiffres.filter(indicateur="passages", niveau="RESEAU", axe="genre")
    inconnus = parts.get(code="SANS_PERSONNE")
    if file_active.borne_haute is not None:
        assert inconnus.valeur == file_active.borne_haute - file_active.valeur == 40
    masquees = parts.filter(valeur=None)
    assert masquees.filter(code=Genre.AUTRE).exists()
    total = annee.chiffres.get(indicateur="passages", niveau="RESEAU", axe="")
    assert total.valeur is None or masquees.exclude(code="SANS_PERSONNE").count() > 1


def test_a_total_does_not_tell_what_waits_in_a_part(
    espace_repos: Structure, autre: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Twenty came here and three there: the total moves by the twenty."""
    passer(espace_repos, 40)
    passer(autre, 30)
    publier("2023-05", coordinatrice)
    horloge.shift(timedelta(days=1))
    passer(espace_repos, 20)
    passer(autre, 3, fois=2)
    seconde = publier("2023-05", coordinatrice)
    for code in ("passages", "passages_personnes", "file_active"):
        vus = [lu(seconde, code, ou) for ou in (None, espace_repos, autre)]
        assert vus == [90, 60, 30], code
        attendent = seconde.chiffres.filter(indicateur=code, axe="").exclude(attente=0)
        ou = {c.territoire for c in attendent}
        assert {"", autre.code} <= ou
        assert espace_repos.code not in ou
        assert {c.attente for c in attendent} == {6 if code == "passages" else 3}, code
    horloge.shift(timedelta(days=1))
    passer(autre, 8)
    troisieme = publier("2023-05", coordinatrice)
    assert [lu(troisieme, "passages", ou) for ou in (None, espace_repos, autre)] == [104, 60, 44]


def test_who_comes_again_is_no_new_person(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Ten known ones and a new one: eleven persons' visits, and one person more."""
    connus = passer(espace_repos, 40)
    publier("2023-05", coordinatrice)
    horloge.shift(timedelta(days=1))
    revenir(connus[:10])
    passer(espace_repos, 1)
    seconde = publier("2023-05", coordinatrice)
    assert lu(seconde, "passages") == 51
    assert lu(seconde, "passages_personnes") == lu(seconde, "file_active") == 40


def test_late_comers_add_up_since_the_figure_moved(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Eight, then eight others: what was signed in between did not show the first."""
    connus = passer(espace_repos, 40)
    publier("2023-05", coordinatrice)
    vus = []
    for n in (0, 8, 16):
        horloge.shift(timedelta(days=1))
        revenir(connus[n : n + 8])
        vus.append(lu(publier("2023-05", coordinatrice), "passages", espace_repos))
    # From then on they count from nothing.
    assert vus == [40, 56, 56]


def test_a_table_that_was_replaced_holds_together_still(
    espace_repos: Structure, autre: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Who keeps it adds it up, with what moved since under the name of its moment."""
    passer(espace_repos, 40)
    passer(autre, 30)
    publier("2023-05", coordinatrice)
    horloge.shift(timedelta(hours=1))
    passer(autre, 15)
    seconde = preparer("2023-05")
    livre = Livre.de("2023-05").avec(seconde)
    montrees = denombrer("2023-05", livre.entrees(["2023-05"], livre.dernier))
    connu = connaitre(livre, montrees)
    total = Cle("2023-05", "passages", Niveau.RESEAU)
    ici = total._replace(niveau=Niveau.STRUCTURE, territoire=espace_repos.code)
    la = ici._replace(territoire=autre.code)
    avant = {cle: cle._replace(periode="2023-05~0") for cle in (total, la)}
    assert [connu.comptes[cle].exacte for cle in (avant[total], avant[la], la)] == [70, 30, 45]
    # The structure that did not move is the same in both.
    assert ici._replace(periode="2023-05~0") not in connu.comptes
    assert (avant[total], {ici, avant[la]}) in [
        (lien.total, set(lien.parts)) for lien in connu.liens if isinstance(lien, Somme)
    ]
    for lien in connu.liens:
        for exacte, termes in rangees(lien):
            reste = sum(signe * connu.comptes[cast("Cle", cle)].exacte for signe, cle in termes)
            assert reste == 0 if exacte else reste <= 0
