"""A network made by chance: structures of several kinds, a night centre, people known or not."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from accueil.models import JourOuverture
from commun.horloge import PARIS
from contacts.enums import CategorieActe, Issue, MaterielRdR
from coordination.services import rapprocher_marques
from hebergement.enums import DestinationSortie, Dispositif, MotifSortie
from hebergement.occupation import recalculer_marques
from maraudes.enums import Milieu, StatutEtape, StatutMaraude
from socle.enums import Genre, TrancheAge, TypeStructure
from tests.factories import (
    ActeFactory,
    EquipeFactory,
    EtapeFactory,
    FermetureFactory,
    MaraudeFactory,
    OrganismeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SecteurFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)

# Where days are counted wrong: both changes of clock, 29 February, the turns of the year.
DELICATS = [
    datetime(2023, 3, 26, 1, 30), datetime(2023, 3, 26, 6, 30), datetime(2023, 10, 29, 2, 30),
    datetime(2023, 10, 29, 5, 59), datetime(2024, 2, 29, 23, 50), datetime(2024, 1, 1, 0, 10),
    datetime(2024, 1, 1, 6, 0), datetime(2022, 12, 31, 23, 59), datetime(2023, 4, 1, 0, 0),
]  # fmt: skip
DEBUT, FIN = datetime(2022, 1, 1), datetime(2024, 3, 9)


class Monde:
    """Everything up to the 9th of March 2024, from one seed."""

    def __init__(self, graine: int) -> None:
        self.hasard = random.Random(graine)
        tirer = self.hasard.choice
        organismes = OrganismeFactory.create_batch(2)
        self.structures = [
            StructureFactory(
                organisme=tirer(organismes), type=type_, arrondissement=arrondissement,
                heure_bascule=bascule,
            )
            for type_, arrondissement, bascule in (
                (TypeStructure.ESPACE_REPOS, "75018", "00:00"),
                (TypeStructure.HSA, "75010", "06:00"),
                (TypeStructure.CAARUD, "75018", "00:00"),
                (TypeStructure.CSAPA, "", "00:00"),
            )
        ]  # fmt: skip
        self.personnes = [
            PersonneFactory(
                organisme=tirer(organismes), genre=tirer(list(Genre)),
                annee_naissance=tirer([None, 1950, 1964, 1979, 1989, 1998, 2005, 2006]),
            )
            for _ in range(25)
        ]  # fmt: skip
        for _ in range(60):
            self.passer()
        # One of each kind at least, then what comes.
        for statut, milieu in product(StatutMaraude, Milieu):
            self.tourner(statut, milieu, datetime(2023, 5, 2, 22, tzinfo=PARIS), None)
        for _ in range(8):
            tires = (self.hasard.choice(list(valeurs)) for valeurs in (StatutMaraude, Milieu))
            self.tourner(*tires, self.instant(), self.personne())
        self.heberger()
        self.orienter()
        self.suivre()
        recalculer_marques()
        rapprocher_marques()

    def instant(self) -> datetime:
        """Often a delicate one."""
        secondes = int((FIN - DEBUT).total_seconds())
        mur = (
            self.hasard.choice(DELICATS)
            if self.hasard.random() < 0.3
            else DEBUT + timedelta(seconds=self.hasard.randrange(secondes))
        )
        return mur.replace(tzinfo=PARIS, fold=self.hasard.randrange(2))

    def jour(self) -> date:
        return DEBUT.date() + timedelta(days=self.hasard.randrange((FIN - DEBUT).days))

    def personne(self) -> Any:
        return self.hasard.choice([None] * 8 + self.personnes)

    def vu(self) -> dict[str, Any]:
        return {
            "contact__tranche_age_observee": self.hasard.choice(list(TrancheAge)),
            "genre_observe": self.hasard.choice(list(Genre)),
        }

    def faire(self, contact: Any) -> None:
        """Sometimes an act, sometimes material."""
        if self.hasard.random() < 0.5:
            ActeFactory(contact=contact, categorie=self.hasard.choice(list(CategorieActe)))
        if self.hasard.random() < 0.4:
            donne, repris = self.hasard.randrange(4), self.hasard.randrange(1, 3)
            RemiseMaterielFactory(
                contact=contact, materiel=self.hasard.choice(list(MaterielRdR)),
                quantite_distribuee=donne, quantite_recuperee=repris - bool(donne),
            )  # fmt: skip

    def passer(self) -> None:
        structure = self.hasard.choice(self.structures[:3])
        passage = PassageFactory(
            structure=structure, personne=self.personne(), survenu_le=self.instant(), **self.vu()
        )
        self.faire(passage.contact)
        ouverte = self.hasard.random() < 0.8
        JourOuverture.objects.get_or_create(
            structure=structure, jour=self.jour(), defaults={"ouverte": ouverte}
        )

    def tourner(self, statut: Any, milieu: Any, debut: datetime, personne: Any) -> None:
        heures: dict[str, Any] = {}
        if statut in {StatutMaraude.EN_COURS, StatutMaraude.CLOTUREE}:
            heures["debut_le"] = debut
        if statut == StatutMaraude.CLOTUREE:
            heures["fin_le"] = debut + timedelta(hours=4)
        maraude = MaraudeFactory(
            equipe=EquipeFactory(structure=self.hasard.choice(self.structures)), milieu=milieu,
            statut=statut, jour_prevu=debut.date(), **heures,
        )  # fmt: skip
        if "debut_le" not in heures:
            return
        # A target of one is met when the round is closed, one of two as often as not.
        tirer = self.hasard.choice
        secteur = SecteurFactory(
            milieu=milieu, arrondissement="75019", frequence_cible=tirer([None, 1, 1, 2])
        )
        for etape in [StatutEtape.VISITEE, *(tirer(list(StatutEtape)) for _ in range(2))]:
            EtapeFactory(maraude=maraude, secteur=secteur, statut=etape)
        secteurs = [None, secteur]
        for issue in (*Issue, Issue.ECHANGE):
            rencontre = RencontreFactory(
                maraude=maraude, secteur=self.hasard.choice(secteurs), personne=personne,
                issue=issue, survenu_le=debut + timedelta(minutes=self.hasard.randrange(240)),
                **self.vu(),
            )  # fmt: skip
            self.faire(rencontre.contact)
            personne = self.personne()

    def heberger(self) -> None:
        tirer = self.hasard.choice
        sites = [
            SiteFactory(structure=tirer(self.structures), dispositif=dispositif,
                        arrondissement=tirer(["", "75010", "75020"]))
            for dispositif in (*Dispositif, Dispositif.ASSORE)
        ]  # fmt: skip
        lits = [
            PlaceFactory(site=tirer(sites), ouverte_le=date(2022, self.hasard.randrange(1, 12), 1))
            for _ in range(6)
        ]
        libres = list(self.personnes)
        self.hasard.shuffle(libres)
        for rang, lit in enumerate(lits):
            jour = lit.ouverte_le + timedelta(days=self.hasard.randrange(40))
            precedent = None
            while jour < FIN.date() and libres:
                duree = tirer([0, 1, 30, 90, 400]) if rang else 300
                depart = jour + timedelta(days=duree)
                fini = depart < FIN.date()
                sejour = SejourFactory(
                    place=lit, personne=libres.pop(), arrivee=jour, depart=depart if fini else None,
                    motif_sortie=tirer(["", *MotifSortie]) if fini else "",
                    destination=tirer(["", *DestinationSortie]) if fini else "",
                )  # fmt: skip
                precedent = sejour if fini and duree else precedent
                jour = depart + timedelta(days=self.hasard.randrange(1, 30))
            if precedent is not None:
                self.transferer(precedent, tirer(sites))
            # Also over stays: these nights are anomalies.
            FermetureFactory(
                place=lit, debut=date(2023, tirer([2, 11]), 1),
                fin=tirer([None, date(2024, 2, 20)]), motif_forcage="Dégât des eaux",
            )  # fmt: skip

    def transferer(self, sejour: Any, site: Any) -> None:
        """To a place of its own, for ten days."""
        place = PlaceFactory(site=site, ouverte_le=sejour.depart)
        fin = min(sejour.depart + timedelta(days=10), FIN.date())
        SejourFactory(
            place=place, personne=sejour.personne, arrivee=sejour.depart, suite_de=sejour,
            depart=fin, motif_sortie=self.hasard.choice(list(MotifSortie)),
            destination=self.hasard.choice(list(DestinationSortie)),
        )  # fmt: skip

    def orienter(self) -> None:
        for _ in range(25):
            instant, personne = self.instant(), self.personne()
            vers = self.hasard.choice(self.structures)
            annulee = self.hasard.random() < 0.2
            OrientationFactory(
                personne=personne, structure=vers, saisi_le=instant, survenu_le=instant,
                structure_origine=self.hasard.choice(self.structures),
                **({"decision": "ANNULEE", "decidee_le": instant} if annulee else {}),
            )  # fmt: skip
            if self.hasard.random() < 0.6:
                apres = timedelta(days=self.hasard.choice([0, 5, 29, 30, 31]), minutes=1)
                PassageFactory(structure=vers, personne=personne, survenu_le=instant + apres)

    def suivre(self) -> None:
        """Of eight met on one evening, each comes one step further than the one before."""
        soir = datetime(2023, 6, 5, 21, tzinfo=PARIS)
        origine, vers = self.structures[0], self.structures[3]
        site = SiteFactory(structure=vers, arrondissement="75020")
        maraude = MaraudeFactory(
            equipe=EquipeFactory(structure=origine), milieu=Milieu.SURFACE, debut_le=soir,
            fin_le=soir + timedelta(hours=3), statut=StatutMaraude.CLOTUREE,
        )  # fmt: skip
        # The nights of the last one are in two rooms.
        for nuits in ("rencontrée", "refuse", "passe", 3, 20, 60, 120, 200):
            personne = PersonneFactory()
            RencontreFactory(
                maraude=maraude, secteur=None, personne=personne, issue=Issue.ECHANGE,
                survenu_le=soir,
            )  # fmt: skip
            if nuits == "rencontrée":
                continue
            instant = soir + timedelta(days=2)
            refus = {"decision": "REFUSEE_PERSONNE", "decidee_le": instant}
            OrientationFactory(
                personne=personne, structure=vers, structure_origine=origine, saisi_le=instant,
                survenu_le=instant, **(refus if nuits == "refuse" else {}),
            )  # fmt: skip
            jour = (instant + timedelta(days=3)).date()
            if nuits == "passe":
                PassageFactory(
                    structure=vers, personne=personne, survenu_le=instant + timedelta(days=3)
                )
            elif isinstance(nuits, int):
                sejour = SejourFactory(
                    place=PlaceFactory(site=site, ouverte_le=jour), personne=personne,
                    arrivee=jour, depart=jour + timedelta(days=nuits),
                )  # fmt: skip
        self.transferer(sejour, site)
