"""Requests that have a chance: what the description generates, with the names of real records.

The description says that a place is a text; which texts are places, only the database knows. So
each case is adjusted before it is sent: most of its references name a record, seen or hidden, most
of its dates are near, most of its optional members go. What remains as generated is not touched.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import schemathesis
from django.urls import Resolver404, resolve
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation

from commun.api.viewsets import en_uuid
from commun.horloge import aujourd_hui, maintenant
from contacts.models import Contact
from hebergement.models import Chambre, DemandeHebergement, Place, Sejour, Site
from maraudes.models import Maraude, Secteur
from socle.enums import Role
from socle.models import Equipe, Organisme, Personne, Structure, Utilisateur
from tests.factories import MOT_DE_PASSE

REFERENCES: dict[str, Any] = {
    "alias": Personne,
    "chambre": Chambre,
    "chambres": Chambre,
    "contact": Contact,
    "demande": DemandeHebergement,
    "equipe": Equipe,
    "gardee": Personne,
    "maraude": Maraude,
    "membres": Utilisateur,
    "organisme": Organisme,
    "personne": Personne,
    "place": Place,
    "places": Place,
    "premiere": Personne,
    "seconde": Personne,
    "secteur": Secteur,
    "sejour": Sejour,
    "site": Site,
    "structure": Structure,
    "structure_origine": Structure,
}
# What is of a site, and how it says so: an address that names a site is about what is there.
DANS_UN_SITE = {Chambre: "site", Place: "site", Sejour: "place__site"}
# Days, from today, that have a chance where not every near day has: of who is awaited, of what has
# happened already, of what lies within a stay.
JOURS = {
    "attendue_le": (0, 20),
    "debut": (-5, 5),
    "demandee_le": (-30, 0),
    "fin": (6, 20),
    "garde_jusqu_au": (6, 30),
    "jour": (-4, -1),
}
# What nobody hands out at once.
QUANTITE = 100
# Members that are optional, of which one must be there all the same.
COMPLEMENTS: dict[str, tuple[str, Any]] = {
    "/api/v1/demandes-hebergement/": ("structure", "espace"),
    "/api/v1/materiel/": ("quantite_distribuee", 2),
    "/api/v1/orientations/": ("structure_origine", "espace"),
}


def _jour(ecart: int) -> str:
    return (aujourd_hui() + timedelta(days=ecart)).isoformat()


def _instant(minutes: int) -> str:
    return (maintenant() + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def _surtout(
    proches: st.SearchStrategy[str], tous: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.integers(0, 9).flatmap(lambda tire: tous if tire == 9 else proches)


_proches = st.integers(-40, 20).map(_jour)
_recents = st.integers(-40 * 24 * 60, 60).map(_instant)
_lointains = st.datetimes(timezones=st.timezones()).map(lambda instant: instant.isoformat())
schemathesis.openapi.format("date", _surtout(_proches, st.dates().map(str)))
schemathesis.openapi.format("date-time", _surtout(_recents, _lointains))


def _une_annee(hasard: Random) -> int:
    """Mostly the last one that is over: of it there are figures to read."""
    annee = aujourd_hui().year
    return annee - 1 if souvent(hasard, 6) else hasard.randint(2020, annee)


def _plausible(hasard: Random, nom: str) -> str:
    """A day that has a chance under this name."""
    return _jour(hasard.randint(*JOURS[nom]))


def souvent(hasard: Random, sur_dix: int) -> bool:
    return hasard.random() * 10 < sur_dix


class Vivier:
    """The records of the moment, those that an account sees apart from the others.

    It only proposes: what is told of them is judged elsewhere, by other means.
    """

    def __init__(self, compte: Utilisateur | None) -> None:
        self.compte = compte
        self._noms: dict[Any, tuple[list[str], list[str]]] = {}

    def oublier(self) -> None:
        self._noms.clear()

    def noms(self, modele: Any, site: Any = None) -> tuple[list[str], list[str]]:
        """What names the visible records of a model, of a site if need be, then all of them: uuids
        and codes."""
        if (modele, site) not in self._noms:
            vus: Any = modele.objects.all()
            if site is not None:
                vus = vus.filter(**{DANS_UN_SITE[modele]: site})
            if modele is Sejour:  # a hold is none, and is not to be seen
                vus = vus.sejours()
            if self.compte is not None:
                vus = vus.visibles_par(self.compte)
            self._noms[modele, site] = (
                list(self._nommer(vus)),
                list(self._nommer(modele.objects.all())),
            )
        return self._noms[modele, site]

    @staticmethod
    def _nommer(lignes: Any) -> Iterator[str]:
        for fiche in lignes.order_by("pk"):
            yield str(fiche.pk)
            if hasattr(fiche, "code") and not isinstance(fiche, Personne):
                yield fiche.code

    def tirer(self, hasard: Random, modele: Any, site: Any = None) -> str | None:
        vus, tous = self.noms(modele, site if modele in DANS_UN_SITE else None)
        parmi = vus if vus and souvent(hasard, 8) else tous
        return hasard.choice(parmi) if parmi else None


def resoudre(chemin: str) -> Any:
    """What an address of the description leads to, all that it leaves open filled in."""
    return resolve(chemin.format(uuid=uuid.UUID(int=1), jour=_jour(-1)))


def modele_de(chemin: str) -> Any:
    """The model of the records that an address of the description makes, or reads."""
    return getattr(resoudre(chemin).func.cls, "queryset", Organisme.objects).model


def modele_nomme(chemin: str) -> Any:
    """The model of the record that an address names: what is done to it may make another one."""
    fiche, ouvert, _ = chemin.partition("{uuid}/")
    try:
        return modele_de(fiche + ouvert)
    except Resolver404:
        return modele_de(chemin)


class Ajustement:
    """The hook that adjusts each generated case; it stands between the description and the wire."""

    def __init__(self, vivier: Vivier, rencontres: Callable[[], st.SearchStrategy[Any]]) -> None:
        self.vivier = vivier
        self.rencontres = rencontres
        self.curseurs: dict[str, list[str]] = {}
        # What answers have named: a link may give it, and must be followed.
        self.versions: set[str] = set()
        self.nommes: set[str] = set()
        # The site, the body and the digest of each plan that was told.
        self.plans: list[tuple[str, dict[str, Any], str]] = []
        self.tires = 0

    def ajuster(self, case: Any) -> st.SearchStrategy[Any]:
        """One draw, and chance from there: what Hypothesis draws must not depend on the tables."""

        @st.composite
        def ajuste(draw: Any) -> Any:
            hasard = Random(f"{draw(st.integers(0, 2**32))} {case.operation.label}")
            fausses = {
                lieu
                for lieu, partie in case.meta.components.items()
                if partie.mode == GenerationMode.NEGATIVE
            }
            # What is wrong on purpose stays as it is; the rest must not hide it.
            if ParameterLocation.PATH not in fausses:
                self._adresse(hasard, case)
            if ParameterLocation.HEADER not in fausses:
                self._entetes(hasard, case)
            if ParameterLocation.QUERY not in fausses:
                self._parametres(hasard, case)
            if ParameterLocation.BODY in fausses:
                case.body = self._nommer(hasard, case.body)
            elif case.path.endswith("/lot/"):
                lot = draw(st.lists(self.rencontres(), min_size=1, max_size=4))
                case.body = lot[0] if souvent(hasard, 1) else {"rencontres": lot}
            elif isinstance(case.body, dict):
                case.body = self._corps(hasard, case)
            return case

        return ajuste()

    def _adresse(self, hasard: Random, case: Any) -> None:
        """Keep what a link gave, and now and then what was generated."""
        donne = case.path_parameters.get("uuid")
        if "jour" in case.path_parameters and souvent(hasard, 9):
            case.path_parameters = {**case.path_parameters, "jour": _plausible(hasard, "jour")}
        if donne is None or donne in self.nommes or not souvent(hasard, 9):
            return
        nom = self.vivier.tirer(hasard, modele_nomme(case.path))
        sans_code = any(
            p.name == "uuid" and p.definition["schema"].get("format") == "uuid"
            for p in case.operation.path_parameters
        )
        if nom is not None and sans_code and en_uuid(nom) is None:
            nom = str(modele_nomme(case.path).objects.get(code=nom).pk)
        if nom is not None:
            case.path_parameters = {**case.path_parameters, "uuid": nom}

    def _entetes(self, hasard: Random, case: Any) -> None:
        accepte = hasard.choice([None] * 20 + ["application/json", "text/csv", "text/html", "*/*"])
        if accepte is not None:
            case.headers["Accept"] = accepte
        if case.method == "PATCH" and case.headers.get("If-Match") not in self.versions:
            version = hasard.choice(["*"] * 7 + ['"0", *', '"0"', None])
            if version is not None:
                case.headers["If-Match"] = version

    def _parametres(self, hasard: Random, case: Any) -> None:
        gardes = dict(case.query)
        exiges = {"annee", "structure"} | {p.name for p in case.operation.query if p.is_required}
        for nom in list(gardes):
            if not souvent(hasard, 4) and nom not in exiges:
                del gardes[nom]
            elif nom in JOURS and souvent(hasard, 8):
                gardes[nom] = _plausible(hasard, nom)
            elif nom in REFERENCES and souvent(hasard, 9):
                gardes[nom] = self.vivier.tirer(hasard, REFERENCES[nom])
        if "annee" in gardes and souvent(hasard, 8):
            gardes["annee"] = _une_annee(hasard)
        connus = self.curseurs.get(case.path)
        if connus and souvent(hasard, 2):
            gardes["curseur"] = hasard.choice(connus[-20:])
        case.query = gardes

    def _corps(self, hasard: Random, case: Any) -> Any:
        corps = dict(case.body)
        if case.path.endswith("/connexion/") and souvent(hasard, 7):
            role = hasard.choice(Role.values)
            return {"identifiant": f"compte-{role.lower()}", "mot_de_passe": MOT_DE_PASSE}
        if case.path.endswith("/fermer/") and self.plans and souvent(hasard, 5):
            site, dit, empreinte = self.plans[-1]
            case.path_parameters = {"uuid": site}
            nouveau = {"uuid": self.nouvel_identifiant(), "motif": corps.get("motif")}
            return {**dit, **nouveau, "empreinte": empreinte}
        exiges = exigences(case.operation)
        for nom in sorted(corps, key=str):
            fixe = case.method == "PATCH" and nom in {"uuid", "saisi_le"}
            if nom not in exiges and not souvent(hasard, 1 if fixe else 6):
                del corps[nom]
        if "uuid" in corps and souvent(hasard, 9):
            # New, or taken already by a record that one sees or not.
            pris = self.vivier.tirer(hasard, modele_de(case.path)) if souvent(hasard, 1) else None
            corps["uuid"] = pris or self.nouvel_identifiant()
        if case.method == "POST" and case.path in COMPLEMENTS and souvent(hasard, 7):
            nom, valeur = COMPLEMENTS[case.path]
            corps.setdefault(nom, valeur)
        for nom, valeur in corps.items():
            if isinstance(valeur, int) and valeur > QUANTITE and souvent(hasard, 8):
                corps[nom] = _une_annee(hasard) if nom == "annee" else valeur % QUANTITE
            elif isinstance(valeur, str) and nom in JOURS and souvent(hasard, 8):
                corps[nom] = _plausible(hasard, nom)
        if "constats" in corps:
            # Few: one that is unknown, or there twice, keeps all of them out.
            corps["constats"] = [
                {**constat, "uuid": self.nouvel_identifiant()} for constat in corps["constats"][:2]
            ]
        site = en_uuid(case.path_parameters.get("uuid")) if "/sites/" in case.path else None
        return self._nommer(hasard, corps, site)

    def nouvel_identifiant(self) -> str:
        """Never drawn twice, as Hypothesis likes to do."""
        self.tires += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, str(self.tires)))

    def _nommer(self, hasard: Random, noeud: Any, site: Any = None) -> Any:
        """References that name something, wherever they stand in a body."""
        if isinstance(noeud, list):
            return [self._nommer(hasard, fils, site) for fils in noeud]
        if not isinstance(noeud, dict):
            return noeud
        nomme = {}
        for nom, valeur in noeud.items():
            if nom in REFERENCES and isinstance(valeur, list):
                nomme[nom] = [self._reference(hasard, nom, une, site) for une in valeur[:3]]
            elif nom in REFERENCES:
                nomme[nom] = self._reference(hasard, nom, valeur, site)
            else:
                nomme[nom] = self._nommer(hasard, valeur, site)
        return nomme

    def _reference(self, hasard: Random, nom: str, valeur: Any, site: Any = None) -> Any:
        if isinstance(valeur, str) and souvent(hasard, 9):
            return self.vivier.tirer(hasard, REFERENCES[nom], site) or valeur
        return valeur


def exigences(operation: Any) -> set[str]:
    """The members that a body must have."""
    for corps in operation.definition.raw.get("requestBody", {}).get("content", {}).values():
        nom = corps["schema"].get("$ref", "").rpartition("/")[2]
        composants = operation.schema.raw_schema["components"]["schemas"]
        return set(composants.get(nom, {}).get("required", ()))
    return set()
