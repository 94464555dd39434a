"""How much of what changed came late, told beside what was corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db import connection

from indicateurs.models import OUVERTURE, Publication, SaisieEnAttente
from indicateurs.publications.admission import Ligne, Registre
from indicateurs.publications.cellules import Cle
from indicateurs.publications.comptage import Entrees, mois_de
from indicateurs.publications.contributions import CLE, TABLE
from indicateurs.publications.corrections import Comparaison, ligne_de
from indicateurs.publications.figures import ECRITES, est_de_personnes
from indicateurs.publications.livre import jour_de

GROUPE = "mois, indicateur, structure, arrondissement, axes"
# Of each line, whatever file of a person it names: what had come late when its month was told last
# and waited, with what has come since (`tard`); what was written since; what still is not. A person
# is late where a line of theirs is. Of what is not counted by persons it may matter little whose it
# is, since names are given and lost: of lines that differ by nothing else what is late is written
# first, and never less of it than line by line.
TARDIVES = f"""
WITH fusions AS (SELECT * FROM unnest(%(alias)s::uuid[], %(gardes)s::uuid[]) AS f (alias, garde)),
rangs AS (
    SELECT * FROM unnest(%(publications)s::uuid[]) WITH ORDINALITY AS r (publication_id, rang)
),
lus AS (SELECT * FROM unnest(%(mois)s::date[], %(lus)s::int[]) AS l (mois, lu)),
toutes AS (
    SELECT {CLE}, tardives AS tard, valeur AS connu, 0 AS ecrit, valeur AS attend
    FROM {TABLE} WHERE mois = ANY (%(mois)s)
    UNION ALL
    SELECT {CLE}, 0, 0, CASE WHEN rang > lu THEN valeur ELSE 0 END, -valeur
    FROM indicateurs_ecriture JOIN rangs USING (publication_id) JOIN lus USING (mois)
    WHERE indicateur <> '{OUVERTURE}'
    UNION ALL
    SELECT {CLE}, valeur, 0, 0, 0
    FROM indicateurs_saisieenattente JOIN rangs USING (publication_id) JOIN lus USING (mois)
    WHERE rang = lu
),
sommes AS (
    SELECT mois, indicateur, structure, arrondissement, axes, coalesce(garde, personne) AS personne,
        -- What waited then may be gone.
        least(sum(tard), greatest(sum(connu), 0))::bigint AS tard,
        sum(ecrit)::bigint AS ecrit, sum(attend)::bigint AS attend
    FROM toutes LEFT JOIN fusions ON alias = personne
    GROUP BY mois, indicateur, structure, arrondissement, axes, coalesce(garde, personne)
),
lignes AS (
    SELECT {CLE}, tard, ecrit, attend, least(tard, greatest(ecrit, 0)) AS ecrites,
        least(tard - least(tard, greatest(ecrit, 0)), greatest(attend, 0)) AS attendent
    FROM sommes
),
groupes AS (
    SELECT {GROUPE}, ecrites, attendues, least(tard - ecrites, attendent) AS attendent
    FROM (
        SELECT {GROUPE}, sum(tard) AS tard, sum(attendent) AS attendues,
            greatest(sum(ecrites), least(sum(tard), sum(ecrit))) AS ecrites,
            greatest(sum(attendent), sum(attend)) AS attendent
        FROM lignes WHERE indicateur <> ALL (%(de_personnes)s)
        GROUP BY {GROUPE} HAVING sum(tard) > 0
    ) AS g
),
dites AS (
    SELECT {CLE}, ecrites, attendent FROM lignes WHERE indicateur = ANY (%(de_personnes)s)
    UNION ALL
    SELECT {GROUPE}, NULL, ecrites, greatest(attendent - attendues, 0) FROM groupes
    UNION ALL
    SELECT {CLE}, 0, least(attendent, greatest(au_plus - deja, 0)) FROM (
        SELECT {GROUPE}, personne, l.attendent, g.attendent AS au_plus,
            sum(l.attendent) OVER (
                PARTITION BY {GROUPE} ORDER BY personne ROWS UNBOUNDED PRECEDING
            ) - l.attendent AS deja
        FROM lignes AS l JOIN groupes AS g USING ({GROUPE}) WHERE l.attendent > 0
    ) AS a
)
SELECT {CLE}, sum(ecrites)::bigint, sum(attendent)::bigint FROM dites
GROUP BY {CLE} HAVING sum(ecrites) > 0 OR sum(attendent) > 0
"""
CONNUS = f"""
SELECT {CLE}, sum(valeur)::bigint FROM {{livre}} AS livre
WHERE personne = ANY (%(personnes)s) AND indicateur = ANY (%(figures)s)
GROUP BY {CLE} HAVING sum(valeur) > 0
"""
Combien = dict[Ligne, int]


@dataclass(frozen=True)
class Tardives:
    """What came late in the months of a publication: after these were told last, by the revision
    before, or where there is none by any other that told of them; or before, and waited then.

    Args:
        avant: what had been written then.
        ecrites: of each line, what was written of it since, by whichever publication.
        attendent: of each line, what still is not.
    """

    comparaison: Comparaison
    avant: Entrees
    ecrites: Combien
    attendent: Combien

    @classmethod
    def de(cls, comparaison: Comparaison, precedente: Publication | None) -> Self:
        """
        Args:
            precedente: the last signed revision of the period.
        """
        livre, publication = comparaison.livre, comparaison.publication
        mois = mois_de(publication.periode)
        lus = livre.lus_avant(mois, precedente)
        rang = max(lus.values(), default=-1)
        with connection.cursor() as cursor:
            cursor.execute(
                TARDIVES,
                {
                    "de_personnes": [i.code for i in ECRITES if est_de_personnes(i.code)],
                    "alias": list(comparaison.qui),
                    "gardes": list(comparaison.qui.values()),
                    "publications": [*(p.pk for p in livre.publications), publication.pk],
                    "mois": [jour_de(code) for code in lus],
                    # Ranks begin with 0, an ordinality with 1.
                    "lus": [lu + 1 for lu in lus.values()],
                },
            )
            lues = [(ligne_de(cle), n, attend) for *cle, n, attend in cursor.fetchall()]
        return cls(
            comparaison,
            livre.entrees(mois, rang),
            {ligne: n for ligne, n, _ in lues if n},
            {ligne: attend for ligne, _, attend in lues if attend},
        )

    def garder(self) -> None:
        """Let the next publication know what waits."""
        publication = self.comparaison.publication
        SaisieEnAttente.objects.bulk_create(
            SaisieEnAttente(
                publication=publication, valeur=combien,
                **ligne._asdict() | {"axes": dict(ligne.axes)},
            )
            for ligne, combien in self.attendent.items()
        )  # fmt: skip

    def par_cellule(self) -> tuple[dict[Cle, int], dict[Cle, int]]:
        """How much of what changed in each cell came late, and how much of what waits: of persons,
        how many who were not in it."""
        comparaison = self.comparaison
        livre, publication = comparaison.livre, comparaison.publication
        maintenant = livre.entrees(mois_de(publication.periode), livre.dernier).avec(publication)
        registre = comparaison.registre([])
        return (
            self._compter(registre, self.ecrites, self.avant),
            self._compter(registre, self.attendent, maintenant),
        )

    def _compter(self, registre: Registre, lignes: Combien, ecrit: Entrees) -> dict[Cle, int]:
        periode = self.comparaison.publication.periode
        combien: dict[Cle, int] = defaultdict(int)
        for ligne, n in lignes.items():
            for cle in _cellules(registre, ligne, periode):
                combien[cle] += n
        connus = self._connus(lignes, ecrit)
        de_qui, deja = (_personnes(registre, qui, periode) for qui in (lignes, connus))
        return {
            cle: len(de_qui[cle] - deja[cle]) if est_de_personnes(cle.indicateur) else n
            for cle, n in combien.items()
        }

    def _connus(self, lignes: Iterable[Ligne], ecrit: Entrees) -> Combien:
        """Where those of these lines had been counted already, under whatever file."""
        siennes = [li for li in lignes if li.personne and est_de_personnes(li.indicateur)]
        if not siennes:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                CONNUS.format(livre=ecrit.requete),
                ecrit.parametres
                | {
                    "personnes": self.comparaison.leurs_fichiers(li.personne for li in siennes),
                    "figures": list({li.indicateur for li in siennes}),
                },
            )
            return {ligne_de(cle): combien for *cle, combien in cursor.fetchall()}


def _personnes(
    registre: Registre, lignes: Iterable[Ligne], periode: str
) -> dict[Cle, set[UUID | None]]:
    de_qui: dict[Cle, set[UUID | None]] = defaultdict(set)
    for ligne in lignes:
        for cle in _cellules(registre, ligne, periode):
            de_qui[cle].add(registre.personne(ligne))
    for personnes in de_qui.values():
        personnes.discard(None)
    return de_qui


def _cellules(registre: Registre, ligne: Ligne, periode: str) -> Iterable[Cle]:
    for ou, figures in registre.places(ligne):
        for figure in figures if ou.periode == periode else ():
            yield ou.cle(figure)
