"""Structured logs: one JSON object a line, without personal data.

What is logged is an allow-list: event, level, time, logger, request id, method, route, status,
duration, and the technical fields named below. Anything else that a library binds (addresses,
user agents, bodies) is dropped before it is written.
"""

from __future__ import annotations

from typing import Any

import structlog

CHAMPS_PERMIS = frozenset(
    {
        "event", "level", "timestamp", "logger", "request_id", "code", "exc_info", "exception",
        "task", "task_id", "parent_task_id", "duration", "lignes", "marques", "sites", "ecarts",
        "formule", "etape", "erreur",
    }
)  # fmt: skip


def sans_donnee_personnelle(
    _logger: Any, _method: str, event_dict: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep only the fields that can't name a person, a place or a device.

    What begins with `_` is the formatter's own, and is never written.
    """
    return {
        cle: valeur
        for cle, valeur in event_dict.items()
        if cle in CHAMPS_PERMIS or cle.startswith("_")
    }


PROCESSEURS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    sans_donnee_personnelle,
    structlog.processors.format_exc_info,
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
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": PROCESSEURS,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}
