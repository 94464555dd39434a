"""What a period takes from the periods of its year that were signed before it: until when its rows
are counted, and what its totals are.

What came between two signatures would be their difference: three late visits are the quarter less
its months. Hence a quarter is of the rows that its months are of, and is their sum; what came since
waits for a revision of the month (docs/definitions.md § 6.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from commun.horloge import maintenant
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.models import Chiffre, Publication
from indicateurs.periodes import Pas, contenantes, contenues, lire
from indicateurs.publications.cellules import Cle, Decompte, cle_de, denombrer, groupements
from indicateurs.publications.complements import Partage, partage_de
from indicateurs.publications.liens import coupes
from indicateurs.sources import Arretes


@dataclass(frozen=True, eq=False)
class Voisines:
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
    def de(cls, code: str) -> Voisines:
        revisions: dict[str, list[Publication]] = defaultdict(list)
        signees = Publication.objects.signees().filter(periode__startswith=code[:4])
        for publication in signees.order_by("revision"):
            revisions[publication.periode].append(publication)
        return cls(code, dict(revisions), _totaliser(revisions))

    def pour(self, code: str) -> Voisines:
        """The same of another period of the year."""
        return Voisines(code, self.revisions, self.totaux)

    @property
    def siennes(self) -> list[Publication]:
        """The revisions of the period itself."""
        return self.revisions.get(self.code, [])

    # --- Until when ---------------------------------------------------------------------------

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

    # --- What must be -------------------------------------------------------------------------

    def attendus(self, comptes: Mapping[Cle, Decompte]) -> dict[Cle, Decompte]:
        """The cells that follow from what was signed: of a period whose parts were, their sum; of
        the last part of one that was, what is left; of a period that is revised, what it was, and
        what its parts were revised by. What came since to a part that nobody signed would be the
        difference of the two: it waits until it is signed."""
        trouves: dict[Cle, Decompte] = {}
        for ventilees in (False, True):
            coupe = self._coupe(ventilees)
            if coupe is None:
                continue
            if self.siennes:
                trouves |= self._suivre(comptes, ventilees)
            else:
                trouves |= self._resoudre(*coupe, comptes, ventilees)
        return trouves

    def limites(self, comptes: Mapping[Cle, Decompte]) -> dict[Cle, tuple[float, float]]:
        """Between what each cell must be, that does not follow: of persons, the union of what was
        signed; of a part of what was, no more than what the others leave."""
        trouvees: dict[Cle, tuple[float, float]] = {}
        for ventilees in (False, True):
            parts = self._parts(ventilees)
            if parts:
                for cle, valeurs in self._valeurs(parts, comptes, ventilees).items():
                    if partage_de(cle.indicateur) is Partage.UNION:
                        trouvees[cle] = (max(valeurs), sum(valeurs))
        for longue in () if self.siennes else contenantes(self.code):
            if longue not in self.revisions:
                continue
            coupe = coupes(longue, {*self.revisions, self.code})
            sienne = next(parts for parts in coupe if self.code in parts)
            autres = [part for part in sienne if part in self.revisions]
            complete = len(autres) == len(sienne) - 1
            totaux = any(lire(part)[0] == Pas.MOIS for part in sienne)
            for ventilees in (False,) if totaux else (False, True):
                selon = self._base(longue, ventilees)
                de_tous = self._valeurs((longue, *autres), comptes, ventilees, selon)
                for cle, (tout, *reste) in de_tous.items():
                    union = partage_de(cle.indicateur) is Partage.UNION
                    haut = tout if union else tout - sum(reste)
                    bas = tout - sum(reste) if union and complete else 0
                    trouvees.setdefault(cle, (max(0, bas), max(0, haut)))
        return trouvees

    def _valeurs(
        self,
        codes: tuple[str, ...],
        comptes: Mapping[Cle, Decompte],
        ventilees: bool,
        selon: Publication | None = None,
    ) -> dict[Cle, list[int]]:
        """What each of these periods shows of every cell of figures that follow, or is of them in
        a table of a longer one."""
        montres = [
            {
                cle._replace(periode=self.code): c.exacte
                for cle, c in self._montre(code, selon).items()
            }
            for code in codes
        ]
        cles = {cle for montre in montres for cle in montre} | comptes.keys()
        return {
            cle: [montre.get(cle, 0) for montre in montres]
            for cle in cles
            if cle.indicateur in PAR_CODE and est_partout(cle, ventilees)
        }

    def _coupe(self, ventilees: bool) -> tuple[str, tuple[str, ...]] | None:
        """What a period is cut into, or is a part of. A month has totals only."""
        parts = self._parts(ventilees)
        if parts:
            return self.code, parts
        connues = {*self.revisions, self.code}
        for longue in () if self.siennes else contenantes(self.code):
            for parts in coupes(longue, connues) if longue in connues else ():
                totaux = any(lire(part)[0] == Pas.MOIS for part in parts)
                if connues >= set(parts) and self.code in parts and not (ventilees and totaux):
                    return longue, parts
        return None

    def _parts(self, ventilees: bool) -> tuple[str, ...]:
        """The shorter periods, where one was signed; of a year, quarters or what was signed of
        them."""
        pas, _ = lire(self.code)
        parts: tuple[str, ...] = ()
        if pas == Pas.TRIMESTRE and not ventilees:
            parts = contenues(self.code, Pas.MOIS)
        for trimestre in contenues(self.code, Pas.TRIMESTRE) if pas == Pas.ANNEE else ():
            mois = contenues(trimestre, Pas.MOIS)
            entier = ventilees or trimestre in self.revisions or not self.revisions.keys() & mois
            parts += (trimestre,) if entier else mois
        return parts if self.revisions.keys() & parts else ()

    def _resoudre(
        self,
        parent: str,
        parts: tuple[str, ...],
        comptes: Mapping[Cle, Decompte],
        ventilees: bool,
    ) -> dict[Cle, Decompte]:
        sommes = dict.fromkeys((cle for cle in comptes if _suit(cle, ventilees)), 0)
        personnes: dict[Cle, int] = defaultdict(int)
        for code in {parent, *parts} - {self.code}:
            signe = 1 if parent in (code, self.code) else -1
            selon = None if parent == self.code else self._base(parent, ventilees)
            for autre, compte in self._montre(code, selon).items():
                cle = autre._replace(periode=self.code)
                if _suit(cle, ventilees):
                    sommes[cle] = sommes.get(cle, 0) + signe * compte.exacte
                    personnes[cle] = max(personnes[cle], compte.personnes or 0)
        return {
            # Less than nothing is left where others were signed before this was looked after.
            cle: _avec(comptes.get(cle), max(0, somme), personnes[cle])
            for cle, somme in sommes.items()
            if somme or cle in comptes
        }

    def _suivre(self, comptes: Mapping[Cle, Decompte], ventilees: bool) -> dict[Cle, Decompte]:
        """Of a revision: what was shown first, and what its parts were revised by since."""
        base = self._base(self.code, ventilees)
        derriere = self._lire(base)
        sommes = {cle: compte.exacte for cle, compte in derriere.items()}
        for cle, change in self._changes(self.code, base.connu_le).items():
            sommes[cle] = sommes.get(cle, 0) + change
        for code in self._parts(ventilees):
            for part, compte in self._montre(code).items() if code in self.revisions else ():
                cle, avant = part._replace(periode=self.code), derriere.get(part)
                if avant is None or (avant.personnes or 0) < (compte.personnes or 0):
                    derriere[cle] = compte
        return {
            cle: _avec(comptes.get(cle), max(0, somme), derriere[cle].personnes or 0)
            for cle, somme in sommes.items()
            if _suit(cle, ventilees) and (somme or cle in comptes)
        }

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


def _suit(cle: Cle, ventilees: bool) -> bool:
    """Whether a cell adds up, and is told of shorter periods."""
    return partage_de(cle.indicateur) is Partage.SOMME and est_partout(cle, ventilees)


def est_partout(cle: Cle, ventilees: bool) -> bool:
    """A total is told of every period, a breakdown of the network's quarters and years."""
    return cle.niveau == Niveau.RESEAU and bool(cle.axe) if ventilees else not cle.axe


def _avec(compte: Decompte | None, somme: int, personnes: int) -> Decompte:
    """A count that is what it must be. Where nobody is behind it any more, they were."""
    if compte is not None and compte.personnes is None:
        return replace(compte, exacte=somme)
    if compte is None or (somme and not compte.exacte):
        return Decompte(0, personnes).ajuste(somme)
    return compte.ajuste(somme) if somme else replace(compte, exacte=0, personnes=0)
