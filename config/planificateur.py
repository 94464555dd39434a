"""`python -m config.planificateur` fails once beat has given no sign of life for three minutes.

For who watches its process (docker-compose.yml); the page at `/` tells the same. Beat's schedule
file would not do: some of the formats that Python has for it are written at the end only.
"""

from __future__ import annotations

import os
import sys

import django


def main() -> int:
    """0 where beat lives, 1 where it has been silent."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.cache import cache

    from commun.horloge import maintenant
    from config.celery import PLANIFICATEUR
    from config.etat import SILENCE

    signe = cache.get(PLANIFICATEUR)
    return int(signe is None or maintenant() - signe >= SILENCE)


if __name__ == "__main__":
    sys.exit(main())
