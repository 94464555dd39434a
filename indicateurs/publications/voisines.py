"""What the totals of a period are, of those of its year that were signed before it.

What came between two signatures would be their difference: three late visits are the quarter less
its months. Hence a quarter is the sum of its months, and what came since waits for a revision of
the month (docs/definitions.md § 6.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.models import Publication
from indicateurs.periodes import Pas, contenantes, contenues, lire
from indicateurs.publications.cellules import Cle, Decompte, denombrer, groupements
from indicateurs.publications.complements import Partage, partage_de
from indicateurs.publications.identites import changees_depuis, touchees_depuis
from indicateurs.publications.liens import coupes
from indicateurs.publications.signees import Signees
from indicateurs.secret import peut_bouger


class Voisines(Signees):
    """What a period takes from what was signed of its year."""

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
            elif coupe[0] == self.code:
                trouves |= self._resoudre(*coupe, comptes, ventilees)
            else:
                selon = self._selon(*coupe, comptes, ventilees)
                trouves |= self._resoudre(*coupe, comptes, ventilees, selon)
        return trouves

    def _selon(
        self,
        longue: str,
        parts: tuple[str, ...],
        comptes: Mapping[Cle, Decompte],
        ventilees: bool,
    ) -> Publication | None:
        """The table of a longer period that leaves its last part nearest to what is counted; None:
        as all are shown now. Everybody knows both: the others may have taken rows of this one,
        which the first does not know, or have been revised by others, which the second takes off.
        """
        base = self._base(longue, ventilees)
        autres = tuple(part for part in parts if part != self.code)

        def loin(selon: Publication | None) -> int:
            valeurs = self._valeurs((longue, *autres), comptes, ventilees, selon)
            return sum(
                abs(tout - sum(reste) - _exacte(comptes, cle))
                for cle, (tout, *reste) in valeurs.items()
                if _suit(cle, ventilees)
            )

        return None if loin(None) < loin(base) else base

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
                selon: Publication | None = self._base(longue, ventilees)
                if complete:
                    selon = self._selon(longue, sienne, comptes, ventilees)
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
        selon: Publication | None = None,
    ) -> dict[Cle, Decompte]:
        sommes = dict.fromkeys((cle for cle in comptes if _suit(cle, ventilees)), 0)
        personnes: dict[Cle, int] = defaultdict(int)
        for code in {parent, *parts} - {self.code}:
            signe = 1 if parent in (code, self.code) else -1
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

    def corrigees(self, comptes: Mapping[Cle, Decompte]) -> set[Cle]:
        """The cells of the last part of a longer period that need not be what the others left of
        it: of eleven persons or more that it is of, rows were taken back since it was signed, which
        no table of the others shows. Whoever has none in the whole any more had some here, or in
        what was taken back of another part before that was signed, or changed in it since."""
        trouvees: set[Cle] = set()
        for ventilees in (False, True):
            coupe = self._coupe(ventilees)
            if self.siennes or coupe is None or coupe[0] == self.code:
                continue
            longue, base = coupe[0], self._base(coupe[0], ventilees)
            autres = tuple(part for part in coupe[1] if part != self.code)
            valeurs = self._valeurs((longue, *autres), comptes, ventilees, base)
            loin = {
                cle
                for cle, (tout, *reste) in valeurs.items()
                if peut_bouger(abs(tout - sum(reste) - _exacte(comptes, cle)))
            }
            if loin:
                alors = {cle: self._lire(base).get(cle._replace(periode=longue)) for cle in loin}
                depuis = self._recompter(longue, base, {cle.indicateur for cle in loin}, ventilees)
                qui = changees_depuis(base.connu_le, lire(longue)[1])
                # What went before they were signed is missing from them too.
                ailleurs = sum(
                    touchees_depuis(
                        max(base.connu_le, self.revisions[part][0].connu_le), lire(part)[1]
                    )
                    for part in autres
                )
                for cle, avant in alors.items():
                    apres = depuis.get(cle._replace(periode=longue))
                    ecart = ((apres and apres.personnes) or 0) - ((avant and avant.personnes) or 0)
                    if ecart < 0 and peut_bouger(qui.sans(ecart) - ailleurs):
                        trouvees.add(cle)
        return trouvees

    def _recompter(
        self, longue: str, revision: Publication, codes: set[str], ventilees: bool
    ) -> dict[Cle, Decompte]:
        """What is left now of the rows of a revision of another period."""
        pas, periode = lire(longue)
        ou = [(n, axe) for n, axe in groupements(pas) if (axe is not None) == ventilees]
        arretes = partial(self.pour(longue).arretes, revision=revision)
        return denombrer(longue, ou, periode, arretes, codes=codes)

    def _suivre(self, comptes: Mapping[Cle, Decompte], ventilees: bool) -> dict[Cle, Decompte]:
        """Of a revision: what its parts add up to, with who was behind it."""
        derriere = self._lire(self._base(self.code, ventilees))
        sommes = self._sommes(ventilees)
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

    def _sommes(self, ventilees: bool) -> dict[Cle, int]:
        """What the parts of a period that was signed move it to: their sum; where some were not
        signed, what was shown first and what the others were revised by since."""
        sommes: dict[Cle, int] = defaultdict(int)
        parts = self._parts(ventilees)
        if self.revisions.keys() >= set(parts):
            for part in parts:
                for cle, compte in self._montre(part).items():
                    sommes[cle._replace(periode=self.code)] += compte.exacte
            return sommes
        base = self._base(self.code, ventilees)
        sommes |= {cle: compte.exacte for cle, compte in self._lire(base).items()}
        for cle, change in self._changes(self.code, base.connu_le).items():
            sommes[cle] += change
        return sommes

    def ecarts(self) -> list[dict[Cle, int]]:
        """Of each longer period that was signed, by how much its parts moved since it did; and of
        the year, by how much the months did, where a quarter waits."""
        au_dela: dict[Cle, int] = defaultdict(int)
        longues = [longue for longue in contenantes(self.code) if longue in self.revisions]
        trouves = [self._retard(longue) for longue in longues]
        if longues and lire(longues[-1])[0] == Pas.ANNEE:
            courtes = [t for t in contenues(longues[-1], Pas.TRIMESTRE) if t in self.revisions]
            for code in (longues[-1], *courtes):
                for cle, ecart in self._retard(code).items():
                    au_dela[cle] += ecart
            trouves.append(au_dela)
        return trouves

    def croissances(self) -> dict[Cle, tuple[int, int]]:
        """Of the persons of a period whose parts were all signed, what was shown when the first of
        these was, and by how much those grew since."""
        trouvees: dict[Cle, tuple[int, int]] = {}
        for ventilees in (False, True):
            parts = self._parts(ventilees)
            if not parts or not self.revisions.keys() >= set(parts):
                continue
            base = self._base(self.code, ventilees)
            alors, ici = self._valeurs(parts, {}, ventilees, base), self._lire(base)
            for cle, valeurs in self._valeurs(parts, {}, ventilees).items():
                if partage_de(cle.indicateur) is Partage.UNION:
                    avant = alors.get(cle, [0] * len(parts))
                    montee = sum(max(0, n - a) for n, a in zip(valeurs, avant, strict=True))
                    trouvees[cle] = (_exacte(ici, cle), montee)
        return trouvees

    def _retard(self, longue: str) -> dict[Cle, int]:
        """What the parts of a period show more than it does."""
        voisines = self.pour(longue)
        montre = voisines._montre(longue)
        retards = {}
        for ventilees in (False, True):
            if voisines._parts(ventilees):
                sommes = voisines._sommes(ventilees)
                for cle in {*sommes, *montre}:
                    if _suit(cle, ventilees):
                        ici = cle._replace(periode=self.code)
                        retards[ici] = sommes.get(cle, 0) - _exacte(montre, cle)
        return retards


def _exacte(comptes: Mapping[Cle, Decompte], cle: Cle) -> int:
    return comptes[cle].exacte if cle in comptes else 0


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
