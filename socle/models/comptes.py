"""Accounts, their roles, and the tokens that stand for them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.http import urlsafe_base64_encode

from commun.historique import suivre
from commun.horloge import maintenant
from commun.models import Enregistrement
from socle.enums import Role
from socle.models.structures import Organisme, Structure
from socle.querysets import JetonQuerySet, UtilisateurQuerySet


class UtilisateurManager(BaseUserManager.from_queryset(UtilisateurQuerySet)):  # type: ignore[misc]
    """Creates accounts as Django's commands expect."""

    def create_user(
        self, identifiant: str, password: str | None = None, **champs: Any
    ) -> Utilisateur:
        utilisateur = self.model(identifiant=identifiant, **champs)
        utilisateur.set_password(password)
        utilisateur.save(using=self._db)
        return utilisateur

    def create_superuser(
        self, identifiant: str, password: str | None = None, **champs: Any
    ) -> Utilisateur:
        champs.setdefault("role", Role.ADMINISTRATEUR)
        return self.create_user(identifiant, password, **champs)


@suivre("password", "last_login")
class Utilisateur(Enregistrement, AbstractBaseUser, PermissionsMixin):
    """An account. What it may do follows from its role and organisme, from nothing else."""

    identifiant = models.CharField(
        "identifiant de connexion",
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
    )
    nom_affiche = models.CharField("nom affiché", max_length=120, blank=True)
    role = models.CharField("rôle", max_length=20, choices=Role)
    organisme = models.ForeignKey(
        Organisme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="utilisateurs",
        verbose_name="organisme",
        help_text="Vide pour un compte de tout le réseau.",
    )
    structures = models.ManyToManyField(
        Structure, blank=True, related_name="professionnels", verbose_name="structures"
    )
    is_active = models.BooleanField("actif", default=True)

    USERNAME_FIELD = "identifiant"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]

    objects = UtilisateurManager()

    class Meta(Enregistrement.Meta):
        verbose_name = "utilisateur"
        ordering = ["identifiant"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisme__isnull=False)
                | Q(role__in=[Role.COORDINATEUR, Role.PARTENAIRE, Role.ADMINISTRATEUR]),
                name="utilisateur_de_terrain_a_un_organisme",
                violation_error_message=(
                    "Un intervenant ou un soignant appartient à un organisme."
                ),
            ),
            models.UniqueConstraint(
                Lower("identifiant"),
                name="utilisateur_identifiant_sans_casse",
                violation_error_message="Un compte a déjà cet identifiant, aux majuscules près.",
            ),
        ]

    def __str__(self) -> str:
        return self.nom_affiche or self.identifiant

    @property
    def is_staff(self) -> bool:
        """Who may open the admin."""
        return self.role in {Role.COORDINATEUR, Role.ADMINISTRATEUR}


class Jeton(Enregistrement):
    """An opaque token. Only its digest is kept: what the table holds opens nothing."""

    utilisateur = models.ForeignKey(
        Utilisateur, models.CASCADE, related_name="jetons", verbose_name="utilisateur"
    )
    empreinte = models.CharField("empreinte", max_length=64, unique=True, editable=False)
    expire_le = models.DateTimeField("expire le")
    revoque_le = models.DateTimeField("révoqué le", null=True, blank=True)

    objects = JetonQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "jeton"
        ordering = ["-cree_le"]

    def __str__(self) -> str:
        return f"{self.utilisateur} jusqu'au {self.expire_le:%d/%m/%Y}"

    @staticmethod
    def calculer_empreinte(secret: str) -> str:
        """The hexadecimal HMAC-SHA-256 of a token, by `SECRET_KEY`.

        Not for want of bits, of which the secret has 256: so that a token made under one key, as
        the demonstration's are, opens nothing under another.
        """
        return salted_hmac("socle.Jeton.empreinte", secret, algorithm="sha256").hexdigest()

    @classmethod
    def emettre(
        cls,
        utilisateur: Utilisateur,
        expire_le: datetime | None = None,
        cle: UUID | None = None,
    ) -> tuple[str, Jeton]:
        """Make a token; returns its secret, which is not kept, and its row.

        Args:
            cle: of the demand, known to who asks alone. The secret follows from it and from
                `SECRET_KEY`: asked for again, it is the same token, as it is by now.
        """
        secret = secrets.token_urlsafe(32) if cle is None else cls._deriver(utilisateur, cle)
        jeton, _ = cls.objects.get_or_create(
            empreinte=cls.calculer_empreinte(secret),
            defaults={
                "utilisateur": utilisateur,
                "expire_le": expire_le or maintenant() + settings.JETON_DUREE,
            },
        )
        return secret, jeton

    @staticmethod
    def _deriver(utilisateur: Utilisateur, cle: UUID) -> str:
        """256 bits, as many as one that is drawn."""
        demande = f"{utilisateur.pk}:{cle}"
        condense = salted_hmac("socle.Jeton", demande, algorithm="sha256").digest()
        return urlsafe_base64_encode(condense)

    def revoquer(self, le: datetime | None = None) -> None:
        """From now on the token opens nothing; revoking twice keeps the first date."""
        Jeton.objects.filter(pk=self.pk, revoque_le=None).update(revoque_le=le or maintenant())
