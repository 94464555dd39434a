"""What changed since months were counted, and what of it is written in the book."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection

from indicateurs.bornes import groupes
from indicateurs.enums import Niveau
from indicateurs.models import Publication
from indicateurs.periodes import contenantes
from indicateurs.publications.admission import Admission, Changement, Ligne, Registre
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.comptage import Entrees, denombrer, mois_de
from indicateurs.publications.contributions import CLE, TABLE
from indicateurs.publications.decoupe import (
    DISPONIBLES,
    OCCUPEES,
    Nuits,
    couper,
    de_trop_la_nuit,
)
from indicateurs.publications.figures import (
    ABOUTIES,
    CONTACTS,
    ECHUES,
    ECRITES,
    ORIENTATIONS,
    PRESENCE,
    PRESENCES,
)
from indicateurs.publications.livre import Livre, corriger, marquer
from indicateurs.sources import Axe, du_fichier
from socle.enums import Genre, TrancheAge
from socle.models import Fusion, Personne, Structure

# Of which what is told of a person is what their file says, else what was seen.
DU_CONTACT = frozenset(
    i.code for i in ECRITES if i.mesure and i.mesure.source.personne == "contact__personne"
)
INCONNUS: dict[str, str] = {
    Axe.GENRE: Genre.NON_RENSEIGNE.value,
    Axe.AGE: TrancheAge.NON_RENSEIGNE.value,
}
DIFFERENCES = f"""
SELECT {CLE}, sum(valeur)::bigint FROM (
    SELECT {CLE}, valeur FROM {TABLE} WHERE mois = ANY (%(mois)s)
    UNION ALL
    SELECT {CLE}, -valeur FROM {{livre}} AS livre
) AS toutes
GROUP BY {CLE} HAVING sum(valeur) <> 0
"""
GARDER = f"""
INSERT INTO {TABLE} ({CLE}, valeur, anciennes)
SELECT {CLE}, sum(valeur), sum(valeur) FROM {{livre}} AS livre
WHERE personne IS NOT NULL AND NOT EXISTS (SELECT FROM socle_personne WHERE uuid = personne)
GROUP BY {CLE} HAVING sum(valeur) <> 0
"""
SOLDES = f"""
SELECT {CLE}, sum(valeur)::bigint FROM {{livre}} AS livre
WHERE indicateur = ANY (%(figures)s)
  AND (%(personnes)s::uuid[] IS NULL OR personne = ANY (%(personnes)s))
GROUP BY {CLE} HAVING sum(valeur) <> 0
"""
NUITS = f"""
SELECT mois, structure, arrondissement, axes,
    sum(CASE indicateur WHEN '{DISPONIBLES}' THEN valeur ELSE -valeur END)::bigint
FROM {{livre}} AS livre WHERE indicateur IN ('{DISPONIBLES}', '{OCCUPEES}')
GROUP BY mois, structure, arrondissement, axes
"""
# Of the orientations that the book has: of those that it has not, or no more, nothing is known yet
# of whether they arrived, or one who came late would be told. Whoever is another file's since is
# found under it.
MURIR = f"""
WITH fusions AS (SELECT * FROM unnest(%(alias)s::uuid[], %(gardes)s::uuid[]) AS f (alias, garde)),
ecrites AS (
    SELECT mois, structure, arrondissement, axes, personne, sum(valeur) AS valeur
    FROM {{livre}} AS livre WHERE indicateur = '{ORIENTATIONS}' AND personne IS NOT NULL
    GROUP BY mois, structure, arrondissement, axes, personne HAVING sum(valeur) > 0
),
rangees AS (
    SELECT ecrites.*, axes ->> '{Axe.ORIENTEE_VERS}' AS vers, coalesce(garde, personne) AS qui,
        sum(valeur) OVER (
            PARTITION BY mois, structure, arrondissement, axes ->> '{Axe.ORIENTEE_VERS}',
                coalesce(garde, personne)
            ORDER BY personne, axes
        ) - valeur AS avant
    FROM ecrites LEFT JOIN fusions ON alias = personne
),
arrivees AS (
    SELECT mois, structure, arrondissement, axes ->> '{Axe.ORIENTEE_VERS}' AS vers,
        coalesce(garde, personne) AS qui, sum(valeur) AS combien
    FROM {TABLE} LEFT JOIN fusions ON alias = personne
    WHERE indicateur = '{ABOUTIES}' AND mois = ANY (%(mois)s)
    GROUP BY mois, structure, arrondissement, vers, qui
)
INSERT INTO indicateurs_ecriture (publication_id, {CLE}, valeur)
SELECT %(publication)s, mois, '{ECHUES}', structure, arrondissement, axes, personne, valeur
FROM ecrites
UNION ALL
SELECT %(publication)s, mois, '{ABOUTIES}', structure, arrondissement, axes, personne,
    least(valeur, combien - avant)
