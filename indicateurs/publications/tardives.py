"""How much of what changed came late, told beside what was corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self
from uuid import UUID

from django.db import connection

from indicateurs.models import OUVERTURE, Publication, SaisieEnAttente
from indicateurs.publications.admission import Ligne, Registre
from indicateurs.publications.cellules import Cle, cle_de
from indicateurs.publications.comptage import Entrees, mois_de
from indicateurs.publications.contributions import CLE, TABLE
from indicateurs.publications.corrections import Comparaison, ligne_de
from indicateurs.publications.figures import est_de_personnes
from indicateurs.publications.livre import jour_de

# Of each line, whatever file of a person it names: see `Faits`.
LIGNES = f"""
WITH fusions AS (SELECT * FROM unnest(%(alias)s::uuid[], %(gardes)s::uuid[]) AS f (alias, garde)),
rangs AS (
    SELECT * FROM unnest(%(publications)s::uuid[]) WITH ORDINALITY AS r (publication_id, rang)
),
lus AS (SELECT * FROM unnest(%(mois)s::date[], %(lus)s::int[]) AS l (mois, lu)),
toutes AS (
    SELECT {CLE}, valeur AS connues, tardives, recentes, 0 AS attendaient, 0 AS ecrites,
        valeur AS attendent
    FROM {TABLE} WHERE mois = ANY (%(mois)s)
    UNION ALL
    SELECT {CLE}, 0, 0, 0, 0, CASE WHEN rang > lu THEN valeur ELSE 0 END, -valeur
    FROM indicateurs_ecriture JOIN rangs USING (publication_id) JOIN lus USING (mois)
    WHERE indicateur <> '{OUVERTURE}'
    UNION ALL
    SELECT {CLE}, 0, 0, 0, valeur, 0, 0
    FROM indicateurs_saisieenattente JOIN rangs USING (publication_id) JOIN lus USING (mois)
    WHERE rang = lu
)
SELECT mois, indicateur, structure, arrondissement, axes, coalesce(garde, personne) AS personne,
    sum(connues)::bigint, sum(tardives)::bigint, sum(recentes)::bigint, sum(attendaient)::bigint,
    sum(ecrites)::bigint, sum(attendent)::bigint
