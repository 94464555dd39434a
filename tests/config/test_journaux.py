"""One JSON object a line, from our own loggers and from those of libraries, allow-listed."""

from __future__ import annotations

import json
import logging
from typing import Any

import structlog

from config.journaux import LOGGING, PROCESSEURS


def ecrire(journal: Any, *arguments: Any, **champs: Any) -> dict[str, Any]:
    """What a call writes, through the formatter of the settings."""
    lignes: list[str] = []
    reglages = dict(LOGGING["formatters"]["json"])
    formateur = reglages.pop("()")(**reglages)

    class Garder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lignes.append(formateur.format(record))

    garder = Garder()
    racine = logging.getLogger("essai.journaux")
    racine.addHandler(garder)
    try:
        journal.warning(*arguments, **champs)
    finally:
        racine.removeHandler(garder)
    assert len(lignes) == 1
    ligne: dict[str, Any] = json.loads(lignes[0])
    return ligne


def test_a_library_is_heard() -> None:
    ligne = ecrire(logging.getLogger("essai.journaux"), "%s tombe", "La base")
    assert ligne["event"] == "La base tombe"
    assert set(ligne) == {"event", "level", "logger", "timestamp"}


def test_what_is_not_listed_is_dropped() -> None:
    journal = structlog.wrap_logger(
        logging.getLogger("essai.journaux"),
        processors=[*PROCESSEURS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    ligne = ecrire(journal, "passage", pseudonyme="Moineau", adresse_ip="10.0.0.1", lignes=3)
    assert ligne["lignes"] == 3
    assert "Moineau" not in json.dumps(ligne)
    assert "10.0.0.1" not in json.dumps(ligne)
