"""All partners pooled: every table that was signed, of every period and revision, and what the
definitions say of it. Nothing of how figures are masked.

It shares no code with `indicateurs.publications`: links are written again, from
docs/definitions.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from indicateurs.models import Chiffre, Publication
from socle.models import Structure
from tests.indicateurs.attaquant import Attaquant


class Case(NamedTuple):
    table: str  # the period, and the revision
    figure: str
    niveau: str
    lieu: str
    axe: str
    code: str


PERSONNES = {"passages_personnes", "actes_personnes", "file_active", "femmes", "genre_connu"}
# Not of persons: never masked for themselves, and told of other things.
DE_PLACES = {
    "jours_ouverts", "places", "places_assore", "nuits_disponibles", "maraudes",
    "maraudes_surface", "maraudes_sous_sol", "maraudes_prevues",
}  # fmt: skip
FLUIDES = {
    "LOGEMENT_SOCIAL", "LOGEMENT_PRIVE", "LOGEMENT_ADAPTE", "HEBERGEMENT_INSERTION", "LHSS",
    "LAM", "ACT", "SOIN_RESIDENTIEL",
}  # fmt: skip
# Each whole, and what of it is told apart: some parts that share nothing.
PARTIES = {
    "sorties": [("sorties_hors_deces",), ("sorties_fluides",)],
    "sorties_hors_deces": [("sorties_fluides",)],
    "actes": [("actes_infirmiers",), ("actes_acces_aux_droits",),
              ("actes_infirmiers", "actes_acces_aux_droits")],
    "approches": [("rencontres",), ("refus",), ("rencontres", "refus")],
    "rencontres": [("rencontres_non_identifiees",)],
    "orientations": [("orientations_echues",), ("orientations_abouties",)],
    "orientations_echues": [("orientations_abouties",)],
    "file_active": [("genre_connu",), ("femmes",), ("passages_personnes",), ("actes_personnes",)],
    "genre_connu": [("femmes",)],
    "passages": [("passages_personnes",)],
    "nuits_disponibles": [("nuitees",)],
}  # fmt: skip
# Who repeats is not a part: one may come twice.
SANS_RESTE = {"passages", "nuits_disponibles"}
# What is left may be of nobody known, which a total may tell.
SANS_NOM = {"approches", "rencontres", "orientations"}
# A figure that a breakdown tells again.
REDITES = {
    "femmes": ("file_active", "genre", lambda v: v == "F"),
    "genre_connu": ("file_active", "genre", lambda v: v != "NON_RENSEIGNE"),
    "actes_infirmiers": ("actes", "categorie", lambda v: v == "SOINS_INFIRMIERS"),
    "actes_acces_aux_droits": ("actes", "categorie", lambda v: v == "ACCES_AUX_DROITS"),
    "sorties_fluides": ("sorties", "destination", FLUIDES.__contains__),
    "sorties_hors_deces": ("sorties", "motif", lambda v: v != "DECES"),
    "rencontres_non_identifiees": ("rencontres", "age", lambda v: v == "SANS_PERSONNE"),
}
# Encounters, nights and exits are of the arrondissement where they were.
AILLEURS = {
    "rencontres", "rencontres_non_identifiees", "approches", "refus", "nuitees", "entrees",
    "sorties", "sorties_fluides", "sorties_hors_deces", "jours_de_sejour",
}  # fmt: skip
TRIMESTRES = {f"T{t + 1}": [f"{3 * t + m:02}" for m in (1, 2, 3)] for t in range(4)}


class Partenaires:
    """Reads the signed tables; then `attaquant` knows all that follows."""

    def __init__(self) -> None:
        self.attaquant = Attaquant()
        self.vraies: dict[Any, int] = {}
        self.larges: dict[Any, int] = {}  # how wide each must stay
        self.ont_bouge = 0
        self.retires: set[Any] = set()  # what nobody reads
        self.hautes: dict[Case, int] = {}  # what the network's file active is at most
        self.tables: dict[str, dict[Case, Any]] = {}
        self.lieux = list(Structure.objects.select_related("organisme"))
        avant: dict[str, str] = {}
        for publication in Publication.objects.signees().order_by("signee_le", "revision"):
            self._lire(publication, avant.get(publication.periode))
            avant[publication.periode] = f"{publication.periode}/{publication.revision}"
            self._recouper(avant)

    def _lire(self, publication: Publication, avant: str | None) -> None:
        """Each cell has a name: a masked one that is what it was keeps its own."""
        table = f"{publication.periode}/{publication.revision}"
        noms: dict[Case, Any] = {}
        self.tables[table] = noms
        for c in Chiffre.objects.filter(publication=publication, exacte__isnull=False):
            case = Case(table, c.indicateur, c.niveau, c.territoire, c.axe, c.code)
            if c.indicateur not in PERSONNES | DE_PLACES | TOUTES:
                continue  # what nobody reads, and nobody asks for
            nom: Any = case
            if avant is not None:
                ancien = self.tables[avant].get(case._replace(table=avant))
                if ancien is not None and self.vraies[ancien] == c.exacte:
                    nom = ancien
                else:
                    self.ont_bouge += 1
            noms[case] = nom
            if c.borne_haute is not None:
                self.hautes[case] = int(c.borne_haute)
            vraie = self.vraies[nom] = int(c.exacte or 0)
            # Of places: persons only make them move.
            de_places = c.personnes is None or c.indicateur in DE_PLACES
            peu = vraie and not de_places and c.personnes < 11
            if c.retire:
                self.retires.add(nom)
                self.attaquant.devine(nom)
                self.larges[nom] = self._largeur(c.indicateur, vraie) if peu and c.personnes else 0
            elif c.secret:
                self.attaquant.voit(nom, None)
                self.larges[nom] = self._largeur(c.indicateur, vraie)
                assert vraie, f"{nom}: a true zero is shown"
            else:
                assert c.valeur == vraie, f"{nom}: it is what it is, or masked"
                self.attaquant.voit(nom, vraie)
                assert not peu or (not c.personnes and self._se_dit(c)), f"{nom}: of too few"

    @staticmethod
    def _se_dit(c: Chiffre) -> bool:
        """Contacts of nobody known: in totals; and the part that such a total tells again, or that
        the bounds of the file active tell."""
        return not c.axe or c.indicateur in {"rencontres", "orientations", "passages"}

    @staticmethod
    def _largeur(figure: str, vraie: int) -> int:
        return 10 if figure in PERSONNES else max(10, -(-vraie // 5))

    def _recouper(self, etat: Mapping[str, str]) -> None:
        """What is known of the tables that are in force together."""
        ici = {case: nom for table in etat.values() for case, nom in self.tables[table].items()}
        self._accorder(ici)
        self._temps(ici, etat)

    def _accorder(self, ici: Mapping[Case, Any]) -> None:
        """What is known of cells of the same period."""
        groupes: dict[Any, list[Case]] = defaultdict(list)
        for case in ici:
            if case.axe:
                groupes["axe", case._replace(code="")].append(case)
            if case.niveau != "RESEAU":
                groupes["lieu", case._replace(lieu="")].append(case)
        for (genre, patron), cases in groupes.items():
            if genre == "axe":
                total = patron._replace(axe="")
                somme = patron.figure not in PERSONNES or patron.axe in {"genre", "age"}
                if patron.figure == "actes_personnes":
                    somme = False
                self._unir(ici, total, cases, somme)
            else:
                total = patron._replace(niveau="RESEAU")
                self._unir(ici, total, cases, patron.figure not in PERSONNES)
        self._structures(ici)
        for case in ici:
            self._figures(ici, case)

    def _unir(self, ici: Any, total: Case, parts: Iterable[Case], somme: bool) -> None:
        parts = list(parts)
        if total not in ici or not parts or total.figure in {"places", "places_assore"}:
            return
        savoir = self.attaquant.sait_somme if somme else self.attaquant.sait_union
        savoir(ici[total], [ici[part] for part in parts])

    def _structures(self, ici: Any) -> None:
        for case in ici:
            de = {
                "TYPE": lambda s: s.type, "ORGANISME": lambda s: s.organisme.code,
                "ARRONDISSEMENT": lambda s: s.arrondissement,
            }.get(case.niveau)  # fmt: skip
            if de is None or (case.niveau == "ARRONDISSEMENT" and case.figure in AILLEURS):
                continue
            siennes = [
                part for s in self.lieux if de(s) == case.lieu
                and (part := case._replace(niveau="STRUCTURE", lieu=s.code)) in ici
            ]  # fmt: skip
            self._unir(ici, case, siennes, case.figure not in PERSONNES)

    def _temps(self, ici: Any, etat: Mapping[str, str]) -> None:
        for longue, table in etat.items():
            annee, _, reste = longue.partition("-")
            if reste and reste not in TRIMESTRES:
                continue
            morceaux = (
                [f"{annee}-{m}" for m in TRIMESTRES[reste]] if reste
                else [
                    code
                    for t, mois in TRIMESTRES.items()
                    for code in ([f"{annee}-{t}"] if f"{annee}-{t}" in etat
                                 else [f"{annee}-{m}" for m in mois])
                ]
            )  # fmt: skip
            if not all(code in etat for code in morceaux):
                continue
            for case in [c for c in ici if c.table == table]:
                parts = [p for code in morceaux if (p := case._replace(table=etat[code])) in ici]
                somme = case.figure not in PERSONNES
                exacts = sum(self.vraies[ici[p]] for p in parts)
                # Signed at different times, they may not add up any more.
                if case.axe and any(t.partition("-")[2].isdigit() for t in morceaux):
                    continue
                if somme and exacts == self.vraies[ici[case]]:
                    self._unir(ici, case, parts, True)
                elif not somme and parts:
                    most = max(self.vraies[ici[p]] for p in parts)
                    if most <= self.vraies[ici[case]] <= exacts:
                        self._unir(ici, case, parts, False)

    def _figures(self, ici: Any, case: Case) -> None:
        def meme(figure: str) -> Case | None:
            autre = case._replace(figure=figure)
            return autre if autre in ici else None

        for parts in PARTIES.get(case.figure, []):
            presentes = [p for figure in parts if (p := meme(figure)) is not None]
            if not presentes:
                continue
            reste: Any = ("reste", ici[case], tuple(ici[p] for p in presentes))
            self.attaquant.devine(reste)
            self.attaquant.sait_somme(ici[case], [reste, *(ici[p] for p in presentes)])
            vraie = self.vraies[ici[case]] - sum(self.vraies[ici[p]] for p in presentes)
            self.vraies[reste] = vraie
            self.larges[reste] = self._largeur_du_reste(case, parts, vraie)
        if case in self.hautes and not case.table.partition("/")[0][5:].isdigit():
            # Beyond it are the visits and the encounters of nobody known; a month tells no visits.
            haute: Any = ("haute", ici[case])
            self.vraies[haute] = self.hautes[case]
            self.attaquant.voit(haute, self.hautes[case])
            inconnus = [
                ici[c] for c in (
                    case._replace(figure="passages", axe="genre", code="SANS_PERSONNE"),
                    case._replace(figure="rencontres_non_identifiees"),
                ) if c in ici
            ]  # fmt: skip
            self.attaquant.sait_somme(haute, [ici[case], *inconnus])
        if case.figure in REDITES and not case.axe:
            figure, axe, garde = REDITES[case.figure]
            parts = [
                c for c in self._valeurs(ici, case._replace(figure=figure, axe=axe))
                if garde(c.code)
            ]  # fmt: skip
            self._unir(ici, case, parts, True)
        if case.figure == "file_active" and case.niveau != "ARRONDISSEMENT" and not case.axe:
            contacts = [
                ici[c] for f in ("passages_personnes", "actes_personnes", "rencontres", "nuitees")
                if (c := meme(f)) is not None
            ]  # fmt: skip
            if contacts:
                termes = {ici[case]: 1, **dict.fromkeys(contacts, -1)}
                self.attaquant.inegalites.append((termes, 0))

    def _largeur_du_reste(self, case: Case, parts: tuple[str, ...], vraie: int) -> int:
        """So few rows are of as few persons, if anybody's."""
        anonyme = case.figure in SANS_NOM and not case.axe
        peu = 0 < vraie <= 10 and case.figure not in SANS_RESTE and not anonyme
        return 10 if peu else 0

    def _valeurs(self, ici: Any, patron: Case) -> list[Case]:
        if not hasattr(self, "_index") or self._index[0] is not ici:
            index: dict[Case, list[Case]] = defaultdict(list)
            for case in ici:
                if case.axe:
                    index[case._replace(code="")].append(case)
            self._index = (ici, index)
        return self._index[1][patron._replace(code="")]


TOUTES = {
    "passages", "actes", "actes_infirmiers", "actes_acces_aux_droits", "materiel_distribue",
    "materiel_recupere", "nuitees", "entrees", "sorties", "jours_de_sejour", "sorties_fluides",
    "sorties_hors_deces", "rencontres", "rencontres_non_identifiees", "approches", "refus",
    "orientations", "orientations_annulees", "orientations_echues", "orientations_abouties",
}  # fmt: skip


def trop_etroites(partenaires: Partenaires) -> dict[Any, tuple[int, int]]:
    """What is known too well of what must stay wide: the least and the most of each."""
    attaquant = partenaires.attaquant
    larges = {nom: n for nom, n in partenaires.larges.items() if n and nom in attaquant.caches}
    return attaquant.etroits(larges, partenaires.vraies)
