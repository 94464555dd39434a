"""Everything at once, about the same few persons: nothing fails, nothing had to be started again,
and the tables hold what they must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from commun.horloge import maintenant
from contacts.models import RemiseMateriel
from coordination import fusions
from coordination.models import Doublon
from indicateurs import faits
from socle.models import Equipe, Fusion, Organisme, Structure, Utilisateur
from tests.concurrence import Fil
from tests.conftest import Api
from tests.factories import (
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)
from tests.fuzz.invariants import verifier_les_faits, verifier_tout
from tests.routes import creation

pytestmark = pytest.mark.django_db(transaction=True)
JOURS = [f"2023-{mois:02}-{jour:02}" for mois in range(1, 13) for jour in (1, 10, 20)]
FILS, GESTES = 6, 30


class Agitation:
    """What one of many does, one thing after the other, by chance."""

    def __init__(
        self, client: APIClient, console: Client, monde: dict[str, Any], hasard: Random
    ) -> None:
        self.client, self.console, self.monde, self.hasard = client, console, monde, hasard
        self.bilan: Counter[tuple[str, int]] = Counter()

    def un(self, nom: str) -> str:
        return str(self.hasard.choice(self.monde[nom]))

    def poster(self, chemin: str, **corps: Any) -> Any:
        return self.client.post(f"/api/v1/{chemin}/", {"uuid": identifiant(), **corps})

    def corriger(self, chemin: str, **corps: Any) -> Any:
        return self.client.patch(f"/api/v1/{chemin}/", corps, headers={"If-Match": "*"})

    def verbe(self, chemin: str, **corps: Any) -> Any:
        return self.client.post(f"/api/v1/{chemin}/", corps)

    def fusionner(self) -> Any:
        gardee, alias = self.hasard.sample(self.monde["personnes"], 2)
        return self.poster("fusions", gardee=gardee, alias=alias)

    def annuler(self) -> Any:
        """One that can be, or a merge where there is none."""
        faites = list(Fusion.objects.filter(annulee_le=None).values_list("pk", flat=True))
        if not faites:
            return self.fusionner()
        return self.verbe(f"fusions/{self.hasard.choice(faites)}/annuler")

    def en_page(self, modele: Any, action: str, lignes: Any) -> Any:
        """Several at once, from a list of the admin."""
        cles = [str(cle) for cle in lignes.values_list("pk", flat=True)]
        if not cles:
            return self.fusionner()
        choisies = self.hasard.sample(cles, min(3, len(cles)))
        liste = reverse(f"admin:{modele._meta.app_label}_{modele._meta.model_name}_changelist")
        reponse: Any = self.console.post(liste, {"action": action, ACTION_CHECKBOX_NAME: choisies})
        assert reponse.status_code >= 500 or reponse.url.startswith(liste)
        return reponse

    def fusionner_en_page(self) -> Any:
        action = self.hasard.choice(["garder_le_premier", "garder_le_second"])
        return self.en_page(Doublon, action, Doublon.objects.all())

    def annuler_en_page(self) -> Any:
        return self.en_page(Fusion, "annuler", Fusion.objects.filter(annulee_le=None))

    def lot(self) -> Any:
        personnes = self.hasard.sample(self.monde["personnes"], 3)
        rencontres = [
            {**self.monde["rencontre"], "uuid": identifiant(), "personne": personne}
            for personne in personnes
        ]
        return self.verbe("rencontres/lot", rencontres=rencontres)

    def arriver(self) -> Any:
        return self.poster(
            "passages", structure=self.un("structures"), personne=self.un("personnes"),
            saisi_le=maintenant().isoformat(),
        )  # fmt: skip

    def orienter(self) -> Any:
        return self.poster(
            "orientations",
            structure_origine=self.un("structures"),
            structure=self.un("structures"),
            personne=self.un("personnes"),
            saisi_le=maintenant().isoformat(),
        )

    def heberger(self) -> Any:
        arrivee, depart = sorted(self.hasard.sample(JOURS, 2))
        return self.poster(
            "sejours", place=self.un("places"), personne=self.un("personnes"),
            arrivee=arrivee, depart=depart,
        )  # fmt: skip

    def transferer(self) -> Any:
        return self.poster(
            f"sejours/{self.un('sejours')}/transferer",
            place=self.un("places"), jour=self.hasard.choice(JOURS),
        )  # fmt: skip

    def redater(self) -> Any:
        arrivee, depart = sorted(self.hasard.sample(JOURS, 2))
        return self.corriger(f"sejours/{self.un('sejours')}", arrivee=arrivee, depart=depart)

    def attribuer(self) -> Any:
        """A record that was somebody's is somebody else's."""
        nom = self.hasard.choice(["passages", "rencontres", "orientations"])
        return self.corriger(f"{nom}/{self.un(nom)}", personne=self.un("personnes"))

    def observer(self) -> Any:
        genre = self.hasard.choice(["F", "H"])
        return self.corriger(f"passages/{self.un('passages')}", genre_observe=genre)

    def remettre(self) -> Any:
        """Material, on what somebody else may be moving or counting at this moment."""
        contact = self.un(self.hasard.choice(["passages", "rencontres"]))
        return self.poster(
            "materiel", contact=contact, saisi_le=maintenant().isoformat(), materiel="PIPE",
            quantite_distribuee=self.hasard.randint(1, 9),
        )  # fmt: skip

    def recompter_le_materiel(self) -> Any:
        quantite = self.hasard.randint(10, 99)
        return self.corriger(f"materiel/{self.un('remises')}", quantite_distribuee=quantite)

    def retirer_du_materiel(self) -> Any:
        """From the page of one; it may be gone already."""
        page = reverse("admin:contacts_remisemateriel_delete", args=[self.un("remises")])
        return self.console.post(page, {"post": "yes"})

    def deplacer(self) -> Any:
        jour = self.hasard.choice(JOURS)
        return self.corriger(f"passages/{self.un('passages')}", survenu_le=f"{jour}T12:00:00Z")

    def compter(self) -> Any:
        faits.actualiser()
        return HttpResponse()

    def basculer(self) -> Any:
        heure = self.hasard.randint(0, 6)
        structures = Structure.objects.filter(code=self.un("structures"))
        structures.update(heure_bascule=f"{heure:02}:00")
        return HttpResponse()

    def renommer(self) -> Any:
        annee = self.hasard.randint(1950, 2000)
        return self.corriger(f"personnes/{self.un('personnes')}", annee_naissance=annee)

    def partager(self) -> Any:
        return self.poster(
            "accords-partage", personne=self.un("personnes"), organisme=self.monde["organisme"]
        )

    def decider(self) -> Any:
        orientation = self.un("orientations")
        if self.hasard.random() < 0.5:
            return self.verbe(f"orientations/{orientation}/accepter")
        return self.verbe(f"orientations/{orientation}/annuler", motif="Autre")

    def agir(self) -> Counter[tuple[str, int]]:
        gestes: list[Callable[[], Any]] = [
            *(self.fusionner, self.annuler, self.attribuer) * 3,
            *(self.fusionner_en_page, self.annuler_en_page) * 2,
            self.lot, self.orienter, self.heberger, self.transferer, self.redater,
            self.observer, self.basculer, self.renommer, self.partager, self.decider,
            self.recompter_le_materiel,
            *(self.arriver, self.remettre, self.retirer_du_materiel, self.deplacer) * 2,
            *(self.compter,) * 2,
        ]  # fmt: skip
        return self.faire(gestes)

    def compter_et_remettre(self) -> Counter[tuple[str, int]]:
        """Where nothing else marks the day again."""
        materiel = [self.remettre, self.recompter_le_materiel, self.retirer_du_materiel]
        return self.faire([*materiel * 2, self.deplacer, *(self.compter,) * 3])

    def faire(self, gestes: list[Callable[[], Any]]) -> Counter[tuple[str, int]]:
        for _ in range(GESTES):
            geste = self.hasard.choice(gestes)
            self.bilan[geste.__name__, geste().status_code] += 1
        return self.bilan


def peupler(structure: Structure, ailleurs: Structure, equipe: Equipe) -> dict[str, Any]:
    # Of one name, so that the list of duplicates has them all.
    tous = {"organisme": structure.organisme, "pseudonyme": "Hélène", "annee_naissance": 1980}
    personnes = PersonneFactory.create_batch(4, **tous)
    places = PlaceFactory.create_batch(4, site=SiteFactory(structure=structure))
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    lignes: dict[str, Any] = {
        "passages": [], "orientations": [], "rencontres": [], "sejours": [], "remises": [],
    }  # fmt: skip
    for personne, place in zip(personnes, places, strict=True):
        for _ in range(2):
            lignes["passages"].append(PassageFactory(structure=structure, personne=personne))
            lignes["orientations"].append(
                OrientationFactory(
                    personne=personne, structure_origine=structure, structure=structure
                )
            )
            lignes["rencontres"].append(RencontreFactory(maraude=maraude, personne=personne))
            lignes["remises"] += [
                RemiseMaterielFactory(contact=lignes[nom][-1].contact)
                for nom in ("passages", "rencontres")
            ]
        debut, fin = JOURS[9 * places.index(place)], JOURS[9 * places.index(place) + 3]
        lignes["sejours"].append(
            SejourFactory(place=place, personne=personne, arrivee=debut, depart=fin)
        )
    # Whoever has no stay yet has none that overlaps: they can be merged.
    personnes += PersonneFactory.create_batch(2, **tous)
    return {
        **{nom: [ligne.pk for ligne in dites] for nom, dites in lignes.items()},
        "personnes": [str(personne.pk) for personne in personnes],
        "places": [place.pk for place in places],
        "structures": [structure.code],
        "organisme": ailleurs.organisme.code,
        "rencontre": {**creation("rencontre", structure).corps, "maraude": str(maraude.pk)},
    }


@pytest.mark.parametrize("graine", range(2))
def test_everybody_writes_about_the_same_persons(
    api: Api,
    coordinatrice: Utilisateur,
    organisme: Organisme,
    espace_repos: Structure,
    autre_structure: Structure,
    equipe: Equipe,
    caplog: pytest.LogCaptureFixture,
    graine: int,
) -> None:
    client = api(coordinatrice)
    client.raise_request_exception = False
    monde = peupler(espace_repos, autre_structure, equipe)
    console = Client(raise_request_exception=False)
    console.force_login(coordinatrice, backend="django.contrib.auth.backends.ModelBackend")
    fils = [
        Fil(Agitation(client, console, monde, Random(f"{graine}.{fil}")).agir)
        for fil in range(FILS)
    ]
    bilan = sum((fil.resultat() for fil in fils), Counter())
    assert "transaction_reprise" not in caplog.messages
    assert not {fait for fait in bilan if fait[1] >= 500}
    # It was no storm in which nothing could be done.
    reussis = {nom for nom, statut in bilan if statut < 300}
    assert reussis >= {"attribuer", "lot", "arriver", "remettre", "deplacer"}, bilan
    remises = RemiseMateriel.objects.filter(pk__in=monde["remises"])
    assert remises.count() < len(monde["remises"]), bilan
    assert ("fusionner_en_page", 302) in bilan
    assert Fusion.objects.exists(), bilan
    verifier_tout()
    for fusion in fusions.les_dernieres_d_abord(Fusion.objects.filter(annulee_le=None)):
        fusions.annuler(fusion=fusion, auteur=None)
    verifier_tout()


def test_material_is_told_while_visits_move_and_days_are_counted(
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
    equipe: Equipe,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = api(coordinatrice)
    monde = peupler(espace_repos, autre_structure, equipe)
    console = Client()
    console.force_login(coordinatrice, backend="django.contrib.auth.backends.ModelBackend")
    fils = [
        Fil(Agitation(client, console, monde, Random(fil)).compter_et_remettre)
        for fil in range(FILS)
    ]
    bilan = sum((fil.resultat() for fil in fils), Counter())
    assert "transaction_reprise" not in caplog.messages
    assert {statut for _, statut in bilan} <= {200, 201, 302, 404}, bilan
    verifier_les_faits()
