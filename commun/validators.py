"""What a slip of the keyboard makes, and no record can hold: dates, texts that show nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from unicodedata import category

from django.core.exceptions import ValidationError

from commun.horloge import aujourd_hui, maintenant

PREMIERE_ANNEE, DERNIERE_ANNEE = 2000, 2099
# A device without network may have a clock that is ahead of ours.
AVANCE_TOLEREE = timedelta(hours=24)
# Between the browser that shows the hour and the server that reads it.
MINUTE_EN_COURS = timedelta(minutes=2)
UN_AN = timedelta(days=366)


def instant_plausible(instant: datetime) -> None:
    """An instant of a device: a clock that drifts is believed, nonsense is not."""
    if instant > maintenant() + AVANCE_TOLEREE:
        raise ValidationError("Cette heure est trop loin dans le futur.")
    if instant < datetime(PREMIERE_ANNEE, 1, 1, tzinfo=UTC):
        raise ValidationError("Cette heure est trop ancienne.")


def instant_passe(instant: datetime) -> None:
    """An instant that somebody types at a desk, of something that happened."""
    if instant > maintenant() + MINUTE_EN_COURS:
        raise ValidationError("Cette heure n'est pas encore passée.")
    instant_plausible(instant)


def texte_visible(texte: str) -> None:
    """A name that nobody can read is none."""
    if not any(est_visible(caractere) for caractere in texte):
        raise ValidationError("Il faut du texte que l'on puisse lire.")


def est_visible(caractere: str) -> bool:
    """Whether a character can be seen, alone."""
    return not caractere.isspace() and category(caractere) != "Cf"


def annee_passee(annee: int) -> None:
    """The year of something that has happened, a birth for instance."""
    if annee > aujourd_hui().year:
        raise ValidationError("Cette année est dans le futur.")


def jour_plausible(jour: date) -> None:
    """A day, past or planned; a slip of the keyboard would have centuries of nights computed."""
    if not PREMIERE_ANNEE <= jour.year <= DERNIERE_ANNEE:
        raise ValidationError(f"Il faut une date entre {PREMIERE_ANNEE} et {DERNIERE_ANNEE}.")


def jour_passe(jour: date) -> None:
    """A day of something that has happened, today's included."""
    jour_plausible(jour)
    if jour > aujourd_hui():
        raise ValidationError("Cette date est dans le futur.")


def jour_proche(jour: date) -> None:
    """A day on which somebody is to come somewhere: what is planned further ahead is a slip of the
    keyboard, and would be waited for in vain."""
    jour_plausible(jour)
    if jour > aujourd_hui() + UN_AN:
        raise ValidationError("Cette date est à plus d'un an.")


def jour_a_venir(jour: date) -> None:
    """A day when something is awaited, today's included."""
    jour_plausible(jour)
    if jour < aujourd_hui():
        raise ValidationError("Cette date est passée.")
