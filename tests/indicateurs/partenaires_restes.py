"""The same partners, who also subtract where only some of the shorter periods were signed.

A quarter less two of its months is a month, though nobody published it: a cell like any other, of
which all that is known of cells is true. Who is behind it is recounted from the raw rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from commun.horloge import hier
from indicateurs.enums import Niveau
from indicateurs.models import TOUS, Chiffre
from tests.indicateurs.naif import Fait, Naif, tous_les_faits
from tests.indicateurs.partenaires import DE_PLACES, PERSONNES, TRIMESTRES, Case, Partenaires
from tests.indicateurs.test_decomptes import contributions, ranger

LAISSE = "~laisse"
# What is there on the last night is not added up.
D_UN_JOUR = {"places", "places_assore"}
# Of which a table says nothing before their 30 days are over.
TARDIVES = {"orientations_echues", "orientations_abouties"}


def mois_de(code: str) -> frozenset[str]:
    """The months of a period."""
    annee, _, reste = code.partition("-")
    if reste.isdigit():
        return frozenset({code})
    numeros = TRIMESTRES[reste] if reste else [m for mois in TRIMESTRES.values() for m in mois]
    return frozenset(f"{annee}-{numero}" for numero in numeros)


class Soustracteurs(Partenaires):
    """Of worlds where nothing is entered late: what is left is of the rows that are there.

    Args:
        tardif: rows came since. Then persons are left alone, and what is left is protected only
            where few are behind it now: no more were.
    """

    def __init__(self, *, tardif: bool = False) -> None:
        self.tardif = tardif
        self.faits = [f for f in tous_les_faits(hier()) if f.structure is not None]
        self.rangees: dict[Any, dict[tuple[str, str], list[Fait]]] = {}
        self.manquent: dict[str, frozenset[str]] = {}
        self.tus = {
            (f"{p}/{r}", figure, niveau, axe)
            for p, r, figure, niveau, axe in Chiffre.objects.filter(code=TOUS).values_list(
                "publication__periode", "publication__revision", "indicateur", "niveau", "axe"
            )
        }
        super().__init__()
        for lignes in (self.attaquant.egalites, self.attaquant.inegalites):
            lignes[:] = {(frozenset(t.items()), c): (t, c) for t, c in lignes}.values()

    def _recouper(self, etat: Mapping[str, str]) -> None:
        super()._recouper(etat)
        for longue, table in etat.items():
            for ventilees in (False, True):
                parts: list[str] = []
                couverts: frozenset[str] = frozenset()
                for code in sorted(etat, key=lambda c: -len(mois_de(c))):
                    dedans = mois_de(code) < mois_de(longue) and not mois_de(code) & couverts
                    # A month is told by no breakdown.
                    if dedans and not (ventilees and len(mois_de(code)) == 1):
                        parts.append(code)
                        couverts |= mois_de(code)
                manquent = mois_de(longue) - couverts
                if parts and manquent:
                    self._soustraire(table, [etat[code] for code in parts], manquent, ventilees)
        self._visites(etat)

    def _unir(self, ici: Any, total: Case, parts: Iterable[Case], somme: bool) -> None:
        """Of what was taken out nobody knows which values there are: the others may be more."""
        parts = list(parts)
        if somme and total in ici and any(ici[part] in self.retires for part in parts):
            termes = {**{ici[part]: 1 for part in parts}, ici[total]: -1}
            self.attaquant.inegalites.append((termes, 0))
        else:
            super()._unir(ici, total, parts, somme)

    def _soustraire(
        self, table: str, parts: list[str], manquent: frozenset[str], ventilees: bool
    ) -> None:
        laisse = f"{table}{LAISSE}{'~' * ventilees}"
        self.manquent[laisse] = manquent
        ici: dict[Case, Any] = {}
        fausses: set[str] = set()
        for case, nom in self.tables[table].items():
            de_mois = case.axe and case.niveau != "RESEAU"
            if bool(case.axe) != ventilees or de_mois or case.figure in D_UN_JOUR:
                continue
            if self.tardif and case.figure in PERSONNES:
                continue
            if any(self._pas_encore(case, part) for part in parts):
                continue
            siennes = [p for part in parts if (p := self._part(case, part)) is not None]
            ici[case._replace(table=laisse)] = reste = ("laisse", nom, manquent, tuple(siennes))
            valeurs = [self.vraies[part] for part in siennes]
            total = self.vraies[nom]
            derriere = self._derriere(case._replace(table=laisse))
            if case.figure not in PERSONNES and total < sum(valeurs):
                fausses.add(case.figure)
                continue
            self.attaquant.devine(reste)
            if nom in self.retires:
                self.retires.add(reste)
            if case.figure in PERSONNES:
                self.vraies[reste] = derriere[0]
                assert max([*valeurs, derriere[0]]) <= total <= sum(valeurs) + derriere[0], reste
                self.attaquant.sait_union(nom, [*siennes, reste])
            else:
                self.vraies[reste] = total - sum(valeurs)
                self.attaquant.sait_somme(nom, [*siennes, reste])
            self.larges[reste] = self._largeur_de(case, self.vraies[reste], *derriere)
        ici = {case: nom for case, nom in ici.items() if case.figure not in fausses}
        self._accorder(ici)

    def _pas_encore(self, case: Case, table: str) -> bool:
        """Whether nobody could say anything of a figure, anywhere, when that one was signed."""
        dits = {autre.figure for autre in self.tables[table]}
        return case.figure in TARDIVES and case.figure not in dits

    def _part(self, case: Case, table: str) -> Any:
        """The cell of a shorter period, if it is told there. Of what was taken out, nobody knows
        that it is not there."""
        ailleurs = case._replace(table=table)
        if ailleurs in self.tables[table]:
            return self.tables[table][ailleurs]
        if (table, case.figure, case.niveau, case.axe) not in self.tus:
            return None
        rien = ("rien", ailleurs)
        self.attaquant.devine(rien)
        self.vraies[rien] = 0
        return rien

    def _largeur_de(self, case: Case, vraie: int, derriere: int, anonymes: int) -> int:
        if not vraie or not 0 < derriere <= 10 or case.figure in DE_PLACES:
            return 0
        # Late rows of nobody known: maybe nobody was behind it when it was signed.
        return 0 if self.tardif and anonymes else self._largeur(case.figure, vraie)

    def _derriere(self, case: Case, parts: tuple[str, ...] = ()) -> tuple[int, int]:
        """How many persons are behind what is left of a cell, less some of its figures; and how
        many rows are of nobody known."""
        cle = (self.manquent[case.table], case.niveau, case.axe)
        if cle not in self.rangees:
            pendant = [f for f in self.faits if f"{f.jour:%Y-%m}" in self.manquent[case.table]]
            self.rangees[cle] = ranger(pendant, Niveau(case.niveau), case.axe or None)
        naif = Naif(self.rangees[cle].get((case.lieu, case.code), []), hier() - timedelta(days=1))
        if case.figure in DE_PLACES:
            return 0, 0
        siens = contributions(naif, case.figure)
        autres = [f for part in parts if part not in DE_PLACES for f in contributions(naif, part)]
        if case.figure in PERSONNES:
            deja = {f.personne.pk for f in autres if f.personne is not None}
            siens = [f for f in siens if f.personne is not None and f.personne.pk not in deja]
        else:
            dedans = {id(f) for f in autres}
            siens = [f for f in siens if id(f) not in dedans]
        connus = {f.personne.pk for f in siens if f.personne is not None}
        return len(connus), sum(f.personne is None for f in siens)

    def _largeur_du_reste(self, case: Case, parts: tuple[str, ...], vraie: int) -> int:
        if LAISSE not in case.table:
            if self.tardif or case.figure in PERSONNES:
                return super()._largeur_du_reste(case, parts, vraie)
            self.manquent[case.table] = mois_de(case.table.partition("/")[0])
        if case.figure in {"passages", "nuits_disponibles"}:
            return 0  # who repeats is not a part
        return self._largeur_de(case, vraie, *self._derriere(case, parts))

    def _visites(self, etat: Mapping[str, str]) -> None:
        """Of a month, the bounds of the file active tell the visits of nobody known: the others
        are of at least as many as visited."""
        de_trimestre: dict[str, list[Any]] = {}
        for code, table in etat.items():
            reseau = Case(table, "file_active", "RESEAU", "", "", "")
            if len(mois_de(code)) > 1 or reseau not in self.hautes:
                continue
            nommees = {
                figure: self.tables[table].get(reseau._replace(figure=figure))
                for figure in ("passages", "passages_personnes", "rencontres_non_identifiees")
            }
            siens = [self.tables[table][reseau], nommees["rencontres_non_identifiees"]]
            siens = [nom for nom in siens if nom is not None]
            haute, anonymes, connues = (
                (quoi, reseau, self.hautes[reseau]) for quoi in ("haute", "anonymes", "connues")
            )
            self.vraies[haute] = self.hautes[reseau]
            self.attaquant.voit(haute, self.hautes[reseau])
            self.attaquant.devine(anonymes)
            self.vraies[anonymes] = self.hautes[reseau] - sum(self.vraies[nom] for nom in siens)
            self.attaquant.sait_somme(haute, [*siens, anonymes])
            if nommees["passages"] is not None:
                self.attaquant.devine(connues)
                self.attaquant.sait_somme(nommees["passages"], [connues, anonymes])
                vraie = self.vraies[nommees["passages"]] - self.vraies[anonymes]
                self.vraies[connues] = vraie
                personnes = nommees["passages_personnes"]
                if personnes is not None:
                    self.attaquant.sait_borne(personnes, connues)
                    peu = 0 < self.vraies[personnes] <= 10
                    self.larges[connues] = max(10, -(-vraie // 5)) if peu else 0
            for longue in etat:
                if mois_de(code) < mois_de(longue):
                    de_trimestre.setdefault(longue, []).append((code, anonymes))
        for longue, dits in de_trimestre.items():
            total = self.tables[etat[longue]].get(
                Case(etat[longue], "passages", "RESEAU", "", "genre", "SANS_PERSONNE")
            )
            parts = [anonymes for _, anonymes in dits]
            if total is None or sum(self.vraies[p] for p in parts) > self.vraies[total]:
                continue
            self.attaquant.inegalites.append(({**dict.fromkeys(parts, 1), total: -1}, 0))
            if {code for code, _ in dits} == mois_de(longue):
                self.attaquant.sait_somme(total, parts)
