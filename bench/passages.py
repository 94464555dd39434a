"""Visits over HTTP: eight clients and two workers, against a minimal view in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from uuid import uuid4

import django

django.setup()

from bench.mesures import Mesure, annoncer, publier
from bench.web import RACINE, Connexion, ensemble, serveur
from socle.models import Jeton, Utilisateur

CLIENTS, FOIS, TOURS = 8, 15, 25


def jeton_du_plancher() -> str:
    """Make the floor's tables; the token that it takes."""
    return subprocess.run(
        [sys.executable, "-m", "bench.plancher"],
        cwd=RACINE,
        env=os.environ | {"DATABASE_URL": os.environ["PLANCHER_URL"]},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()[-1]


def poster(chemin: str) -> Callable[[Connexion], None]:
    def faire(client: Connexion) -> None:
        statut, contenu, _ = client.demander(
            "POST",
            chemin,
            {
                "uuid": str(uuid4()),
                "structure": "espace-repos-chapelle",
                "genre_observe": "H",
                "saisi_le": datetime.now(UTC).isoformat(),
            },
        )
        if statut != 201:
            raise SystemExit(f"{chemin} a répondu {statut} : {contenu.decode()}")

    return faire


def main() -> None:
    annoncer(f"POST /passages/ : {CLIENTS} clients, 2 processus")
    secret, _ = Jeton.emettre(Utilisateur.objects.get(identifiant="intervenante"))
    with (
        # Without this project's own settings of gunicorn.
        serveur(
            "bench.plancher", "--config", os.devnull, DATABASE_URL=os.environ["PLANCHER_URL"]
        ) as port_du_plancher,
        serveur("config.wsgi") as notre_port,
    ):
        roles = {
            "plancher": (port_du_plancher, "/visites/", f"Token {jeton_du_plancher()}"),
            "notre": (notre_port, "/api/v1/passages/", f"Bearer {secret}"),
        }
        clients = {
            nom: [Connexion(port, Authorization=jeton) for _ in range(CLIENTS)]
            for nom, (port, _, jeton) in roles.items()
        }
        temps: dict[str, list[float]] = {nom: [] for nom in roles}
        # The first turn warms both up; then they take turns, so that both see the same machine.
        for tour in range(TOURS + 1):
            for nom, (_, chemin, _) in roles.items():
                duree = ensemble(clients[nom], poster(chemin), FOIS)
                if tour:
                    temps[nom].append(duree)
    debits = {nom: CLIENTS * FOIS / median(durees) for nom, durees in temps.items()}
    publier(
        Mesure(
            f"POST /passages/, {CLIENTS} clients, 2 processus",
            debits["plancher"] / debits["notre"], 1.3, "×",
            f"{debits['notre']:.0f} requêtes par seconde contre {debits['plancher']:.0f} pour une "
            "vue DRF minimale (un jeton lu, une ligne insérée, aucune autre requête)",
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
