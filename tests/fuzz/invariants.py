"""What must hold of the tables after any sequence of requests.

Nights and rounds are looked at row by row, without the product. What the product keeps up to date
as writes come (occupancy, matches, facts) is held against what it computes from nothing; that this
is right is held against plain Python in `tests/hebergement`, `tests/coordination` and
`tests/indicateurs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import combinations
from typing import Any

from commun.horloge import aujourd_hui, jour_paris
from contacts.enums import Cadre
from contacts.models import Contact
from coordination.models import MarquePaire, Orientation
from coordination.services import rapprocher_marques
from hebergement import occupation
from hebergement.enums import MotifSortie, Nature
from hebergement.models import Absence, Fermeture, MarqueNuits, Proposition, Sejour
from indicateurs import faits
from indicateurs.models import ContactMarque, JourMarque
from maraudes.enums import StatutMaraude
from maraudes.models import Maraude
from socle.models import Personne


def _nuits_communes(a: tuple[date, date | None], b: tuple[date, date | None]) -> bool:
    (debut, fin), (autre_debut, autre_fin) = a, b
    debut, fin = max(debut, autre_debut), min(fin or date.max, autre_fin or date.max)
    return debut < fin


def _par(lignes: Iterable[Any], cle: Callable[[Any], Any]) -> Iterable[list[Any]]:
    groupes: dict[Any, list[Any]] = {}
    for ligne in lignes:
        groupes.setdefault(cle(ligne), []).append(ligne)
    return groupes.values()


def _dates(sejour: Any) -> tuple[date, date | None]:
    return sejour.arrivee, sejour.depart


def verifier_les_nuits() -> None:
    """Nobody shares a place, nobody sleeps in two, or where no place is open, or being dead."""
    prises = list(Sejour.objects.select_related("place"))
    sejours = [s for s in prises if s.nature == Nature.SEJOUR]
    for groupe in (*_par(prises, lambda s: s.place_id), *_par(sejours, lambda s: s.personne_id)):
        for a, b in combinations(groupe, 2):
            assert not _nuits_communes(_dates(a), _dates(b)), (a, b)
    for mort in sejours:
        if mort.motif_sortie == MotifSortie.DECES:
            for s in sejours:
                if s.personne_id == mort.personne_id:
                    assert s.depart is not None, (mort, s)
                    assert s.depart <= mort.depart, (mort, s)
    for s in prises:
        assert s.depart is None or s.depart >= s.arrivee, s
        assert s.arrivee >= s.place.ouverte_le, s
        if s.place.fermee_le is not None:
            assert s.depart is not None, s
            assert s.depart <= s.place.fermee_le, s
    for f in Fermeture.objects.all():
        for s in prises:
            if s.place_id == f.place_id and not (s.motif_forcage or f.motif_forcage):
                assert not _nuits_communes(_dates(s), (f.debut, f.fin)), (s, f)


def verifier_les_retenues() -> None:
    """What is proposed is held, for whom it is, until its deadline; what is over holds nothing."""
    for p in Proposition.objects.select_related("demande", "retenue"):
        if p.issue:
            assert p.retenue is None, p
            continue
        assert not p.demande.issue, p
        assert p.retenue is not None, p
        tenue = (p.retenue.nature, p.retenue.place_id, p.retenue.personne_id)
        assert tenue == (Nature.RETENUE, p.place_id, p.demande.personne_id), p
        assert p.retenue.depart > jour_paris(p.expire_le), p
    libres = Sejour.objects.filter(nature=Nature.RETENUE, proposition=None)
    for retenue in libres:
        assert retenue.depart <= aujourd_hui(), retenue


def verifier_les_absences() -> None:
    """Nobody is away from where they don't stay, wherever they were moved."""
    for absence in Absence.objects.select_related("sejour"):
        premier = dernier = absence.sejour
        while premier.suite_de is not None:
            premier = premier.suite_de
        while (suite := Sejour.objects.filter(suite_de=dernier).first()) is not None:
            dernier = suite
        assert absence.debut >= premier.arrivee, absence
        if dernier.depart is not None:
            assert absence.fin is not None, absence
            assert absence.fin <= dernier.depart, absence


def verifier_l_occupation() -> None:
    """What marks had computed on the way is what is computed from nothing."""
    occupation.recalculer_marques()
    assert not MarqueNuits.objects.exists()
    controle = occupation.controler()
    assert controle.lignes
    assert not controle.ecarts


def verifier_les_orientations() -> None:
    """Matched pair by pair as writes came, or all again at the end: the same."""

    def issues() -> list[tuple[Any, ...]]:
        champs = ("pk", "statut", "arrivee_contact", "arrivee_sejour")
        return list(Orientation.objects.order_by("pk").values_list(*champs))

    rapprocher_marques()
    assert not MarquePaire.objects.exists()
    avant = issues()
    paires = Orientation.objects.exclude(personne=None).values_list("personne", "structure")
    MarquePaire.objects.bulk_create(
        MarquePaire(personne_id=personne, structure_id=structure)
        for personne, structure in set(paires)
    )
    rapprocher_marques()
    assert issues() == avant


def verifier_les_maraudes() -> None:
    """The dates of a round are those of its state; each contact is of what it says."""
    for maraude in Maraude.objects.all():
        assert (maraude.fin_le is None) == (maraude.statut != StatutMaraude.CLOTUREE), maraude
        assert maraude.fin_le is None or maraude.fin_le >= maraude.debut_le, maraude
        assert maraude.debut_le or maraude.statut != StatutMaraude.EN_COURS, maraude
    for contact in Contact.objects.select_related("rencontre", "passage"):
        assert hasattr(contact, "rencontre") == (contact.cadre == Cadre.MARAUDE), contact
        assert hasattr(contact, "passage") == (contact.cadre == Cadre.ACCUEIL), contact


def verifier_les_faits() -> None:
    """Right with the marks that are there, and right once these are counted."""
    assert faits.ecarts() == 0
    faits.actualiser()
    assert not JourMarque.objects.exists()
    assert not ContactMarque.objects.exists()
    assert faits.ecarts() == 0


def verifier_les_alias() -> None:
    """Nothing hangs on an alias, and none leads to another one."""
    for alias in Personne.objects.exclude(alias_de=None).select_related("alias_de"):
        assert alias.alias_de.alias_de_id is None, alias
        suivies = (alias.contacts, alias.sejours, alias.orientations, alias.demandes_hebergement)
        for lignes in (*suivies, alias.acces):
            assert not lignes.exists(), alias


def verifier_tout() -> None:
    verifier_les_alias()
    verifier_les_nuits()
    verifier_les_retenues()
    verifier_les_absences()
    verifier_l_occupation()
    verifier_les_orientations()
    verifier_les_maraudes()
    verifier_les_faits()
