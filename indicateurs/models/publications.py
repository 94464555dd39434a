"""What was published of a period: numbered, signed, and from then on unchangeable."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from commun.historique import suivre
from commun.models import Enregistrement, JamaisVidee
from indicateurs.enums import Niveau, StatutPublication
from indicateurs.querysets import ChiffreQuerySet, PublicationQuerySet
from socle.models import Utilisateur

# Of a breakdown that was taken out whole: its territories and its values.
TOUS = "*"
REFUS = """
RAISE EXCEPTION 'Ce qui a été publié ne change plus.'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_signee_immuable';
"""
JAMAIS_VIDE = f"""
IF EXISTS (SELECT FROM indicateurs_publication WHERE statut = 'SIGNEE') THEN {REFUS} END IF;
RETURN NULL;
"""


# Prepared, signed or replaced one at a time.
VERROU = 7_203_023
# What is masked rests on all that was signed of the same year: on that, and on no less.
SUR_TOUT_CE_QUI_EST_SIGNE = f"""
PERFORM pg_advisory_xact_lock({VERROU});
IF EXISTS (
    SELECT FROM indicateurs_publication autre
    WHERE autre.statut = 'SIGNEE' AND left(autre.periode, 4) = left(NEW.periode, 4)
        AND autre.signee_le > NEW.connu_le
) THEN
    RAISE EXCEPTION 'Une période de la même année a été signée depuis.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_sur_tout_ce_qui_est_signe';
