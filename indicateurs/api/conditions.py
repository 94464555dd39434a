"""Since when an answer is what it is, for who asks by date whether it has changed."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.http import parse_http_date_safe
from redis.exceptions import RedisError

from commun.horloge import maintenant

GARDE = 400 * 24 * 3600


def date_demandee(request: HttpRequest) -> int | None:
    """The second since which who asks wants to know; a date to come is none (RFC 9110)."""
    demandee = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return demandee if demandee and demandee <= maintenant().timestamp() else None


def inchangee_depuis(request: HttpRequest, forme: str, etag: str) -> int | None:
    """The second since which this question has this answer; None where it is not known yet.

    An answer follows from what was signed, from the perimeter and from names, which no single date
    tells: so it is remembered when each was first given. Where nothing is remembered, it is now;
    who holds an older answer is then sent this one again.
    """
    question = f"{request.user.pk} {forme} {request.get_full_path()}"
    cle = f"reponse-{hashlib.sha256(question.encode()).hexdigest()}"
    seconde = int(maintenant().timestamp())
    try:
        connu, depuis = cache.get(cle) or (None, seconde)
        if connu != etag:
            # Another one may have been given in this very second: this is told from the next on.
            depuis = seconde if connu is None else seconde + 1
            cache.set(cle, (etag, depuis), timeout=GARDE)
    except (OSError, RedisError):
        return None
    return int(depuis) if depuis <= seconde else None
