"""A year of a network made by chance: some months are full, of some there is hardly anybody."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from contacts.enums import CategorieActe, Issue
from hebergement.enums import DestinationSortie, MotifSortie
from hebergement.occupation import recalculer_tout
from socle.enums import Genre
from socle.models import Structure
from tests.factories import (
    ActeFactory,
    EquipeFactory,
    MaraudeFactory,
    OrganismeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)

LIEUX = [("ESPACE_REPOS", "75018"), ("CAARUD", "75018"), ("CAARUD", "75019"), ("HSA", "75010")]
GENRES = [Genre.H] * 12 + [Genre.F] * 4 + [Genre.NON_RENSEIGNE] * 2 + [Genre.AUTRE]
ACTES = [CategorieActe.SOINS_INFIRMIERS] * 8 + [
    CategorieActe.ACCES_AUX_DROITS, CategorieActe.ACCES_AUX_DROITS, CategorieActe.HYGIENE
]  # fmt: skip
MOTIFS = [MotifSortie.DEPART_VOLONTAIRE] * 8 + [MotifSortie.DECES]


class Saisons:
    """Everything that came in 2023, from one seed, by month.

    Args:
        combien: of each month that is told, how many visits; else by chance.
    """

    def __init__(self, graine: int, combien: dict[int, int] | None = None) -> None:
        self.hasard = random.Random(graine)
        tirer = self.hasard.choice
        self.combien = combien or {m: tirer([0, 4, 9, 15, 30, 50]) for m in range(1, 13)}
        self.organismes = OrganismeFactory.create_batch(2)
        self.structures: list[Structure] = [
            StructureFactory(
                organisme=self.organismes[n % 2], type=sorte, arrondissement=lieu, code=f"c-{n}"
            )
            for n, (sorte, lieu) in enumerate(LIEUX)
        ]
        self.personnes = [self.naitre() for _ in range(20)]
        self.site = SiteFactory(structure=self.structures[3], arrondissement="75010")
        for mois, visites in self.combien.items():
            for _ in range(visites):
                self.passer(mois)
            if visites and self.hasard.random() < 0.7:
                self.tourner(mois, visites // 2)
            for _ in range(visites // 3):
                self.loger(mois)
            for _ in range(visites // 3):
                self.orienter(mois)
        recalculer_tout()

    def naitre(self) -> Any:
        return PersonneFactory(
            organisme=self.organismes[0], genre=self.hasard.choice(GENRES),
            annee_naissance=self.hasard.choice([None, 1970, 1990]),
        )  # fmt: skip

    def personne(self, connues: float = 0.3, inconnue: float = 0.08) -> Any:
        sort = self.hasard.random()
        if sort < inconnue:
            return None
        if sort < inconnue + connues:
            return self.hasard.choice(self.personnes)
        self.personnes.append(self.naitre())
        return self.personnes[-1]

    def instant(self, mois: int) -> datetime:
        return datetime(2023, mois, self.hasard.randrange(1, 27), 12, tzinfo=UTC)

    def passer(self, mois: int) -> None:
        (structure,) = self.hasard.choices(self.structures, [12, 6, 3, 2])
        passage = PassageFactory(
            structure=structure, personne=self.personne(), survenu_le=self.instant(mois)
        )
        if self.hasard.random() < 0.7:
            ActeFactory(contact=passage.contact, categorie=self.hasard.choice(ACTES))
        if self.hasard.random() < 0.2:
            RemiseMaterielFactory(
                contact=passage.contact, quantite_distribuee=self.hasard.randrange(1, 4),
                quantite_recuperee=self.hasard.randrange(3),
            )  # fmt: skip

    def tourner(self, mois: int, combien: int) -> None:
        debut = self.instant(mois)
        maraude = MaraudeFactory(
            equipe=EquipeFactory(structure=self.hasard.choice(self.structures[:2])),
            statut="CLOTUREE", jour_prevu=debut.date(), debut_le=debut,
            fin_le=debut + timedelta(hours=4),
        )  # fmt: skip
        for n in range(combien):
            issue = self.hasard.choice([Issue.ECHANGE] * 9 + [Issue.REFUS, Issue.INDISPONIBLE])
            RencontreFactory(
                maraude=maraude, personne=self.personne(0.4, 0.25), issue=issue,
                survenu_le=debut + timedelta(minutes=n),
            )  # fmt: skip

    def loger(self, mois: int) -> None:
        arrivee = self.instant(mois).date()
        depart = arrivee + timedelta(days=self.hasard.choice([1, 2, 5, 30]))
        SejourFactory(
            place=PlaceFactory(site=self.site, ouverte_le=arrivee), personne=self.naitre(),
            arrivee=arrivee, depart=min(depart, date(2024, 3, 1)),
            motif_sortie=self.hasard.choice(MOTIFS),
            destination=self.hasard.choice(list(DestinationSortie)),
        )  # fmt: skip

    def orienter(self, mois: int) -> None:
        quand, personne = self.instant(mois), self.personne(0.6)
        vers, de = self.hasard.sample(self.structures, 2)
        annulee = self.hasard.random() < 0.1
        OrientationFactory(
            personne=personne, structure=vers, structure_origine=de, saisi_le=quand,
            survenu_le=quand, **({"decision": "ANNULEE", "decidee_le": quand} if annulee else {}),
        )  # fmt: skip
        if self.hasard.random() < 0.6:
            PassageFactory(
                structure=vers, personne=personne, survenu_le=quand + timedelta(minutes=1)
            )