END IF;
RETURN NEW;
"""


def verrouiller(cles: str) -> str:
    """Refuse if one of these is signed, and keep them from being signed before the commit."""
    lignes = f"FROM indicateurs_publication WHERE uuid IN ({cles})"
    return (
        f"PERFORM {lignes} FOR SHARE;"
        f" PERFORM {lignes} AND statut = 'SIGNEE'; IF FOUND THEN {REFUS} END IF;"
    )


@suivre()
class Publication(Enregistrement):
    """A revision of the figures of a month, a quarter or a year.

    Prepared, it is counted and masked, and can be thrown away; signed, partners read it and
    nobody changes it, not even by SQL.
    """

    periode = models.CharField("période", max_length=7)
    debut = models.DateField("premier jour")
    fin = models.DateField("jour d'après le dernier")
    revision = models.PositiveSmallIntegerField("révision")
    statut = models.CharField(
        "statut", max_length=10, choices=StatutPublication, default=StatutPublication.PREPAREE
    )
    connu_le = models.DateTimeField("connu le")
    formule = models.CharField("formule", max_length=50)
    signee_le = models.DateTimeField("signée le", null=True, blank=True)
    signee_par = models.ForeignKey(
        Utilisateur,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="signée par",
    )

    objects = PublicationQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "publication"
        ordering = ["-debut", "-fin", "-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["periode", "revision"],
                name="publication_revision_unique",
                violation_error_message="Cette révision de la période existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["periode"],
                condition=Q(statut=StatutPublication.PREPAREE),
                name="publication_une_preparee_par_periode",
                violation_error_message="Une publication de cette période est déjà préparée.",
            ),
            models.CheckConstraint(
                condition=Q(debut__lt=models.F("fin")),
                name="publication_debut_avant_fin",
                violation_error_message="Le premier jour précède le dernier.",
            ),
            models.CheckConstraint(
                condition=Q(
                    statut=StatutPublication.PREPAREE,
                    signee_le__isnull=True,
                    signee_par__isnull=True,
                )
                | Q(
                    statut=StatutPublication.SIGNEE,
                    signee_le__isnull=False,
                    signee_par__isnull=False,
                ),
                name="publication_signee_par_quelqu_un",
                violation_error_message="Une publication signée dit par qui et quand.",
            ),
        ]
        triggers = [
            *Enregistrement.Meta.triggers,
            pgtrigger.Trigger(
                name="signee_immuable",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__statut=StatutPublication.SIGNEE),
                func=REFUS,
            ),
            pgtrigger.Trigger(
                name="sur_tout_ce_qui_est_signe",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__statut=StatutPublication.SIGNEE),
                func=SUR_TOUT_CE_QUI_EST_SIGNE,
            ),
            JamaisVidee(name="jamais_videe", func=JAMAIS_VIDE),
        ]

    def __str__(self) -> str:
        return f"{self.periode}, révision {self.revision}"


CELLULE = ["indicateur", "niveau", "territoire", "axe", "code"]


class DUneCellule(models.Model):
    """Of a figure, a territory and a value of an axis."""

    indicateur = models.CharField("indicateur", max_length=40)
    niveau = models.CharField("niveau", max_length=15, choices=Niveau)
    territoire = models.CharField("territoire", max_length=60, blank=True)
    axe = models.CharField("ventilation", max_length=20, blank=True)
    code = models.CharField("valeur de la ventilation", max_length=60, blank=True)

    class Meta:
        abstract = True

    @property
    def cellule(self) -> tuple[str, ...]:
        return tuple(getattr(self, nom) for nom in CELLULE)


class Chiffre(DUneCellule):
    """One figure of a publication.

    `valeur` is what leaves the house, with its bounds where it has some: nothing where it is
    masked, makes no sense, or was taken out because what was published before would give it away
    whatever is masked. `exacte`, `personnes`, `attente` and `tardives` never do: what is behind it,
    how many persons contribute, what a correction too small to be shown will add, and how much of
    both has reached us since the revision before.
    """

    publication = models.ForeignKey(
        Publication, models.CASCADE, related_name="chiffres", verbose_name="publication"
    )
    formule = models.CharField("formule", max_length=50)
    valeur = models.DecimalField(
        "valeur publiée", max_digits=16, decimal_places=4, null=True, blank=True
    )
    secret = models.BooleanField("masqué", default=False)
    retire = models.BooleanField("retiré", default=False)
    borne_basse = models.BigIntegerField("borne basse", null=True, blank=True)
    borne_haute = models.BigIntegerField("borne haute", null=True, blank=True)
    exacte = models.BigIntegerField("valeur exacte", null=True, blank=True)
    personnes = models.IntegerField("personnes", null=True, blank=True)
    attente = models.BigIntegerField("correction en attente", default=0)
    tardives = models.BigIntegerField("saisies tardives", default=0)

    objects = ChiffreQuerySet.as_manager()

    class Meta:
        verbose_name = "chiffre publié"
        verbose_name_plural = "chiffres publiés"
        constraints = [
            models.UniqueConstraint(
                fields=["publication", *CELLULE],
                name="chiffre_unique",
                violation_error_message="Ce chiffre est déjà dans la publication.",
            ),
            models.CheckConstraint(
                condition=Q(valeur__isnull=True) | Q(secret=False, retire=False),
                name="chiffre_masque_sans_valeur",
                violation_error_message="Un chiffre masqué ou retiré n'a pas de valeur.",
            ),
            models.CheckConstraint(
                condition=Q(borne_basse__isnull=True, borne_haute__isnull=True)
                # Of nothing a comparison says nothing, and would be let through.
                | Q(
                    valeur__isnull=False,
                    borne_basse__isnull=False,
                    borne_haute__isnull=False,
                    borne_basse__lte=models.F("valeur"),
                    valeur__lte=models.F("borne_haute"),
                ),
                name="chiffre_entre_ses_bornes",
                violation_error_message="Un chiffre est entre ses bornes, et masqué n'en a pas.",
            ),
            models.CheckConstraint(
                condition=Q(secret=False) | Q(retire=False),
                name="chiffre_masque_ou_retire",
                violation_error_message="Un chiffre est masqué ou retiré, pas les deux.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="signe_immuable",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                # Nothing is put into a signed one either.
                func=f"{verrouiller('OLD.publication_id, NEW.publication_id')}"
                " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
            ),
            pgtrigger.Trigger(
                name="signe_complet",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="nouveaux"),  # type: ignore[no-untyped-call]
                func=f"{verrouiller('SELECT publication_id FROM nouveaux')} RETURN NULL;",
            ),
            JamaisVidee(name="jamais_vides", func=JAMAIS_VIDE),
        ]

    def __str__(self) -> str:
        return f"{self.indicateur} {self.territoire} {self.code}".strip()
