"""The one clock: instants are UTC, days are days in Paris."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format

PARIS = ZoneInfo("Europe/Paris")
MINUIT = time(0)


def maintenant() -> datetime:
    """The instant, aware."""
    return timezone.now()


def jour_paris(instant: datetime, bascule: time = MINUIT) -> date:
    """The day that an instant belongs to where days turn over at `bascule`, on the wall clock."""
    local = instant.astimezone(PARIS).replace(tzinfo=None)
    decalage = timedelta(hours=bascule.hour, minutes=bascule.minute, seconds=bascule.second)
    return (local - decalage).date()


def en_clair(instant: datetime) -> str:
    """An instant as a page tells it: the hour in Paris."""
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT")


def aujourd_hui(bascule: time = MINUIT) -> date:
    """Today in Paris."""
    return jour_paris(maintenant(), bascule)


def hier() -> date:
    """Yesterday in Paris: the last night that can be computed."""
    return aujourd_hui() - timedelta(days=1)