FROM rangees JOIN arrivees USING (mois, structure, arrondissement, vers, qui)
WHERE combien > avant
"""
ECRITURES = f"""
SELECT {CLE}, publication_id, valeur FROM {{livre}} AS livre
WHERE personne = ANY (%(personnes)s) OR publication_id = ANY (%(correctrices)s)
"""
DE_QUI = """
SELECT DISTINCT personne FROM indicateurs_ecriture
WHERE publication_id = ANY (%s) AND personne IS NOT NULL
"""
# Events say what was seen only where the file says nothing.
DIRE = f"""
UPDATE {TABLE} AS c SET axes = axes || CASE
    WHEN indicateur = '{PRESENCE}' THEN jsonb_build_object('genre', genre, 'age', age)
    ELSE jsonb_strip_nulls(jsonb_build_object(
        'genre', nullif(genre, '{Genre.NON_RENSEIGNE.value}'),
        'age', nullif(age, '{TrancheAge.NON_RENSEIGNE.value}')))
END
FROM unnest(%(personnes)s::uuid[], %(genres)s::text[], %(ages)s::text[])
    AS dit (qui, genre, age)
WHERE c.personne = qui AND indicateur = ANY (%(figures)s)
"""
Dit = tuple[str, str]


class Comparaison:
    """The book of a year beside what is known now.

    Args:
        livre: of what was signed.
        publication: that is prepared.
    """

    def __init__(self, livre: Livre, publication: Publication) -> None:
        self.livre, self.publication = livre, publication
        # Whether something that had been counted changes with it.
        self.corrigee = False
        self.muris: Collection[str] = ()
        code = publication.periode
        self.annee = mois_de((code, *contenantes(code))[-1])
        self.revisables = livre.revisables(code)
        # Who was ever taken for somebody else's file.
        self.qui = groupes(Fusion.objects.values_list("gardee", "alias"))

    def dire(self, sauf: Iterable[UUID] = ()) -> None:
        """Let who may be written now be what the book says of them, whatever their file says since:
        a person has one gender and one age in a year. But those of whom it was corrected."""
        dits = {p: dit for p, (dit, _) in self.autrement_dits.items() if p not in set(sauf)}
        with connection.cursor() as cursor:
            cursor.execute(
                DIRE,
                {
                    "personnes": list(dits),
                    "genres": [genre for genre, _ in dits.values()],
                    "ages": [age for _, age in dits.values()],
                    "figures": [PRESENCE, *DU_CONTACT],
                },
            )

    def garder(self, mois: Collection[str]) -> None:
        """Let what was written of files that were purged since be known still: of these nothing is
        known any more, not even when they came, and what is written stays."""
        entrees = self.livre.entrees(mois, self.livre.dernier)
        with connection.cursor() as cursor:
            cursor.execute(GARDER.format(livre=entrees.requete), entrees.parametres)

    def murir(self, mois: Collection[str]) -> None:
        """Write what is known by now of months that were counted too early to know."""
        self.muris = mois
        if not mois:
            return
        marquer(self.publication, mois, murs=True)
        entrees = self.livre.entrees(mois, self.livre.dernier)
        fusions = {
            "alias": list(self.qui),
            "gardes": list(self.qui.values()),
            "publication": self.publication.pk,
        }
        with connection.cursor() as cursor:
            cursor.execute(MURIR.format(livre=entrees.requete), entrees.parametres | fusions)

    def corriger(self) -> None:
        """Write what changed in the months that this revision corrects, as far as it may move."""
        if not self.revisables:
            self.dire()
            return
        redits = self._ecrire(self._redire(), {})
        self.dire(sauf=[ligne.personne for c in redits for ligne in c.lignes if ligne.personne])
        differences = self.differences(self._entrees(self.revisables))
        personnes = self.leurs_fichiers(ligne.personne for ligne in differences)
        soldes = dict(self._soldes([*CONTACTS, *PRESENCES], personnes))
        self._ecrire(couper(differences, soldes, self.qui), self._libres_la_nuit())

    def tout_attend(self) -> None:
        """Write none of it: then what is known by now is of what the book had before."""
        self.publication.ecritures.filter(mois__in=list(self.livre.ouvertures)).delete()
        self.corrigee = False
        self.murir(self.muris)

    @cached_property
    def autrement_dits(self) -> dict[UUID, tuple[Dit, Dit]]:
        """Of whom the book says something else than their file: both."""
        dits: dict[UUID, Dit] = {}
        for ligne, _ in self._soldes([PRESENCE]):
            if ligne.personne is not None:
                axes = dict(ligne.axes)
                dits[ligne.personne] = (axes[Axe.GENRE], axes[Axe.AGE])
        annee = int(self.publication.periode[:4])
        axes = {f"dit_{axe}": valeur(annee) for axe, valeur in du_fichier().items()}
        fichiers = Personne.objects.filter(pk__in=dits, alias_de=None).annotate(**axes)
        return {
            pk: (dits[pk], (genre, age))
            for pk, genre, age in fichiers.values_list("pk", "dit_genre", "dit_age")
            if dits[pk] != (genre, age)
        }

    def _redire(self) -> list[Changement]:
        """What files say otherwise than the book: of the whole year at once, for each."""
        autrement = self.autrement_dits
        de_chacun: dict[UUID, dict[Ligne, int]] = defaultdict(lambda: defaultdict(int))
        for ligne, combien in self._soldes([PRESENCE, *DU_CONTACT], list(autrement)):
            if ligne.personne is None:
                continue
            _, (genre, age) = autrement[ligne.personne]
            dit = {Axe.GENRE.value: genre, Axe.AGE.value: age}
            if ligne.indicateur != PRESENCE:
                dit = {axe: code for axe, code in dit.items() if code != INCONNUS[axe]}
            apres = ligne._replace(axes=_axes(dict(ligne.axes) | dit))
            de_chacun[ligne.personne][ligne] -= combien
            de_chacun[ligne.personne][apres] += combien
        return [
            Changement({ligne: combien for ligne, combien in lignes.items() if combien})
            for lignes in de_chacun.values()
        ]

    def differences(self, entrees: Entrees) -> dict[Ligne, int]:
        """What is known now beyond what was written."""
        with connection.cursor() as cursor:
            cursor.execute(DIFFERENCES.format(livre=entrees.requete), entrees.parametres)
            return {ligne_de(cle): combien for *cle, combien in cursor.fetchall()}

    def _ecrire(
        self, changements: Iterable[Changement], libres: Mapping[Nuits, int]
    ) -> list[Changement]:
        """Write those that may be."""
        changements = list(changements)
        admission = Admission(changements, self.registre(changements))
        admission.tenir()
        while de_trop := de_trop_la_nuit(admission.pris, libres):
            admission.retirer(de_trop)
            admission.tenir()
        corriger(self.publication, admission.pris)
        self.corrigee |= bool(admission.pris)
        return list(admission.pris)

    def registre(self, changements: Iterable[Changement]) -> Registre:
        correctrices = [self.livre.publications[rang].pk for rang in self.livre.corrections]
        correctrices.append(self.publication.pk)
        with connection.cursor() as cursor:
            cursor.execute(DE_QUI, [correctrices])
            deja = [personne for (personne,) in cursor.fetchall()]
            concernees = [ligne.personne for c in changements for ligne in c.lignes]
            entrees = self._entrees(self.annee)
            cursor.execute(
                ECRITURES.format(livre=entrees.requete),
                entrees.parametres
                | {
                    "personnes": self.leurs_fichiers((*concernees, *deja)),
                    "correctrices": correctrices,
                },
            )
            lues = cursor.fetchall()
        rangs = {pk: rang for rang, pk in enumerate(entrees.publications or ())}
        comptes: dict[str, dict[Cle, Decompte]] = {}

        def connues(cle: Cle) -> int:
            periode = cle.periode
            if periode not in comptes:
                comptes[periode] = denombrer(periode, self._entrees(mois_de(periode)))
            return comptes[periode].get(cle, Decompte(0)).personnes or 0

        return Registre(
            [(ligne_de(cle), rangs[pk], valeur) for *cle, pk, valeur in lues],
            self.livre.etats(),
            {
                s.code: {Niveau.TYPE.value: s.type, Niveau.ORGANISME.value: s.organisme.code}
                for s in Structure.objects.select_related("organisme")
            },
            self.qui,
            connues,
        )

    def _soldes(
        self, figures: Iterable[str], personnes: list[UUID] | None = None
    ) -> Iterator[tuple[Ligne, int]]:
        """What the book has of some figures in the year; of these persons, or of all."""
        entrees = self._entrees(self.annee)
        with connection.cursor() as cursor:
            cursor.execute(
                SOLDES.format(livre=entrees.requete),
                entrees.parametres | {"figures": list(figures), "personnes": personnes},
            )
            lues = cursor.fetchall()
        for *cle, combien in lues:
            yield ligne_de(cle), combien

    def _libres_la_nuit(self) -> dict[Nuits, int]:
        """How many available nights of each month and site the book has, that nobody slept."""
        entrees = self._entrees(self.annee)
        with connection.cursor() as cursor:
            cursor.execute(NUITS.format(livre=entrees.requete), entrees.parametres)
            lues = cursor.fetchall()
        return {
            Nuits(mois, structure, arrondissement, _axes(json.loads(axes))): libres
            for mois, structure, arrondissement, axes, libres in lues
        }

    def _entrees(self, mois: Iterable[str]) -> Entrees:
        """What was written of some months, with what is now."""
        return self.livre.entrees(mois, self.livre.dernier).avec(self.publication)

    def leurs_fichiers(self, personnes: Iterable[UUID | None]) -> list[UUID]:
        """All files of these persons, and those that are theirs since."""
        gardes = {self.qui.get(p, p) for p in personnes if p is not None}
        return [*gardes, *(pk for pk, garde in self.qui.items() if garde in gardes)]


def ligne_de(cle: list[Any]) -> Ligne:
    mois, indicateur, structure, arrondissement, axes, personne = cle
    return Ligne(mois, indicateur, structure, arrondissement, _axes(json.loads(axes)), personne)


def _axes(axes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(axes.items()))