FROM toutes LEFT JOIN fusions ON alias = personne
GROUP BY mois, indicateur, structure, arrondissement, axes, coalesce(garde, personne)
HAVING sum(tardives) > 0 OR sum(attendaient) > 0 OR sum(ecrites) <> 0 OR sum(attendent) <> 0
"""
LUES = f"""
SELECT {CLE}, sum(valeur)::bigint FROM {{livre}} AS livre
WHERE personne = ANY (%(personnes)s) AND indicateur = ANY (%(figures)s)
GROUP BY {CLE} HAVING sum(valeur) > 0
"""
Personnes = Mapping[Cle, set[UUID]]


class Faits(NamedTuple):
    """What there is to tell of a line, or of a cell.

    Its rows that are known now; those of them that came since its month was counted, and since it
    was told last; what had come late then and waited; how much was written since, and is not yet.
    """

    connues: int = 0
    tardives: int = 0
    recentes: int = 0
    attendaient: int = 0
    ecrites: int = 0
    attendent: int = 0

    def plus(self, autres: Faits) -> Faits:
        return Faits(*(un + autre for un, autre in zip(self, autres, strict=True)))

    @property
    def tard(self) -> int:
        """How many rows that nobody was told of came late; of those that waited, as many as there
        still are."""
        return self.recentes + min(self.attendaient, self.tardives - self.recentes)

    @property
    def attendent_tard(self) -> tuple[int, int]:
        """How many of these certainly wait still, of a line, and how many at most: where some rows
        of it were written and others not, nothing tells which."""
        if not self.ecrites and self.attendent:
            return self.tard, self.tard
        if self.attendent <= 0:
            return 0, 0
        return max(0, self.tard - max(self.ecrites, 0)), min(self.tard, self.attendent)

    def partager(self, ecrites: int, attendent: int) -> tuple[int, int]:
        """How many are told as late in what changed of a cell, and in what waits: with as little as
        possible called a correction, and else what is late written first.

        Args:
            ecrites, attendent: how many certainly were written and certainly wait, as its lines
                say.
        """
        au_plus = max(self.tard - ecrites, 0)
        if not self.attendent:
            reste = 0
        elif not self.ecrites:
            reste = au_plus
        else:
            bas, haut = sorted((self.tard - self.ecrites, self.attendent))
            reste = min(max(attendent, bas), max(haut, attendent), au_plus)
        return self.tard - reste, reste


@dataclass(frozen=True)
class Tardives:
    """What came late in the months of a publication: after these were told last, by the revision
    before, or where there is none by any other that told of them; or before, and waited then.

    Args:
        lignes: all that changed, or came late.
        avant: what had been written when the months were told last.
    """

    comparaison: Comparaison
    precedente: Publication | None
    lignes: Mapping[Ligne, Faits]
    avant: Entrees

    @classmethod
    def de(cls, comparaison: Comparaison, precedente: Publication | None) -> Self:
        """
        Args:
            precedente: the last signed revision of the period.
        """
        livre, publication = comparaison.livre, comparaison.publication
        mois = mois_de(publication.periode)
        lus = livre.lus_avant(mois, precedente)
        with connection.cursor() as cursor:
            cursor.execute(
                LIGNES,
                {
                    "alias": list(comparaison.qui),
                    "gardes": list(comparaison.qui.values()),
                    "publications": [*(p.pk for p in livre.publications), publication.pk],
                    "mois": [jour_de(code) for code in lus],
                    # Ranks begin with 0, an ordinality with 1.
                    "lus": [lu + 1 for lu in lus.values()],
                },
            )
            lignes = {ligne_de([*ligne[:6]]): Faits(*ligne[6:]) for ligne in cursor.fetchall()}
        return cls(
            comparaison, precedente, lignes, livre.entrees(mois, max(lus.values(), default=-1))
        )

    def garder(self) -> None:
        """Let the next publication know what waits."""
        publication = self.comparaison.publication
        SaisieEnAttente.objects.bulk_create(
            SaisieEnAttente(
                publication=publication, valeur=attendent,
                **ligne._asdict() | {"axes": dict(ligne.axes)},
            )
            for ligne, faits in self.lignes.items()
            if (attendent := faits.attendent_tard[1]) > 0
        )  # fmt: skip

    def par_cellule(self) -> dict[Cle, tuple[int, int]]:
        """How much of what changed in each cell came late, and of what waits."""
        registre = self.comparaison.registre([])
        de_chaque: dict[Cle, Faits] = defaultdict(Faits)
        ecrites: dict[Cle, int] = defaultdict(int)
        attendent: dict[Cle, int] = defaultdict(int)
        for ligne, faits in self.lignes.items():
            au_moins, au_plus = faits.attendent_tard
            for cle in self._cellules(registre, ligne):
                de_chaque[cle] = de_chaque[cle].plus(faits)
                ecrites[cle] += faits.tard - au_plus
                attendent[cle] += au_moins
        if self.precedente is not None:
            for chiffre in self.precedente.chiffres.filter(exacte__isnull=False):
                cle = cle_de(self.precedente.periode, chiffre)
                if cle in de_chaque:
                    dit = chiffre.attente_tardive
                    de_chaque[cle] = de_chaque[cle]._replace(attendaient=dit)
        partages = {
            cle: faits.partager(ecrites[cle], attendent[cle])
            for cle, faits in de_chaque.items()
            if not est_de_personnes(cle.indicateur)
        }
        return partages | self._de_personnes(registre)

    def _de_personnes(self, registre: Registre) -> dict[Cle, tuple[int, int]]:
        """Of figures of persons, how many of those who were not in a cell came late there: with
        what has come since, or with what had come before and was told nowhere."""
        lignes = {
            ligne: faits
            for ligne, faits in self.lignes.items()
            if ligne.personne
            and est_de_personnes(ligne.indicateur)
            and (faits.tardives > 0 or faits.attendaient > 0)
        }
        if not lignes:
            return {}
        livre, publication = self.comparaison.livre, self.comparaison.publication
        maintenant = livre.entrees(mois_de(publication.periode), livre.dernier).avec(publication)
        lues_avant, lues = (list(self._lues(lignes, ecrit)) for ecrit in (self.avant, maintenant))
        attendaient = {
            (ligne.indicateur, registre.personne(ligne))
            for ligne, faits in lignes.items()
            if faits.attendaient > 0
        }
        dites = {(ligne.indicateur, registre.personne(ligne)) for ligne in lues_avant}
        tard = [
            ligne
            for ligne, faits in lignes.items()
            if faits.connues > 0
            and faits.tardives > 0
            and (
                faits.recentes > 0
                or (qui := (ligne.indicateur, registre.personne(ligne))) in attendaient
                or qui not in dites
            )
        ]
        venues, avant, ecrites = (
            self._personnes(registre, quoi) for quoi in (tard, lues_avant, lues)
        )
        return {
            cle: (len(nouvelles & ecrites[cle]), len(nouvelles - ecrites[cle]))
            for cle, qui in venues.items()
            if (nouvelles := qui - avant[cle])
        }

    def _lues(self, lignes: Iterable[Ligne], ecrit: Entrees) -> Iterator[Ligne]:
        """Where the book had the persons of these lines, under whatever file."""
        with connection.cursor() as cursor:
            cursor.execute(
                LUES.format(livre=ecrit.requete),
                ecrit.parametres
                | {
                    "personnes": self.comparaison.leurs_fichiers(li.personne for li in lignes),
                    "figures": list({ligne.indicateur for ligne in lignes}),
                },
            )
            for *cle, _ in cursor.fetchall():
                yield ligne_de(cle)

    def _personnes(self, registre: Registre, lignes: Iterable[Ligne]) -> Personnes:
        de_qui: dict[Cle, set[UUID]] = defaultdict(set)
        for ligne in lignes:
            personne = registre.personne(ligne)
            if personne is not None:
                for cle in self._cellules(registre, ligne):
                    de_qui[cle].add(personne)
        return de_qui

    def _cellules(self, registre: Registre, ligne: Ligne) -> Iterator[Cle]:
        periode = self.comparaison.publication.periode
        for ou, figures in registre.places(ligne):
            for figure in figures if ou.periode == periode else ():
                yield ou.cle(figure)
