"""Whatever is done, in whatever order, day after day: what was promised of it holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any, NamedTuple

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError as SaisieRefusee

from commun.api.errors import Conflit
from commun.horloge import PARIS, aujourd_hui, jour_paris
from commun.models import uuid7
from hebergement import occupation, services
from hebergement.api.serializers import SejourSerializer
from hebergement.enums import Nature
from hebergement.models import (
    Absence,
    DemandeHebergement,
    Fermeture,
    Place,
    Proposition,
    Sejour,
    Site,
)
from socle.models import Personne
from tests.hebergement.monde import Monde, nuits_ecrites, recompter
from tests.hebergement.test_preuve import connues, dater_les_ecritures, ecrites

pytestmark = pytest.mark.django_db
PREMIER = date(2023, 3, 20)
OUVERTURE = PREMIER - timedelta(days=31)


class SansObjet(Exception):
    """There is nothing yet that this could be done to."""


class Geste(NamedTuple):
    """A verb, which rows it is for (0 is the last one that was made), and when: days from today."""

    verbe: str
    un: int
    autre: int
    dans: int
    duree: int | None

    @property
    def jour(self) -> date:
        return aujourd_hui() + timedelta(days=self.dans)

    @property
    def jour_passe(self) -> date:
        return min(self.jour, aujourd_hui())

    @property
    def fin(self) -> date | None:
        return None if self.duree is None else self.jour + timedelta(days=self.duree)

    @property
    def reouverture(self) -> date | None:
        """The end of a closure, which has a night at least."""
        return None if self.duree is None else self.jour + timedelta(days=self.duree + 1)


def prendre(lignes: Any, rang: int) -> Any:
    """One of these rows, the last one made first: keys are made in the order of time."""
    trouvees = list(lignes.order_by("-pk"))
    if not trouvees:
        raise SansObjet
    return trouvees[rang % len(trouvees)]


# --- Every verb -----------------------------------------------------------------------------------


def attribuer(g: Geste) -> None:
    services.attribuer(
        place=prendre(Place.objects, g.un), personne=prendre(Personne.objects, g.autre),
        arrivee=g.jour, depart=g.fin, auteur=None,
    )  # fmt: skip


def transferer(g: Geste) -> None:
    services.transferer(
        sejour=prendre(Sejour.objects.sejours(), g.un), place=prendre(Place.objects, g.autre),
        jour=g.jour, auteur=None,
    )  # fmt: skip


def cloturer(g: Geste) -> None:
    sejour = prendre(Sejour.objects.sejours(), g.un)
    services.cloturer(
        sejour=sejour, depart=max(g.jour, sejour.arrivee), motif_sortie="AUTRE",
        destination="INCONNUE",
    )  # fmt: skip


def corriger(g: Geste) -> None:
    """What is sent is looked at as the API does: dates that are upside down never get further."""
    sejour = prendre(Sejour.objects.sejours(), g.un)
    sortie = {"motif_sortie": "", "destination": ""} if g.fin is None else {}
    envoye: dict[str, Any] = [
        {"arrivee": g.jour}, {"depart": g.fin, **sortie},
        {"arrivee": g.jour, "depart": g.fin, **sortie},
        {"arrivee": g.jour, "motif_forcage": "Essai"},
    ][g.autre % 4]  # fmt: skip
    dit = SejourSerializer(sejour, data=envoye, partial=True)
    dit.is_valid(raise_exception=True)
    services.corriger(sejour=sejour, auteur=None, **dit.validated_data)


def fermer(g: Geste) -> None:
    services.fermer(
        place=prendre(Place.objects, g.un), debut=g.jour, fin=g.reouverture, motif="Travaux",
        motif_forcage="Essai" if g.autre % 2 else "",
    )  # fmt: skip


def corriger_fermeture(g: Geste) -> None:
    # Keys of closures that were made together are not in the order of time.
    fermetures = list(Fermeture.objects.order_by("-debut", "fin", "place"))
    if not fermetures:
        raise SansObjet
    fermeture = fermetures[g.un % len(fermetures)]
    champs: dict[str, Any] = {"debut": g.jour, "fin": g.reouverture}
    if g.autre >= 3:
        champs["place"] = prendre(Place.objects, g.autre)
        services.verrouiller_places(places={fermeture.place_id, champs["place"].pk})
    services.corriger_fermeture(fermeture=fermeture, auteur=None, **champs)


def corriger_place(g: Geste) -> None:
    place = prendre(Place.objects, g.un)
    champs: dict[str, Any] = [
        {"ouverte_le": g.jour}, {"fermee_le": g.fin}, {"site": prendre(Site.objects, g.un)},
    ][g.autre % 3]  # fmt: skip
    ouverte_le, fermee_le = (
        champs.get(nom, getattr(place, nom)) for nom in ("ouverte_le", "fermee_le")
    )
    if fermee_le is not None and fermee_le <= ouverte_le:
        raise SansObjet  # a check of the row alone
    services.corriger_place(place=place, auteur=None, **champs)


def fermer_des_places(g: Geste) -> None:
    """A site, or a place of it, by the plan that was read."""
    site = prendre(Site.objects, g.un)
    places = [prendre(site.places, g.autre)] if g.autre % 2 else []
    portee = services.Portee(site, g.jour, g.reouverture, places=places)
    services.fermer_des_places(
        uuid=uuid7(), portee=portee, motif="Travaux", auteur=None,
        empreinte=services.planifier(portee).empreinte,
    )  # fmt: skip


def demander(g: Geste) -> None:
    """Not a verb: a request is only written."""
    personne = prendre(Personne.objects, g.autre)
    DemandeHebergement.objects.create(
        personne=personne, structure=Site.objects.all()[0].structure, origine="RENCONTRE",
        demandee_le=g.jour_passe,
    )  # fmt: skip


def proposer(g: Geste) -> None:
    services.proposer(
        demande=prendre(DemandeHebergement.objects, g.autre), place=prendre(Place.objects, g.un),
        auteur=None,
    )  # fmt: skip


def accepter(g: Geste) -> None:
    services.accepter(
        proposition=prendre(Proposition.objects, g.un), attendue_le=max(g.jour, aujourd_hui()),
        auteur=None,
    )  # fmt: skip


def refuser(g: Geste) -> None:
    services.refuser(
        proposition=prendre(Proposition.objects, g.un), motif_refus="AUTRE",
        issue=("REFUSEE_PERSONNE", "REFUSEE_STRUCTURE")[g.autre % 2],  # type: ignore[arg-type]
    )  # fmt: skip


def retirer(g: Geste) -> None:
    services.retirer(proposition=prendre(Proposition.objects, g.un))


def confirmer(g: Geste) -> None:
    services.confirmer(
        proposition=prendre(Proposition.objects, g.un), arrivee=g.jour, depart=g.fin, auteur=None
    )


def clore(g: Geste) -> None:
    issue, dit = (("ANNULEE", {}), ("REFUSEE_PERSONNE", {"motif_refus": "AUTRE"}))[g.autre % 2]
    services.clore(
        demande=prendre(DemandeHebergement.objects, g.un), issue=issue, **dit  # type: ignore[arg-type]
    )  # fmt: skip


def absenter(g: Geste) -> None:
    """What the database refuses here is told by the API as it is."""
    fin = None if g.duree is None else g.jour_passe + timedelta(days=g.duree)
    sejour = prendre(Sejour.objects.sejours(), g.un)
    try:
        with transaction.atomic():
            services.absenter(sejour=sejour, debut=g.jour_passe, fin=fin, motif="CONGE")
    except IntegrityError as erreur:
        nom = getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", None)
        if nom not in {"absence_une_a_la_fois", "absence_dans_son_sejour"}:
            raise
        raise Conflit from erreur


def constater(g: Geste) -> None:
    sejour = prendre(Sejour.objects.sejours(), g.un)
    services.constater(
        jour=g.jour_passe, constats=[{"sejour": sejour, "present": g.autre % 2 == 0}]
    )


def rouvrir(g: Geste) -> None:
    services.rouvrir(
        sejour=prendre(Sejour.objects.filter(cloture_automatique=True), g.un), auteur=None
    )


VERBES: dict[str, Callable[[Geste], Any]] = {
    verbe.__name__: verbe
    for verbe in (
        attribuer, transferer, cloturer, corriger, fermer, corriger_fermeture, corriger_place,
        fermer_des_places, demander, proposer, accepter, refuser, retirer, confirmer, clore,
        absenter, constater, rouvrir,
    )
} | {
    "clore_les_perdus_de_vue": lambda _: services.clore_les_perdus_de_vue(),
    "expirer_les_perimees": lambda _: services.expirer_les_perimees(),
}  # fmt: skip

gestes = st.builds(
    Geste,
    verbe=st.sampled_from(sorted(VERBES)),
    un=st.integers(0, 5),
    autre=st.integers(0, 5),
    dans=st.integers(-6, 6),
    duree=st.none() | st.integers(0, 8),
)
# What is done on a day, and after how many days something is done again: past what is waited for.
journees = st.tuples(
    st.lists(gestes, min_size=3, max_size=12), st.sampled_from((1, 2, 3, 8, 31))
)  # fmt: skip


# --- What holds -----------------------------------------------------------------------------------


def demi_journees(sejour: Sejour) -> tuple[float, float]:
    """docs/definitions.md § 2."""
    arrivee = sejour.arrivee.toordinal()
    if sejour.depart == sejour.arrivee:
        return 2 * arrivee, 2 * arrivee + 1
    return 2 * arrivee + 1, math.inf if sejour.depart is None else 2 * sejour.depart.toordinal()


def verifier_les_nuits() -> None:
    occupation.recalculer_marques()
    nuits = nuits_ecrites()
    assert nuits == recompter(aujourd_hui())
    for (site, jour), nuit in nuits.items():
        veille = nuits.get((site, jour - timedelta(days=1)))
        assert nuit["occupees"] == (
            (veille["occupees"] if veille else 0) + nuit["entrees"] - nuit["sorties"]
            + nuit["transferts_entrants"] - nuit["transferts_sortants"]
        ), (site, jour)  # fmt: skip
    assert occupation.controler().ecarts == 0


def verifier_les_sejours() -> None:
    lignes = {s.pk: s for s in Sejour.objects.select_related("place")}
    for un, autre in combinations(lignes.values(), 2):
        partagent = un.place_id == autre.place_id or (
            un.personne_id == autre.personne_id and {un.nature, autre.nature} == {Nature.SEJOUR}
        )
        (debut, fin), (debut_autre, fin_autre) = demi_journees(un), demi_journees(autre)
        assert not partagent or fin <= debut_autre or fin_autre <= debut, (un, autre)
    for s in lignes.values():
        assert s.place.ouverte_le <= s.arrivee
        if s.suite_de_id:
            avant = lignes[s.suite_de_id]
            assert (avant.personne_id, avant.depart) == (s.personne_id, s.arrivee)
    suites = {s.suite_de_id: s for s in lignes.values()}
    for absence in Absence.objects.all():
        premier = dernier = lignes[absence.sejour_id]
        while premier.suite_de_id:
            premier = lignes[premier.suite_de_id]
        while dernier.pk in suites:
            dernier = suites[dernier.pk]
        assert absence.chaine == premier.pk
        assert premier.arrivee <= absence.debut <= (absence.fin or date.max)
        if dernier.depart is not None:
            assert absence.fin is not None
            assert absence.fin <= dernier.depart
    verifier_les_retenues(list(lignes.values()))


def verifier_les_retenues(lignes: list[Sejour]) -> None:
    """Nothing is kept tonight or later but for whom it is proposed to."""
    retenues = {s.pk: s for s in lignes if s.nature == Nature.RETENUE}
    en_cours = {
        p.retenue_id: p for p in Proposition.objects.filter(issue="").select_related("demande")
    }
    for cle, proposition in en_cours.items():
        retenue = retenues[cle]
        assert retenue.place_id == proposition.place_id
        assert retenue.personne_id == proposition.demande.personne_id
        assert retenue.depart == jour_paris(proposition.expire_le) + timedelta(days=1)
    for cle, retenue in retenues.items():
        assert cle in en_cours or (retenue.depart and retenue.depart <= aujourd_hui()), retenue


def verifier_les_references() -> None:
    """What the database looks at when a transaction ends, which this one never does."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def ouvrir_le_monde() -> None:
    """Two sites of three places, the first of which makes rounds; somebody has been there for a
    month, of whom nobody has said anything; four people ask for a place, which two are offered."""
    monde = Monde.creer()
    for numero in range(6):
        monde.place(numero, "s" if numero < 3 else "t", OUVERTURE)
    Site.objects.filter(code="s").update(presences_depuis=OUVERTURE)
    for nom in "abcd":
        DemandeHebergement.objects.create(
            personne=monde.personne(nom), structure=monde.structure, origine="RENCONTRE",
            demandee_le=OUVERTURE,
        )  # fmt: skip
    monde.sejour(1, 0, "e", OUVERTURE, None)
    for numero, demande in zip((1, 3), DemandeHebergement.objects.order_by("pk"), strict=False):
        services.proposer(demande=demande, place=monde.places[numero], auteur=None)


@settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(suite=st.lists(journees, min_size=2, max_size=4))
def test_whatever_is_done_what_was_promised_holds(db: None, suite: list[Any]) -> None:
    gardees: dict[date, list[tuple[Any, ...]]] = {}
    midi = datetime.combine(PREMIER, time(12), PARIS)
    with transaction.atomic(), time_machine.travel(midi, tick=False) as voyage:
        ouvrir_le_monde()
        for du_jour, jours_apres in suite:
            for geste in du_jour:
                try:
                    with transaction.atomic():
                        VERBES[geste.verbe](geste)
                except (SansObjet, Conflit, ValidationError, SaisieRefusee):
                    continue
            dater_les_ecritures(aujourd_hui())
            verifier_les_references()
            verifier_les_nuits()
            verifier_les_sejours()
            gardees[aujourd_hui()] = ecrites()
            voyage.shift(timedelta(days=jours_apres))
        verifier_les_nuits()
        for jour, gardee in gardees.items():
            assert connues(jour) == gardee
        transaction.set_rollback(True)
