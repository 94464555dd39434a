"""Tablets that may send, and the keys to which they seal what they send."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from commun.historique import suivre
from commun.models import Enregistrement
from socle.models import Organisme
from socle.models.personnes import ALPHABET_DES_CODES
from synchro.querysets import AppareilQuerySet, CleScellementQuerySet

# Read aloud from a desk to a corridor, once, within a day: nobody draws one of 26 million million.
LONGUEUR_DU_CODE = 10
DUREE_DU_CODE = timedelta(hours=24)


def condenser(secret: str, usage: str) -> str:
    """The hexadecimal HMAC-SHA-256 of a code or a token of a device, by `SECRET_KEY`."""
    return salted_hmac(f"synchro.{usage}", secret, algorithm="sha256").hexdigest()


@suivre("code_empreinte", "jeton_empreinte", "vu_le", "seq_vu", "version_application", "schema")
class Appareil(Enregistrement):
    """A tablet. Enrolled once, by a code that a coordinator gives; its token can only send."""

    libelle = models.CharField("nom", max_length=80)
    organisme = models.ForeignKey(
        Organisme, models.PROTECT, related_name="appareils", verbose_name="organisme"
    )
    code_empreinte = models.CharField(
        max_length=64, null=True, blank=True, editable=False, unique=True
    )
    code_expire_le = models.DateTimeField("code valable jusqu'au", null=True, editable=False)
    jeton_empreinte = models.CharField(
        max_length=64, null=True, blank=True, editable=False, unique=True
    )
    enrole_le = models.DateTimeField("enrôlé le", null=True, editable=False)
    revoque_le = models.DateTimeField("révoqué le", null=True, editable=False)
    vu_le = models.DateTimeField("vu le", null=True, editable=False)
    seq_vu = models.BigIntegerField("dernier numéro reçu", default=0, editable=False)
    version_application = models.CharField(
        "version de l'application", max_length=40, blank=True, editable=False
    )
    schema = models.PositiveSmallIntegerField("schéma", null=True, editable=False)

    objects = AppareilQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "appareil"
        verbose_name_plural = "appareils"
        ordering = ["libelle"]
        constraints = [
            models.CheckConstraint(
                condition=Q(enrole_le__isnull=True, jeton_empreinte__isnull=True)
                | Q(enrole_le__isnull=False, jeton_empreinte__isnull=False),
                name="appareil_enrole_a_un_jeton",
                violation_error_message="Un appareil enrôlé a un jeton d'envoi.",
            ),
            models.CheckConstraint(
                condition=Q(code_empreinte__isnull=True) | Q(enrole_le__isnull=True),
                name="appareil_enrole_une_fois",
                violation_error_message="Un appareil enrôlé n'a plus de code.",
            ),
        ]

    def __str__(self) -> str:
        return self.libelle

    @staticmethod
    def tirer_un_code() -> str:
        return "".join(secrets.choice(ALPHABET_DES_CODES) for _ in range(LONGUEUR_DU_CODE))

    @staticmethod
    def lire_un_code(dit: str) -> str:
        """A code as it was given, however it was typed."""
        return "".join(signe for signe in dit.upper() if signe.isalnum())


class CleScellement(models.Model):
    """A P-256 key pair of the server; devices seal to the public half.

    The private half is kept encrypted by a key that follows from `SECRET_KEY`. None is ever thrown
    away: a tablet may come back with what it sealed long ago.
    """

    cle_id = models.UUIDField("clé", primary_key=True, editable=False)
    publique = models.TextField("moitié publique", editable=False)
    privee = models.TextField(editable=False)
    cree_le = models.DateTimeField("créée le", editable=False)

    objects = CleScellementQuerySet.as_manager()

    class Meta:
        verbose_name = "clé de scellement"
        verbose_name_plural = "clés de scellement"
        ordering = ["-cree_le"]

    def __str__(self) -> str:
        return f"Clé du {self.cree_le:%d/%m/%Y}"
