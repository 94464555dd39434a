"""What every record shares. Abstract only: this room has no table."""

from __future__ import annotations

import uuid

import pgtrigger
import uuid_utils
from django.contrib.postgres.functions import TransactionNow
from django.db import models


def uuid7() -> uuid.UUID:
    """A new time-ordered identifier (RFC 9562, version 7)."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class ChangementReel(pgtrigger.Condition):
    """Some stored column differs. Generated ones are not known yet before the row is written."""

    sql = "each column, compared"

    def resolve(self, model: type[models.Model]) -> str:
        colonnes = [f.column for f in model._meta.concrete_fields if not f.generated]
        anciennes = ", ".join(f'OLD."{colonne}"' for colonne in colonnes)
        nouvelles = ", ".join(f'NEW."{colonne}"' for colonne in colonnes)
        return f"(({anciennes}) IS DISTINCT FROM ({nouvelles}))"


class JamaisVidee(pgtrigger.Trigger):
    """Ask before a table is emptied at once, which no trigger of its rows would see."""

    level = pgtrigger.Statement
    when = pgtrigger.Before
    operation = pgtrigger.Truncate


class VersionQuiAvance(pgtrigger.Trigger):
    """Each real change of a row raises its version: bulk and raw writes count too."""

    name = "version_qui_avance"
    when = pgtrigger.Before
    operation = pgtrigger.Update
    condition = ChangementReel()
    func = "NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;"


class Enregistrement(models.Model):
    """A record named by a uuid, with the version that its ETag tells."""

    uuid = models.UUIDField("identifiant", primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField("version", default=1, editable=False)
    cree_le = models.DateTimeField("créé le", db_default=TransactionNow(), editable=False)
    modifie_le = models.DateTimeField("modifié le", db_default=TransactionNow(), editable=False)

    class Meta:
        abstract = True
        triggers: list[pgtrigger.Trigger] = [VersionQuiAvance()]

    @property
    def etag(self) -> str:
        """The strong entity tag of this state (RFC 9110, 8.8.3)."""
        return f'"{self.version}"'
