"""Yearly totals that are known only from outside: typed in with their source, never counted."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from commun.historique import suivre
from commun.models import JamaisVidee
from commun.validators import annee_passee, jour_passe
from indicateurs.enums import IndicateurSaisi
from indicateurs.querysets import ChiffreSaisiQuerySet
from socle.models.saisie import CreationReconnue

REFUS = """
RAISE EXCEPTION 'Un chiffre saisi ne change plus : une nouvelle saisie le remplace.'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'chiffre_saisi_immuable';
"""
JAMAIS_VIDE = f"IF EXISTS (SELECT FROM indicateurs_chiffresaisi) THEN {REFUS} END IF; RETURN NULL;"
# docs/definitions.md § 6: closed periods, and no figure of fewer than eleven persons. Looked at as
# it is written, since nothing changes afterwards; what was typed in before stays as it was.
SEUIL = 11
SECRET = f"""
IF NEW.annee >= date_part('year', NEW.recu_le AT TIME ZONE 'Europe/Paris') THEN
    RAISE EXCEPTION 'Cette année n''est pas finie.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'chiffre_saisi_d_une_annee_finie';
END IF;
IF NEW.valeur BETWEEN 1 AND {SEUIL - 1} THEN
    RAISE EXCEPTION 'Un total de moins de {SEUIL}.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'chiffre_saisi_sans_secret';
END IF;
-- What a total and an evolution tell together, of this year or of the one before; each of any
-- version, since all of them are read.
IF EXISTS (
    WITH dites AS (
        SELECT annee, valeur, evolution_pct FROM indicateurs_chiffresaisi
        WHERE indicateur = NEW.indicateur AND annee BETWEEN NEW.annee - 1 AND NEW.annee + 1
        UNION ALL SELECT NEW.annee, NEW.valeur, NEW.evolution_pct
    ), paires AS (
        SELECT t.valeur, 1 + e.evolution_pct / 100 AS facteur, e.annee = t.annee AS d_avant
        FROM dites t JOIN dites e ON e.annee IN (t.annee, t.annee + 1)
        WHERE t.valeur > 0 AND e.evolution_pct > -100 AND NEW.annee IN (t.annee, e.annee)
    )
    SELECT FROM paires
    WHERE round(CASE WHEN d_avant THEN valeur / facteur ELSE valeur * facteur END) < {SEUIL}
) THEN
    RAISE EXCEPTION 'Ce total et cette évolution disent un total de moins de {SEUIL}.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'chiffre_saisi_sans_secret_deduit';
END IF;
RETURN NEW;
"""


@suivre("empreinte_creation")
class ChiffreSaisi(CreationReconnue):
    """What a source says of a year of the whole network: a total, its change, or both.

    Nobody changes it: whoever corrects it types it in again, and the last one counts; one that
    was typed in by mistake is withdrawn in the same way. What was read once can be found again.
    """

    indicateur = models.CharField("indicateur", max_length=40, choices=IndicateurSaisi)
    annee = models.PositiveSmallIntegerField(
        "année", validators=[MinValueValidator(2000), annee_passee]
    )
    valeur = models.PositiveIntegerField("total de l'année", null=True, blank=True)
    evolution_pct = models.DecimalField(
        "évolution depuis l'année d'avant, en %",
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(-100)],
        help_text="Telle que la source la donne ; sinon elle se déduit des totaux.",
    )
    retire = models.BooleanField(
        "retiré", default=False, help_text="Ce qui avait été saisi de cette année ne vaut plus."
    )
    source = models.CharField(
        "source", max_length=200, help_text="D'où vient ce chiffre : un document, un service."
    )
    source_le = models.DateField("date de la source", validators=[jour_passe])

    recu_le = models.DateTimeField("reçu le", default=timezone.now, editable=False)

    objects = ChiffreSaisiQuerySet.as_manager()

    class Meta(CreationReconnue.Meta):
        verbose_name = "chiffre saisi"
        verbose_name_plural = "chiffres saisis"
        ordering = ["-annee", "indicateur", "-recu_le", "-uuid"]
        constraints = [
            models.CheckConstraint(
                condition=Q(retire=True, valeur__isnull=True, evolution_pct__isnull=True)
                | (Q(retire=False) & (Q(valeur__isnull=False) | Q(evolution_pct__isnull=False))),
                name="chiffre_saisi_dit_quelque_chose",
                violation_error_message="Dites le total de l'année ou son évolution ; rien des "
                "deux si vous retirez ce qui avait été saisi.",
            ),
            models.CheckConstraint(
                condition=Q(evolution_pct__isnull=True) | Q(evolution_pct__gte=-100),
                name="chiffre_saisi_baisse_possible",
                violation_error_message="Une baisse ne dépasse pas 100 %.",
            ),
            models.CheckConstraint(
                condition=Q(source_le__year__gte=F("annee")),
                name="chiffre_saisi_source_apres_debut",
                violation_error_message="La source ne précède pas l'année dont elle parle.",
            ),
        ]
        triggers = [
            *CreationReconnue.Meta.triggers,
            pgtrigger.Trigger(
                name="saisi_immuable",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=REFUS,
            ),
            pgtrigger.Trigger(
                name="saisi_sans_secret",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__retire=False),
                func=SECRET,
            ),
            JamaisVidee(name="saisis_jamais_vides", func=JAMAIS_VIDE),
        ]

    def __str__(self) -> str:
        return f"{self.get_indicateur_display()} {self.annee}"
