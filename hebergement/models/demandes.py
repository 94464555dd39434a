"""Who waits for a place, what was proposed to them, and what each wait is worth."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from commun.historique import suivre
from commun.models import Enregistrement
from commun.validators import jour_passe
from contacts.models import Contact
from hebergement.enums import (
    ISSUES_DE_DEMANDE,
    ISSUES_DE_PROPOSITION,
    CritereAttente,
    MotifRefus,
    MotifSortie,
    OrigineDemande,
    PrioriteDemande,
    StatutDemande,
    TypePlace,
)
from hebergement.models.places import Place
from hebergement.models.sejours import Menage, Sejour
from hebergement.querysets import (
    DemandeHebergementQuerySet,
    PoidsAttenteQuerySet,
    PropositionQuerySet,
)
from socle.models import DePersonne, Personne, SaisieDeTerrain, Structure

REFUS = (StatutDemande.REFUSEE_PERSONNE.value, StatutDemande.REFUSEE_STRUCTURE.value)
SEUL_UN_REFUS_A_UN_MOTIF = (Q(issue__in=REFUS) & ~Q(motif_refus="")) | (
    ~Q(issue__in=REFUS) & Q(motif_refus="")
)


class AvecIssue(models.Model):
    """What ended something, why, and what was offered instead."""

    motif_refus = models.CharField("motif du refus", max_length=20, choices=MotifRefus, blank=True)
    precisions = models.CharField("précisions", max_length=200, blank=True)
    a_la_place = models.CharField("proposé à la place", max_length=200, blank=True)

    class Meta:
        abstract = True


DECES = "Décès."
DECEDEE = f"""
    SELECT FROM hebergement_sejour
    WHERE personne_id = NEW.personne_id AND motif_sortie = '{MotifSortie.DECES}'
"""
CLORE = f"""
    NEW.issue = '{StatutDemande.ANNULEE}'; NEW.precisions = '{DECES}'; NEW.close_le = now();
"""
ROUVRIR = f"""
IF EXISTS ({DECEDEE} AND uuid <> OLD.sejour_id) THEN {CLORE}
ELSE
    NEW.issue = ''; NEW.close_le = NULL;
END IF;
RETURN NEW;
"""


@suivre("empreinte_creation")
class DemandeHebergement(AvecIssue, SaisieDeTerrain):
    """A place is asked for: for whom, by whom, since when, and what they need.

    Where it stands is told from its propositions; `issue` is what ended it. One whose stay is
    deleted waits again, with its seniority. Needs rank and warn: they never keep anybody from being
    given a place.
    """

    personne = DePersonne(
        Personne, models.PROTECT, related_name="demandes_hebergement", verbose_name="personne"
    )
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="demandes_hebergement",
        verbose_name="structure qui demande",
    )
    contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="demandes_hebergement",
        verbose_name="contact d'origine",
    )
    origine = models.CharField("origine", max_length=10, choices=OrigineDemande)
    demandee_le = models.DateField("demandée le", validators=[jour_passe])
    type_place = models.CharField(
        "type de place", max_length=10, choices=TypePlace, default=TypePlace.HOTEL
    )
    reservee_femmes = models.BooleanField("place réservée aux femmes", default=False)
    plain_pied = models.BooleanField("de plain-pied", default=False)
    animal = models.BooleanField("avec un animal", default=False)
    couple = models.BooleanField("en couple", default=False)
    menage = models.ForeignKey(
        Menage,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="demandes",
        verbose_name="ménage",
        help_text="Ceux qui sont hébergés ensemble.",
    )
    priorite = models.CharField(
        "priorité", max_length=10, choices=PrioriteDemande, default=PrioriteDemande.NORMALE
    )
    motif_priorite = models.CharField("motif de la priorité", max_length=200, blank=True)
    issue = models.CharField(
        "issue", max_length=20, choices=ISSUES_DE_DEMANDE, blank=True, editable=False
    )
    close_le = models.DateTimeField("close le", null=True, blank=True, editable=False)
    sejour = models.ForeignKey(
        Sejour,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="demandes",
        verbose_name="séjour obtenu",
    )

    objects = DemandeHebergementQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "demande d'hébergement"
        verbose_name_plural = "demandes d'hébergement"
        ordering = ["-demandee_le"]
        indexes = [
            models.Index("type_place", name="demande_en_attente", condition=Q(issue="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(issue="", close_le=None) | (~Q(issue="") & Q(close_le__isnull=False)),
                name="demande_close_a_une_date",
                violation_error_message="Une demande close l'est à une date.",
            ),
            models.CheckConstraint(
                condition=Q(priorite=PrioriteDemande.NORMALE) | ~Q(motif_priorite=""),
                name="demande_priorite_a_un_motif",
                violation_error_message="Une priorité a un motif.",
            ),
            models.CheckConstraint(
                condition=SEUL_UN_REFUS_A_UN_MOTIF,
                name="demande_refus_a_un_motif",
                violation_error_message="Un refus, et lui seul, a un motif.",
            ),
            models.CheckConstraint(
                condition=Q(issue=StatutDemande.ABOUTIE, sejour__isnull=False)
                | (~Q(issue=StatutDemande.ABOUTIE) & Q(sejour=None)),
                name="demande_aboutie_a_un_sejour",
                violation_error_message="Une demande aboutie, et elle seule, a obtenu un séjour.",
            ),
        ]
        triggers = [
            *SaisieDeTerrain.Meta.triggers,
            # Whatever deletes the stay: an error that is taken back, a move that is not made. Of
            # who has died, nothing is waited for.
            pgtrigger.Trigger(
                name="rouverte_sans_son_sejour",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__sejour__isnull=False,
                    new__sejour__isnull=True,
                    new__issue=StatutDemande.ABOUTIE,
                ),
                func=ROUVRIR,
            ),
            # A tablet without network tells it once the death is known: kept, and waited for by
            # nobody.
            pgtrigger.Trigger(
                name="sans_suite_apres_un_deces",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__issue=""),
                # A death that is being told at this moment holds the person.
                func=f"""
                PERFORM FROM socle_personne WHERE uuid = NEW.personne_id FOR NO KEY UPDATE;
                IF EXISTS ({DECEDEE}) THEN {CLORE} END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Demande du {self.demandee_le:%d/%m/%Y}"


