"""What every record made in the field carries: who, when, and what was first sent."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from commun.models import Enregistrement

DERIVE_TOLEREE = timedelta(minutes=2)


class CreationReconnue(Enregistrement):
    """A record whose uuid the client may make, and whose first request can be recognised.

    `empreinte_creation` is the digest of the first request: a replay is told from another
    request by it, and not by the row, which may have been corrected since.
    """

    auteur = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="auteur",
    )
    empreinte_creation = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta(Enregistrement.Meta):
        abstract = True


class SaisieDeTerrain(CreationReconnue):
    """A record made on a tablet: what its clock said, and when it reached us."""

    saisi_le = models.DateTimeField(
        "saisi le", default=timezone.now, help_text="Heure de l'appareil."
    )
    recu_le = models.DateTimeField("reçu le", default=timezone.now, editable=False)

    class Meta(CreationReconnue.Meta):
        abstract = True


class EvenementDeTerrain(SaisieDeTerrain):
    """A record of something that happened at an instant: the three times.

    `survenu_le` is the one that figures use. It starts as `saisi_le`; a coordinator can correct
    it, for instance where `derive_signalee` tells that the device's clock was ahead of ours.
    """

    survenu_le = models.DateTimeField(
        "survenu le", default=timezone.now, help_text="Heure retenue pour les chiffres."
    )
    derive_signalee = models.BooleanField(
        "horloge à vérifier",
        default=False,
        editable=False,
        help_text="L'appareil avançait de plus de deux minutes sur le serveur.",
    )

    class Meta(SaisieDeTerrain.Meta):
        abstract = True

    @property
    def decalage(self) -> timedelta | None:
        """By how much our clock was ahead of the device's, where the two were compared: `saisi_le`
        is told by ours then, until `dater`. Kept in no column: it is between the two times."""
        mesure: timedelta | None = self.__dict__.get("_decalage")
        return mesure

    @decalage.setter
    def decalage(self, mesure: timedelta | None) -> None:
        self.__dict__["_decalage"] = mesure

    def dater(self) -> None:
        """Derive `survenu_le` and the flag from the two clocks, for a record just received."""
        self.survenu_le = self.saisi_le
        if self.decalage is None:
            self.derive_signalee = self.saisi_le - self.recu_le > DERIVE_TOLEREE
        else:
            self.saisi_le -= self.decalage
            self.derive_signalee = abs(self.decalage) > DERIVE_TOLEREE
