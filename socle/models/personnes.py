"""Persons as the service knows them: pseudonymous files, who opened them, who may see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Upper

from commun.historique import suivre
from commun.validators import annee_passee
from socle.doublons import CleDePseudonyme
from socle.enums import Genre, MotifAcces
from socle.models.saisie import SaisieDeTerrain
from socle.models.structures import Organisme
from socle.querysets import AccesPersonneQuerySet, AccordPartageQuerySet, PersonneQuerySet

# No letter or figure that is mistaken for another when read aloud or by hand.
ALPHABET_DES_CODES = "ACDEFGHJKMNPQRTWXY3479"
LONGUEUR_DES_CODES = 6


class NouveauCode(models.Func):
    """`NouveauCode(signs, length)`: a code that no file has, drawn by the database, which knows
    them all.

    Of the 113 million codes of six signs, two of ten thousand files would share one once in three
    times if they were drawn blindly.
    """

    function = "socle_nouveau_code"
    output_field = models.CharField()
    arity = 2


class DePersonne(models.ForeignKey):  # type: ignore[type-arg]
    """The person whose file a row hangs on, told by the database as it writes the row.

    A row that names an alias lands on the file that was kept: triggers of the rooms see to it.
    """

    db_returning = True

    def deconstruct(self) -> Any:
        nom, _, args, kwargs = super().deconstruct()
        return nom, "django.db.models.ForeignKey", args, kwargs


@suivre("empreinte_creation")
class Personne(SaisieDeTerrain):
    """A pseudonymous file; it belongs to the organisme that opened it.

    One that was merged into another is its alias: nothing hangs on it any more, and whoever names
    it is led to the file that was kept. An alias never leads to another alias.
    """

    code = models.CharField(
        "code",
        max_length=12,
        unique=True,
        db_default=NouveauCode(Value(ALPHABET_DES_CODES), Value(LONGUEUR_DES_CODES)),
    )
    pseudonyme = models.CharField("pseudonyme", max_length=80)
    genre = models.CharField("genre", max_length=15, choices=Genre, default=Genre.NON_RENSEIGNE)
    annee_naissance = models.PositiveSmallIntegerField(
        "année de naissance",
        null=True,
        blank=True,
        validators=[MinValueValidator(1900), annee_passee],
    )
    organisme = models.ForeignKey(
        Organisme, models.PROTECT, related_name="personnes", verbose_name="organisme"
    )
    alias_de = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        # Its index holds the aliases alone.
        db_index=False,
        related_name="aliases",
        verbose_name="alias de",
    )

    objects = PersonneQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "personne"
        ordering = ["-cree_le"]
        indexes = [
            GinIndex(OpClass(Upper("pseudonyme"), "gin_trgm_ops"), name="personne_pseudo_trgm"),
            # Two ways of writing one pseudonym: asked for every new file, and for all duplicates.
            GinIndex(
                OpClass(CleDePseudonyme("pseudonyme"), "gin_trgm_ops"), name="personne_cle_trgm"
            ),
            models.Index("alias_de", name="personne_alias_de", condition=Q(alias_de__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(annee_naissance__isnull=True)
                | Q(annee_naissance__gte=1900, annee_naissance__lte=2100),
                name="personne_annee_naissance_plausible",
                violation_error_message="L'année de naissance n'est pas plausible.",
            ),
            models.CheckConstraint(
                condition=~Q(alias_de=F("uuid")),
                name="personne_alias_d_une_autre",
                violation_error_message="Un dossier n'est pas son propre alias.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonyme} ({self.code})"

    @property
    def cle_suivie(self) -> UUID:
        """The key of the file that this one leads to: its own, unless it is an alias."""
        return self.alias_de_id or self.pk


@suivre("empreinte_creation")
class AccordPartage(SaisieDeTerrain):
    """A person's recorded agreement that another organisme sees their file; withdrawable."""

    personne = DePersonne(Personne, models.CASCADE, related_name="accords", verbose_name="personne")
    organisme = models.ForeignKey(
        Organisme, models.PROTECT, related_name="accords", verbose_name="organisme destinataire"
    )
    donne_le = models.DateField("donné le")
    retire_le = models.DateField("retiré le", null=True, blank=True)

    objects = AccordPartageQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "accord de partage"
        verbose_name_plural = "accords de partage"
        ordering = ["-donne_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["personne", "organisme"],
                condition=Q(retire_le__isnull=True),
                name="accord_en_cours_unique",
                violation_error_message="Un accord est déjà en cours avec cet organisme.",
            ),
            models.CheckConstraint(
                condition=Q(retire_le__isnull=True) | Q(retire_le__gte=F("donne_le")),
                name="accord_retire_apres_donne",
                violation_error_message="Un accord ne peut être retiré avant d'être donné.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.personne} → {self.organisme}"


class AccesPersonne(models.Model):
    """Organisme `organisme` may know the code and pseudonym of `personne`, and why.

    Written by triggers of the rooms above (an arrival, a stay, an open orientation), so that the
    rule of visibility is one test on one table and needs to know nothing of these rooms.
    `objet` names the open orientation and the row goes when it closes; for an arrival or a stay
    it is null and the row stays for good.
    """

    personne = models.ForeignKey(
        Personne, models.CASCADE, related_name="acces", verbose_name="personne"
    )
    organisme = models.ForeignKey(
        Organisme, models.CASCADE, related_name="acces", verbose_name="organisme"
    )
    motif = models.CharField("motif", max_length=12, choices=MotifAcces)
    objet = models.UUIDField("objet", null=True, blank=True)

    objects = AccesPersonneQuerySet.as_manager()

    class Meta:
        verbose_name = "accès à une personne"
        verbose_name_plural = "accès aux personnes"
        constraints = [
            models.UniqueConstraint(
                fields=["personne", "organisme", "motif", "objet"],
                nulls_distinct=False,
                name="acces_personne_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.personne_id} → {self.organisme_id} ({self.motif})"