@suivre("empreinte_creation")
class Proposition(AvecIssue, SaisieDeTerrain):
    """A place that is held for a request.

    Until `expire_le` an answer is awaited; once it is accepted, the person. The hold is a row
    beside the stays, under the same constraint: nothing takes the place meanwhile.
    """

    demande = models.ForeignKey(
        DemandeHebergement, models.PROTECT, related_name="propositions", verbose_name="demande"
    )
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="propositions", verbose_name="place"
    )
    retenue = models.OneToOneField(
        Sejour,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="proposition",
        verbose_name="retenue",
    )
    expire_le = models.DateTimeField("expire le")
    acceptee_le = models.DateTimeField("acceptée le", null=True, blank=True, editable=False)
    attendue_le = models.DateField("arrivée attendue le", null=True, blank=True)
    issue = models.CharField(
        "issue", max_length=20, choices=ISSUES_DE_PROPOSITION, blank=True, editable=False
    )
    finie_le = models.DateTimeField("finie le", null=True, blank=True, editable=False)

    objects = PropositionQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "proposition"
        ordering = ["-cree_le"]
        indexes = [models.Index("expire_le", name="proposition_echeance", condition=Q(issue=""))]
        constraints = [
            models.UniqueConstraint(
                fields=["demande"],
                condition=Q(issue=""),
                name="proposition_une_a_la_fois",
                violation_error_message="Une place est déjà proposée pour cette demande.",
            ),
            models.CheckConstraint(
                condition=Q(issue="", finie_le=None, retenue__isnull=False)
                | (~Q(issue="") & Q(finie_le__isnull=False, retenue=None)),
                name="proposition_tient_sa_place",
                violation_error_message="Une proposition en cours tient une place, et elle seule.",
            ),
            models.CheckConstraint(
                condition=Q(acceptee_le=None, attendue_le=None)
                | Q(acceptee_le__isnull=False, attendue_le__isnull=False),
                name="proposition_acceptee_pour_un_jour",
                violation_error_message="Une proposition acceptée dit le jour de l'arrivée.",
            ),
            models.CheckConstraint(
                condition=SEUL_UN_REFUS_A_UN_MOTIF,
                name="proposition_refus_a_un_motif",
                violation_error_message="Un refus, et lui seul, a un motif.",
            ),
        ]

    def __str__(self) -> str:
        return f"Proposition du {self.cree_le:%d/%m/%Y}"


@suivre()
class PoidsAttente(Enregistrement):
    """How many points a request is given for a criterion; for waiting, each day."""

    critere = models.CharField("critère", max_length=20, choices=CritereAttente, unique=True)
    poids = models.PositiveSmallIntegerField("points", validators=[MaxValueValidator(10_000)])

    objects = PoidsAttenteQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "poids de l'attente"
        verbose_name_plural = "poids de l'attente"
        ordering = ["critere"]

    def __str__(self) -> str:
        return str(self.get_critere_display())
