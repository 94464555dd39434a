"""The Celery application and the whole beat table."""

import logging.config
import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("maraude")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def journaliser(loglevel: int, **_: Any) -> None:
    """The worker and beat write as the web server does, not with formats of their own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger().setLevel(loglevel)


@signals.task_prerun.connect
def _oublier_une_transaction_coupee(task: Any, **_: Any) -> None:
    """A time limit at the very end of a transaction keeps Django from seeing that end: it would
    wait for it on a closed connection, in every task that this process is given from then on."""
    from django.db import connections

    if task.request.is_eager:  # It runs within the transaction of who called it.
        return
    for connexion in connections.all(initialized_only=True):
        if connexion.in_atomic_block:
            connexion.close()
            del connections[connexion.alias]


# Hours are Paris hours (CELERY_TIMEZONE), so that "after midnight" stays so across clock changes.
# What is due once a day is asked for every hour: the broker may lose a message and its worker die.
app.conf.beat_schedule = {
    "calculer-la-nuit": {
        "task": "hebergement.tasks.calculer_nuits",
        "schedule": crontab(hour=0, minute=20),
    },
    "balayer-les-nuits-marquees": {
        "task": "hebergement.tasks.recalculer_marques",
        "schedule": 60.0,
    },
    "controler-l-occupation": {
        "task": "hebergement.tasks.controler_occupation",
        "schedule": crontab(hour="3-23", minute=10),
    },
    "expirer-les-propositions": {
        "task": "hebergement.tasks.expirer_les_propositions",
        "schedule": 60.0,
    },
    "clore-les-perdus-de-vue": {
        "task": "hebergement.tasks.clore_les_perdus_de_vue",
        "schedule": crontab(minute=45),
    },
    "balayer-les-orientations": {
        "task": "coordination.tasks.rapprocher_marques",
        "schedule": 60.0,
    },
    "echoir-les-orientations": {
        "task": "coordination.tasks.echoir_orientations",
        "schedule": crontab(minute=30),
    },
    "reprendre-les-operations-qui-attendent": {
        "task": "synchro.tasks.reprendre_ce_qui_attend",
        "schedule": 300.0,
    },
    "montrer-les-operations-qui-attendent-trop": {
        "task": "synchro.tasks.montrer_ce_qui_attend_trop",
        "schedule": crontab(minute=35),
    },
    "actualiser-les-faits": {
        "task": "indicateurs.tasks.actualiser_les_faits",
        "schedule": 300.0,
    },
    "controler-les-faits": {
        "task": "indicateurs.tasks.controler_les_faits",
        "schedule": crontab(minute=25),
    },
    "preparer-les-publications": {
        "task": "indicateurs.tasks.preparer_ce_qui_est_du",
        "schedule": crontab(hour="6-23", minute=40),
    },
    "purger-les-consultations": {
        "task": "indicateurs.tasks.purger_les_consultations",
        "schedule": crontab(minute=50),
    },
}

# Beat answers no question: it leaves in the cache the instant of its last sign of life.
PLANIFICATEUR = "planificateur"


def _donner_signe_de_vie(**_informations: Any) -> None:
    from django.core.cache import cache

    from commun.horloge import maintenant

    cache.set(PLANIFICATEUR, maintenant(), timeout=24 * 3600)


@signals.beat_init.connect
def _suivre_le_planificateur(**_informations: Any) -> None:
    """In beat's own process only: at its start, then whenever it sends something."""
    signals.after_task_publish.connect(_donner_signe_de_vie, weak=False)
    _donner_signe_de_vie()
