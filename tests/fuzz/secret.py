"""What an answer may not hold, and how one sees that it holds it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from tests.fuzz.monde import Monde

MARQUE = re.compile(r"zqx\d{5}xqz")
HEXADECIMAL = re.compile(r"(?=([0-9a-f]{32}))")
CURSEUR = re.compile(r"curseur=([A-Za-z0-9+/=%]+)")
RESERVES_D_UNE_PERSONNE = ("genre", "annee_naissance", "organisme", "saisi_le", "recu_le")
RESERVES_D_UNE_RENCONTRE = ("genre_observe", "tranche_age_observee")


def jetons(texte: str) -> set[str]:
    """The marks and the uuids (in hexadecimal) that a text holds, in its cursors too."""
    for curseur in CURSEUR.findall(texte):
        try:
            texte += b64decode(unquote(curseur)).decode()
        except ValueError:
            continue
    trouves = set(MARQUE.findall(texte))
    return trouves | set(HEXADECIMAL.findall(texte.lower().replace("-", "")))


def texte_de(reponse: Any) -> str:
    entetes = " ".join(valeur for valeurs in reponse.headers.values() for valeur in valeurs)
    return f"{entetes}\n{reponse.content.decode(errors='replace')}"


def _sans_identifiant(noeud: Any) -> Any:
    """A body without the uuids that its records take: that one is taken may be told."""
    if isinstance(noeud, dict):
        return {nom: _sans_identifiant(v) for nom, v in noeud.items() if nom != "uuid"}
    return [_sans_identifiant(fils) for fils in noeud] if isinstance(noeud, list) else noeud


def demandes(case: Any) -> set[str]:
    """What a request refers to."""
    dits = [case.path_parameters, dict(case.query), _sans_identifiant(case.body)]
    return jetons(json.dumps(dits, default=str))


def envoyes(case: Any) -> set[str]:
    """What the caller knew already."""
    dits = [case.path_parameters, dict(case.query), case.body]
    return jetons(json.dumps(dits, default=str))


def _objets(noeud: Any) -> Iterator[dict[str, Any]]:
    if isinstance(noeud, dict):
        yield noeud
        noeud = list(noeud.values())
    if isinstance(noeud, list):
        for fils in noeud:
            yield from _objets(fils)


def dits_de_trop(monde: Monde, caches: frozenset[str], case: Any, reponse: Any) -> list[str]:
    """What an answer tells that its reader may not know."""
    vus = jetons(texte_de(reponse)) & caches
    # What comes back as it was sent tells nothing, as long as it is not a record.
    if reponse.status_code >= 300 or case.method == "GET":
        vus -= envoyes(case) - {nom for nom in vus if MARQUE.fullmatch(nom)}
    trouves = [f"ce qui est caché : {sorted(vus)}"] if vus else []
    try:
        corps = reponse.json()
    except ValueError:
        return trouves
    for objet in _objets(corps):
        reserves: tuple[str, ...] = ()
        if "pseudonyme" in objet and objet.get("uuid") in monde.restreintes:
            reserves = RESERVES_D_UNE_PERSONNE
        elif "issue" in objet and objet.get("uuid") in monde.rencontres_d_ailleurs:
            reserves = RESERVES_D_UNE_RENCONTRE
        dits = [nom for nom in reserves if objet.get(nom) is not None]
        if dits:
            trouves.append(f"{dits} de {objet['uuid']}")
    return trouves


class Sosie:
    """The same request about records that never were: what is hidden answers just as they do."""

    def __init__(self, case: Any, caches: frozenset[str]) -> None:
        self.noms = {nom: uuid4().hex for nom in demandes(case) & caches if len(nom) == 32}
        self.case = case

    def demande(self) -> Any:
        sosie = self.case.derive()
        sosie.path_parameters = self._remplacer(self.case.path_parameters)
        sosie.query = self._remplacer(dict(self.case.query))
        if isinstance(self.case.body, dict | list):
            sosie.body = self._remplacer(self.case.body)
        return sosie

    def _remplacer(self, noeud: Any) -> Any:
        texte = json.dumps(noeud)
        for nom, autre in self.noms.items():
            texte = re.sub(_ecritures(nom), _avec_tirets(autre), texte, flags=re.IGNORECASE)
        return json.loads(texte)

    def difference(self, reponse: Any, sosie: Any) -> str | None:
        """How the two answers differ, the uuids put aside."""
        corps = [r.content.decode(errors="replace") for r in (reponse, sosie)]
        for nom, autre in self.noms.items():
            corps[0] = re.sub(_ecritures(nom), "…", corps[0], flags=re.IGNORECASE)
            corps[1] = re.sub(_ecritures(autre), "…", corps[1], flags=re.IGNORECASE)
        if (reponse.status_code, corps[0]) == (sosie.status_code, corps[1]):
            return None
        return f"{reponse.status_code} {corps[0][:300]} ≠ {sosie.status_code} {corps[1][:300]}"


def _avec_tirets(nom: str) -> str:
    return "-".join((nom[:8], nom[8:12], nom[12:16], nom[16:20], nom[20:]))


def _ecritures(nom: str) -> str:
    """Both ways of writing a uuid."""
    return "-?".join((nom[:8], nom[8:12], nom[12:16], nom[16:20], nom[20:]))
