"""What was signed of the year of a period: what each table shows, and until when rows are counted.

A longer period is of the rows that its parts are of, whenever each was signed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from commun.horloge import maintenant
from indicateurs.models import Chiffre, Publication
from indicateurs.periodes import Pas, contenantes, contenues, lire
from indicateurs.publications.cellules import Cle, Decompte, cle_de, denombrer, groupements
from indicateurs.sources import Arretes


@dataclass(frozen=True, eq=False)
class Signees:
    """What was signed of the year of a period, by period and in order.

    Args:
        totaux: of each revision and figure, what is kept of every territory.
    """

    code: str
    revisions: Mapping[str, list[Publication]]
    totaux: Mapping[tuple[UUID, str], set[tuple[Any, ...]]]
    _montrees: dict[str, dict[Cle, Decompte]] = field(default_factory=dict)
    _arretes: dict[tuple[str, UUID | None], Arretes | None] = field(default_factory=dict)

    @classmethod
    def de(cls, code: str) -> Self:
        revisions: dict[str, list[Publication]] = defaultdict(list)
        signees = Publication.objects.signees().filter(periode__startswith=code[:4])
        for publication in signees.order_by("revision"):
            revisions[publication.periode].append(publication)
        return cls(code, dict(revisions), _totaliser(revisions))

    def pour(self, code: str) -> Self:
        """The same of another period of the year."""
        return type(self)(code, self.revisions, self.totaux)

    @property
    def siennes(self) -> list[Publication]:
        """The revisions of the period itself."""
        return self.revisions.get(self.code, [])

    def arretes(self, figure: str, revision: Publication | None = None) -> Arretes | None:
        """Until when the rows of a figure are counted now, or were in a revision of the period;
        None: until now."""
        cle = (figure, revision.pk if revision else None)
        if cle not in self._arretes:
            self._arretes[cle] = self._arreter(figure, revision)
        return self._arretes[cle]

    def _arreter(self, figure: str, revision: Publication | None) -> Arretes | None:
        quand = revision.connu_le if revision else None
        premiere = revision.revision == 1 if revision else not self.siennes
        mois = [self.code] if lire(self.code)[0] == Pas.MOIS else contenues(self.code, Pas.MOIS)
        instants = {m: self._instant(m, self.code, figure, quand, premiere) for m in mois}
        if not any(instants.values()):
            return None
        return tuple((lire(m)[1], instant or maintenant()) for m, instant in instants.items())

    def _instant(
        self, mois: str, code: str, figure: str, quand: datetime | None, premiere: bool
    ) -> datetime | None:
        """That of the shorter period that is published of this month; where there is none, a
        first revision is of the rows of the longer one."""
        dedans = [c for c in (*contenantes(mois)[:1], mois) if code in contenantes(c)]
        for voisine in (*dedans, *(contenantes(code) if premiere else ())):
            montree = self._montree(voisine, figure, quand)
            if montree is not None:
                ainsi = (figure, montree.connu_le, montree.revision == 1)
                return self._instant(mois, voisine, *ainsi)
        return quand

    def _montree(self, code: str, figure: str, quand: datetime | None) -> Publication | None:
        """The revision since which a figure was what it was then, of every territory."""
        trouvee: Publication | None = None
        avant: Any = None
        for publication in self.revisions.get(code, ()):
            assert publication.signee_le
            if quand is not None and publication.signee_le >= quand:
                break
            valeur = self.totaux.get((publication.pk, figure), set())
            if trouvee is None or valeur != avant:
                trouvee, avant = publication, valeur
        return trouvee

    def _changes(
        self, code: str, depuis: datetime, jusqu_a: datetime | None = None
    ) -> dict[Cle, int]:
        """By how much what is shown of the parts of a period was revised in between; a part that
        was signed meanwhile is what its period left of it, and what its own were revised by."""
        changes: dict[Cle, int] = defaultdict(int)
        pas, _ = lire(code)
        plus_court = {Pas.ANNEE: Pas.TRIMESTRE, Pas.TRIMESTRE: Pas.MOIS}.get(pas)
        for part in contenues(code, plus_court) if plus_court else ():
            apres, avant = self._en_vigueur(part, jusqu_a), self._en_vigueur(part, depuis)
            if avant is None:
                avant = self.revisions[part][0] if apres else None
                quand = avant.connu_le if avant else jusqu_a
                for cle, change in self._changes(part, depuis, quand).items():
                    changes[cle] += change
            for signe, publication in ((1, apres), (-1, avant)):
                for autre, compte in self._lire(publication).items() if publication else ():
                    changes[autre._replace(periode=self.code)] += signe * compte.exacte
        return changes

    def _en_vigueur(self, code: str, quand: datetime | None) -> Publication | None:
        """What was shown of a period at an instant; None: now."""
        signees = [
            publication
            for publication in self.revisions.get(code, ())
            if quand is None or (publication.signee_le and publication.signee_le < quand)
        ]
        return signees[-1] if signees else None

    def _base(self, code: str, ventilees: bool) -> Publication:
        """The table of a period from which its parts are followed: the first one, or the last in
        which none of them was signed."""
        parts = contenues(code, Pas.TRIMESTRE) if lire(code)[0] == Pas.ANNEE else ()
        parts += () if ventilees else contenues(code, Pas.MOIS)
        signees = [self.revisions[part][0].signee_le for part in parts if part in self.revisions]
        debut = min((le for le in signees if le), default=None)
        siennes = self.revisions[code]
        seules = [p for p in siennes if debut is not None and p.connu_le < debut]
        return seules[-1] if seules else siennes[0]

    def _montre(self, code: str, selon: Publication | None = None) -> dict[Cle, Decompte]:
        """The cells of another period as they were signed, or would be; or as they are in a table
        of a longer one, whatever was revised since."""
        if code not in self.revisions:
            if code not in self._montrees:
                pas, periode = lire(code)
                self._montrees[code] = denombrer(code, groupements(pas), periode, self.arretes)
            return self._montrees[code]
        if selon is None:
            return self._lire(self.revisions[code][-1])
        if code == selon.periode:
            return self._lire(selon)
        alors = selon.connu_le
        montree = self._en_vigueur(code, alors) or self.revisions[code][0]
        table = self._lire(montree)
        # Signed since, it had what its own parts were revised by already.
        for cle, change in self._changes(code, alors, montree.connu_le).items():
            ici = cle._replace(periode=code)
            if ici in table and montree.connu_le > alors:
                table[ici] = replace(table[ici], exacte=table[ici].exacte - change)
        return table

    def _lire(self, publication: Publication) -> dict[Cle, Decompte]:
        """The cells of a table, as it was signed."""
        cle = str(publication.pk)
        if cle not in self._montrees:
            self._montrees[cle] = {
                cle_de(publication.periode, c): Decompte(int(c.exacte or 0), c.personnes)
                for c in publication.chiffres.filter(exacte__isnull=False)
            }
        return dict(self._montrees[cle])


def _totaliser(
    revisions: Mapping[str, list[Publication]],
) -> Mapping[tuple[UUID, str], set[tuple[Any, ...]]]:
    toutes = [publication for suite in revisions.values() for publication in suite]
    lignes = Chiffre.objects.filter(publication__in=toutes, axe="", exacte__isnull=False)
    totaux: dict[tuple[UUID, str], set[tuple[Any, ...]]] = defaultdict(set)
    for publication, code, *reste in lignes.values_list(
        "publication", "indicateur", "niveau", "territoire", "exacte"
    ):
        totaux[publication, code].add(tuple(reste))
    return totaux
