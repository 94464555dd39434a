"""One role against every operation: requests, their judges, and what came of them.

Nothing is raised on the way: a round goes to its end and tells all it found at once. So Hypothesis
never runs an example twice on a database that has changed since, which it would call flaky.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from contextlib import suppress
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition, Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.core.control import SkipTest
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup
from schemathesis.specs.openapi import checks as conformite

from tests.fuzz.generation import Ajustement, Vivier
from tests.fuzz.monde import EQUIPES, SANS_JETON, Monde
from tests.fuzz.secret import Sosie, dits_de_trop
from tests.test_reponses_decrites import description

CONTROLES = [
    schemathesis.checks.not_a_server_error,
    conformite.status_code_conformance,
    conformite.content_type_conformance,
    conformite.response_headers_conformance,
    conformite.response_schema_conformance,
    conformite.negative_data_rejection,
]
# What a request that is wrong may be answered: it may be wrong, and late or forbidden as well.
REFUS = [400, 401, 403, 404, 406, 409, 412, 413, 415, 428, 429]
# An operation that a role may use is tried this many times more before it is said to be out of
# reach: what is generated must also be possible, and a fuzz that is only refused proves nothing.
ACHARNEMENT = 15
SERIES = 4
REGLAGES = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def est_rogne(noeud: Any) -> bool:
    """Whether a text of a body has spaces around it: they are dropped before it is measured."""
    if isinstance(noeud, dict | list):
        return any(map(est_rogne, noeud.values() if isinstance(noeud, dict) else noeud))
    return isinstance(noeud, str) and noeud != noeud.strip()


class Campagne:
    """The application is called as WSGI, in this process, and commits for good.

    Commits, since a deferred constraint speaks only then; in this process, since a request costs
    no socket and an error leaves its traceback in the log of the test. What a server adds before
    the application (broken requests, bodies in pieces, workers) has tests of its own.
    """

    def __init__(self, monde: Monde, role: str, graine: int) -> None:
        self.monde, self.role, self.graine = monde, role, graine
        self.caches = monde.caches(role)
        self.vivier = Vivier(monde.comptes.get(role))
        self.jeton = monde.jeton(role) if role != SANS_JETON else ""
        self.bilan: dict[str, Counter[int]] = defaultdict(Counter)
        self.ecarts: dict[tuple[str, str], str] = {}
        self.sosies = self.suites = 0
        self.schema = self._charger()
        self.enchainement = self.schema.as_state_machine()
        self.operations = {o.ok().label: o.ok() for o in self.schema.get_all_operations()}

    def _charger(self) -> Any:
        """The committed description, where an answer holds what is described and nothing else."""
        schema = schemathesis.openapi.from_dict(
            deepcopy(description()[0]),
            config=schemathesis.Config.from_dict(
                {
                    "generation": {"with-security-parameters": False},
                    "checks": {"negative_data_rejection": {"expected-statuses": REFUS}},
                }
            ),
        )
        schema.app = get_wsgi_application()
        rencontre = "POST /api/v1/rencontres/"
        self.ajustement = Ajustement(
            self.vivier, lambda: self.operations[rencontre].as_strategy().map(lambda c: c.body)
        )

        @schema.hook
        def flatmap_case(context: Any, case: Any) -> SearchStrategy[Any]:
            return self.ajustement.ajuster(case)

        return schema

    # --- Requests -----------------------------------------------------------------------------

    def explorer(self, operation: Any, mode: GenerationMode, nombre: int, tour: int = 0) -> None:
        """This many requests to one operation, each by itself."""
        self.vivier.oublier()
        graine = crc32(f"{self.graine} {operation.label} {mode} {tour}".encode())

        @seed(graine)
        @settings(REGLAGES, max_examples=nombre)
        @given(operation.as_strategy(generation_mode=mode))
        def essayer(case: Any) -> None:
            self.juger(case, self.envoyer(case))

        try:
            essayer()
        except (SkipTest, Unsatisfiable):
            return  # nothing can be wrong in a request that says nothing
        except FlakyStrategyDefinition:
            return  # see `enchainer`

    def atteindre(self, operation: Any, nombre: int) -> None:
        """Go on until it has succeeded once, or it is clear that it does not."""
        for tour in range(1, ACHARNEMENT + 1):
            if self.reussies(operation.label):
                return
            self.explorer(operation, GenerationMode.POSITIVE, nombre, tour)

    def enchainer(self, scenarios: int, pas: int, tour: int = 0) -> None:
        """Scenarios along the links of the description: what one answers, the next one uses."""
        campagne = self

        class Enchainement(self.enchainement):  # type: ignore[misc, name-defined]
            def setup(self) -> None:
                campagne.vivier.oublier()

            def step(self, input: Any) -> Any:
                campagne.suites += input.transition is not None and input.is_applied
                return super().step(input)

            def call(self, case: Any, **kwargs: Any) -> Any:
                return campagne.envoyer(case)

            def validate_response(self, response: Any, case: Any, **kwargs: Any) -> None:
                campagne.juger(case, response)

        seed(crc32(f"{self.graine} {tour}".encode()))(Enchainement)
        reglages = settings(REGLAGES, max_examples=scenarios, stateful_step_count=pas)
        # What follows an answer depends on it, so on all that was written before: when Hypothesis
        # remarks that the same beginning led elsewhere, it stops there. What was sent was judged.
        with suppress(FlakyStrategyDefinition):
            Enchainement.run(settings=reglages)

    def parcourir(self, duree: float, autorisees: set[str]) -> None:
        """Rounds over all operations until the time is spent; at least one."""
        fin, tour = time.monotonic() + duree, 0
        while tour == 0 or time.monotonic() < fin:
            for label, operation in self.operations.items():
                permise, ecrit = label in autorisees, operation.method != "get"
                depart = tour * (ACHARNEMENT + 1)
                nombre = (7 if ecrit else 3) if permise else 1
                self.explorer(operation, GenerationMode.POSITIVE, nombre, depart)
                self.explorer(operation, GenerationMode.NEGATIVE, 3 if permise else 1, depart)
                if permise:
                    self.atteindre(operation, 4)
            if self.role in EQUIPES:
                for rang in range(SERIES):
                    self.enchainer(scenarios=8, pas=8, tour=tour * SERIES + rang)
            tour += 1

    def envoyer(self, case: Any) -> Any:
        reponse = case.call(headers=self.entetes())
        if case.path.endswith("/deconnexion/") and reponse.status_code == 204:
            self.jeton = self.monde.jeton(self.role)
        return reponse

    def entetes(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.jeton}"} if self.jeton else {}

    # --- Judges -------------------------------------------------------------------------------

    def juger(self, case: Any, reponse: Any) -> None:
        label = case.operation.label
        self.bilan[label][reponse.status_code] += 1
        try:
            case.validate_response(reponse, checks=CONTROLES, headers=self.entetes())
        except FailureGroup as groupe:
            for ecart in groupe.exceptions:
                if isinstance(ecart, AcceptedNegativeData) and est_rogne(case.body):
                    continue
                self._noter(case, ecart.title, f"{ecart.message}\n{reponse.text[:500]}")
        self._juger_le_probleme(case, reponse)
        for dit in dits_de_trop(self.monde, self.caches, case, reponse):
            self._noter(case, "Secret", f"{dit}\n{reponse.text[:500]}")
        sosie = Sosie(case, self.caches)
        if sosie.noms and reponse.status_code != 401:
            self.sosies += 1
            autre = sosie.demande().call(headers=self.entetes())
            if difference := sosie.difference(reponse, autre):
                self._noter(case, "Ce qui est caché répond autrement que rien", difference)
        if reponse.status_code in {200, 201}:
            self._retenir(case, reponse)
        if "/fermer/" in case.path and reponse.status_code in {200, 409}:
            self._retenir_le_plan(case, reponse.json())

    def _juger_le_probleme(self, case: Any, reponse: Any) -> None:
        """Every refusal is a problem detail that says what is wrong (RFC 9457)."""
        if reponse.status_code < 400:
            return
        try:
            corps = reponse.json()
            complet = corps["status"] == reponse.status_code and corps["detail"].strip()
        except (ValueError, TypeError, KeyError):
            complet = False
        if not complet:
            self._noter(case, "Refus sans explication", reponse.text[:500])

    def _retenir(self, case: Any, reponse: Any) -> None:
        """What the next requests may take up: versions, records, cursors."""
        self.ajustement.versions.update(reponse.headers.get("etag", ()))
        corps = reponse.json() if "json" in str(reponse.headers.get("content-type")) else {}
        if "uuid" in corps:
            self.ajustement.nommes.add(corps["uuid"])
        for sens in ("suivant", "precedent"):
            if corps.get(sens):
                curseur = parse_qs(urlsplit(corps[sens]).query)["curseur"][0]
                self.ajustement.curseurs.setdefault(case.path, []).append(curseur)

    def _retenir_le_plan(self, case: Any, corps: Any) -> None:
        """One that has a place for everybody may be applied: what was asked, and its digest."""
        plan = corps.get("plan", corps)
        if "relogements" in plan and all(r["place"] for r in plan["relogements"]):
            site = case.path_parameters["uuid"]
            self.ajustement.plans.append((site, dict(case.body), plan["empreinte"]))

    def _noter(self, case: Any, titre: str, message: str) -> None:
        """The first of each kind, with the command that asks the same."""
        self.ecarts.setdefault(
            (case.operation.label, titre), f"{message}\n{case.as_curl_command()}"
        )

    # --- Accounts -----------------------------------------------------------------------------

    def reussies(self, label: str) -> int:
        return sum(n for statut, n in self.bilan[label].items() if statut < 300)

    def raconter(self) -> str:
        """What came of each operation: how many requests, how many of them succeeded."""
        lignes = [
            f"{self.reussies(label):5} / {n.total():5}  {label}  {dict(sorted(n.items()))}"
            for label, n in sorted(self.bilan.items())
        ]
        total = sum(n.total() for n in self.bilan.values())
        reussies = sum(map(self.reussies, self.bilan))
        titre = (
            f"{self.role or 'sans jeton'} : {reussies} réussies sur {total}, "
            f"{self.suites} par un lien, {self.sosies} sosies (graine {self.graine})"
        )
        return "\n".join([titre, *lignes])

    def expliquer(self) -> str:
        return "\n\n".join(
            f"## {label} : {titre} ({self.role or 'sans jeton'})\n{exemple}"
            for (label, titre), exemple in sorted(self.ecarts.items())
        )
