"""Structured logs: one JSON object a line, without personal data.

What is logged is an allow-list: event, level, time, logger, request id, method, route, status, and
the technical fields named below. Anything else that a library binds (addresses, user agents,
bodies) is dropped before it is written.

Two things carry what people typed without being a field of their own, so they are rebuilt:

- the sentence of a library (« Not Found: /… », « Task … raised … »): its template is kept and its
  words are not; a sentence that was put together beforehand only tells where it came from;
- a traceback: the types and the lines of code are kept, the messages are not. PostgreSQL quotes
  the whole row in its own; its code and the constraint's name tell as much.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog
from django.dispatch import receiver
from django_structlog import signals

CHAMPS_PERMIS = frozenset(
    {
        "event", "level", "timestamp", "logger", "request_id", "code", "methode", "route",
        "exc_info", "exception", "origine", "task", "task_id", "parent_task_id", "duration",
        "lignes", "marques", "sites", "ecarts", "formule", "etape", "erreur",
    }
)  # fmt: skip
# Taken away by the formatter itself, after the filter.
POUR_LE_FORMATEUR = frozenset({"_record", "_from_structlog"})
# The words of its sentences that Celery names and that tell of a task, never of its arguments.
MOTS_DE_CELERY = frozenset({"name", "id", "runtime", "description"})
# A proxy may send the number of a request on; a client may send anything under that name.
NUMERO_DE_REQUETE = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
RACINE = Path(__file__).resolve().parent.parent
# Deeper than that, a recursion repeats itself.
CADRES = 40


def _origine(record: logging.LogRecord) -> str:
    return f"{record.module}.{record.funcName}:{record.lineno}"


def _taire(valeur: Any) -> Any:
    return valeur if isinstance(valeur, int | float) or valeur is None else "…"


def sans_paroles(_logger: Any, _method: str, ligne: structlog.typing.EventDict) -> Any:
    """The sentence of a library, without what it quotes."""
    record: logging.LogRecord = ligne["_record"]
    ligne["origine"] = _origine(record)
    mots = ligne.pop("positional_args", None)
    if not mots:
        ligne["event"] = "message"
        return ligne
    if isinstance(mots, dict):
        permis = MOTS_DE_CELERY if record.name.startswith("celery.") else frozenset()
        mots = {nom: v if nom in permis else _taire(v) for nom, v in mots.items()}
    else:
        mots = tuple(map(_taire, mots))
    try:
        ligne["event"] = ligne["event"] % mots
    except (TypeError, ValueError, KeyError):
        ligne["event"] = "message"
    return ligne


def sans_donnee_personnelle(
    _logger: Any, _method: str, event_dict: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep only the fields that can't name a person, a place or a device."""
    if not NUMERO_DE_REQUETE.fullmatch(str(event_dict.get("request_id", ""))):
        event_dict.pop("request_id", None)
    return {
        cle: valeur
        for cle, valeur in event_dict.items()
        if cle in CHAMPS_PERMIS or cle in POUR_LE_FORMATEUR
    }


def _chaine(erreur: BaseException) -> list[BaseException]:
    """An error and what it came from, the first cause last."""
    chaine: list[BaseException] = []
    suivante: BaseException | None = erreur
    while suivante is not None and suivante not in chaine:
        chaine.append(suivante)
        suivante = suivante.__cause__ or (
            None if suivante.__suppress_context__ else suivante.__context__
        )
    return chaine


def _lieu(cadre: traceback.FrameSummary) -> str:
    fichier = Path(cadre.filename)
    if fichier.is_relative_to(RACINE):
        fichier = fichier.relative_to(RACINE)
    return f"{fichier}:{cadre.lineno} {cadre.name}"


def decrire_erreur(erreur: BaseException) -> list[dict[str, Any]]:
    """What went wrong and where, innermost cause last; never what the error says.

    Returns:
        One `{type, lieux, sqlstate?, contrainte?}` for each error of the chain.
    """
    decrites: list[dict[str, Any]] = []
    for maillon in _chaine(erreur):
        cadres = traceback.extract_tb(maillon.__traceback__, limit=-CADRES)
        decrite: dict[str, Any] = {
            "type": f"{type(maillon).__module__}.{type(maillon).__qualname__}",
            "lieux": [_lieu(cadre) for cadre in cadres],
        }
        if sqlstate := getattr(maillon, "sqlstate", None):
            decrite["sqlstate"] = sqlstate
            if contrainte := getattr(getattr(maillon, "diag", None), "constraint_name", None):
                decrite["contrainte"] = contrainte
        decrites.append(decrite)
    return decrites


def decrire_exc_info(
    _logger: Any, _method: str, ligne: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Turn `exc_info`, in any of the forms that logging admits, into a description."""
    info = ligne.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    erreur = info[1] if isinstance(info, tuple) else info
    if isinstance(erreur, BaseException):
        ligne["exception"] = decrire_erreur(erreur)
    return ligne


class Console(logging.StreamHandler[Any]):
    """Python's own handler prints a record that it can't format, with all its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:
        erreur = sys.exc_info()[1]
        ligne = {
            "event": "ligne_illisible",
            "level": "error",
            "logger": record.name,
            "origine": _origine(record),
            "exception": decrire_erreur(erreur) if erreur else [],
        }
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(json.dumps(ligne, ensure_ascii=False) + self.terminator)
            self.flush()


PROCESSEURS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    sans_donnee_personnelle,
    decrire_exc_info,
]

structlog.configure(
    processors=[*PROCESSEURS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            "foreign_pre_chain": [sans_paroles, *PROCESSEURS],
            "use_get_message": False,
            "pass_foreign_args": True,
        }
    },
    "handlers": {"console": {"class": "config.journaux.Console", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Django would add a handler of its own, and one that mails whole requests.
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
        # One line a request is written already, with its route instead of its address.
        "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}


@receiver(signals.bind_extra_request_finished_metadata)
@receiver(signals.bind_extra_request_failed_metadata)
def dire_la_route(request: Any, log_kwargs: dict[str, Any], **_: Any) -> None:
    """Which route answered: its pattern, never the address that was asked for."""
    log_kwargs["methode"] = request.method
    if request.resolver_match is not None:
        log_kwargs["route"] = request.resolver_match.route
