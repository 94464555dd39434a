"""The same nights at a thousand, ten thousand and a hundred thousand places: time and memory."""

from __future__ import annotations

import resource
from pathlib import Path
from threading import Event, Thread

from bench.mesures import Mesure, annoncer, chronometrer, publier
from bench.nuits import executer, peupler, vider
from bench.occupation import notre
from hebergement.models import OccupationNuit, Sejour

TAILLES = (1_000, 10_000, 100_000)


class Memoire:
    """The private memory of the database's process for this connection, at its highest, in MB.

    Watched from the outside; None where the server is not on this machine.
    """

    def __init__(self) -> None:
        # A server that is reached otherwise may have its process anywhere, and this number be
        # somebody else's here.
        ((numero, par_socket),) = executer("SELECT pg_backend_pid(), inet_server_addr() IS NULL")
        self.fichier = Path(f"/proc/{numero}/status") if par_socket else None
        self.plus_haute: float | None = None
        self.fini = Event()

    def lire(self) -> float | None:
        try:
            lignes = self.fichier.read_text().splitlines() if self.fichier else []
        except OSError:
            return None
        return next((int(x.split()[1]) / 1024 for x in lignes if x.startswith("RssAnon")), None)

    def veiller(self) -> None:
        while not self.fini.wait(0.1):
            lue = self.lire()
            if lue is not None:
                self.plus_haute = max(self.plus_haute or 0, lue)

    def __enter__(self) -> Memoire:
        self.fil = Thread(target=self.veiller, daemon=True)
        self.fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.fini.set()
        self.fil.join()

    def __str__(self) -> str:
        return "non connue" if self.plus_haute is None else f"{self.plus_haute:.0f} Mo"


def main() -> None:
    # Their indexes would take longer to fill than everything else, and no calculation reads them.
    executer(
        "ALTER TABLE hebergement_sejour DROP CONSTRAINT sejour_une_personne_par_place, "
        "DROP CONSTRAINT sejour_une_place_par_personne"
    )
    par_million, pics, temps, memoires = [], [], [], []
    for places in TAILLES:
        annoncer(f"occupation depuis rien, {places} places × 10 ans")
        peupler(places, 100)
        vider()
        with Memoire() as memoire:
            duree = chronometrer(notre)
        volume = OccupationNuit.objects.count() + Sejour.objects.count()
        par_million.append(duree / volume * 1e6)
        # The peak of the process until now: nothing but this runs in it.
        pics.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        temps.append(f"{places} places : {par_million[-1]:.1f} s par million")
        memoires.append(f"{places} places : Python {pics[-1]:.0f} Mo, PostgreSQL {memoire}")
    publier(
        Mesure(
            f"la même, de {TAILLES[0]} à {TAILLES[-1]} places : temps par million",
            max(par_million) / min(par_million), 1.5, "×", " ; ".join(temps),
        )
    )  # fmt: skip
    publier(
        Mesure(
            f"la même : pic de mémoire de Python à {TAILLES[-1]} places ÷ à {TAILLES[0]}",
            pics[-1] / pics[0], 1.1, "×", " ; ".join(memoires),
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
