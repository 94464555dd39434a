"""Reads of what figures are counted from, of what was published, and of who pulls it."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, Subquery
from django.db.models.query import RawQuerySet

from indicateurs.enums import StatutPublication
from socle.enums import Role
from socle.models import Utilisateur

PUBLIENT = frozenset({Role.COORDINATEUR})
AVEC_DES_ARRIVEES = """
WITH tardives AS MATERIALIZED (
    -- Few: what came before the end of its month came before anybody counted it.
    SELECT jour, recu_le FROM (
        SELECT jour, recu_le FROM contacts_contact
        UNION ALL SELECT jour, recu_le FROM contacts_acte
        UNION ALL SELECT jour, remise.recu_le
            FROM contacts_remisemateriel remise JOIN contacts_contact c ON c.uuid = contact_id
        UNION ALL SELECT (survenu_le AT TIME ZONE 'Europe/Paris')::date, recu_le
            FROM coordination_orientation
        UNION ALL SELECT arrivee, recu_le FROM hebergement_sejour
    ) AS saisies
    WHERE recu_le > date_trunc('month', jour::timestamp) + interval '1 month - 1 day'
)
SELECT publication.*, count(*) AS arrivees
FROM indicateurs_publication publication
JOIN tardives ON jour >= debut AND jour < fin AND tardives.recu_le > connu_le
WHERE NOT EXISTS (
    SELECT FROM indicateurs_publication suite
    WHERE suite.periode = publication.periode AND suite.revision > publication.revision
)
GROUP BY publication.uuid ORDER BY debut DESC, fin DESC
"""


class CompteesSeulementQuerySet(models.QuerySet[Any]):
    """Nobody sees the rows behind figures: they are only counted."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.none()


class PublicationQuerySet(models.QuerySet[Any]):
    def signees(self) -> Self:
        return self.filter(statut=StatutPublication.SIGNEE)

    def dernieres(self, jusqu_a: int | None = None) -> Self:
        """Of each period, the revision that was signed last, or last up to this one."""
        memes = self.model.objects.signees().filter(periode=OuterRef("periode"))
        if jusqu_a is not None:
            memes = memes.filter(revision__lte=jusqu_a)
        return self.filter(pk=Subquery(memes.order_by("-revision").values("pk")[:1]))

    def avec_leurs_comptes(self) -> Self:
        """`nombre` of figures and `masques` of each; and whether `corrections_en_attente`.

        How many wait would describe who makes them wait: of one man who came late, fewer figures
        wait than of one woman.
        """
        from indicateurs.models import AttenteSansChiffre, Chiffre

        chiffres = Chiffre.objects.filter(publication=OuterRef("pk"), retire=False)
        return self.annotate(
            nombre=Count("chiffres", filter=Q(chiffres__retire=False)),
            masques=Count("chiffres", filter=Q(chiffres__secret=True)),
            # Wherever nothing is published, too: if there are any would tell where that is.
            corrections_en_attente=Exists(chiffres.exclude(attente=0))
            | Exists(AttenteSansChiffre.objects.filter(publication=OuterRef("pk"))),
        ).order_by(*self.model._meta.ordering)

    def avec_des_arrivees(self) -> RawQuerySet[Any]:
        """The last revisions, signed or prepared, of whose days what was done reached us since:
        `arrivees`, a stay on the day when it began.

        It tells of rows, and is for who publishes only.
        """
        return self.raw(AVEC_DES_ARRIVEES)

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        role = getattr(utilisateur, "role", None)
        if role in PUBLIENT:
            return self
        return self.signees() if role == Role.PARTENAIRE else self.none()


class ChiffreQuerySet(models.QuerySet[Any]):
    """Partners never read the rows: their perimeter is in what is read to them."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if getattr(utilisateur, "role", None) in PUBLIENT else self.none()


class ChiffreSaisiQuerySet(models.QuerySet[Any]):
    def avec_leur_suite(self) -> Self:
        """`en_vigueur`: what was typed in last of its figure and year, unless it withdraws."""
        memes = self.model.objects.filter(
            indicateur=OuterRef("indicateur"), annee=OuterRef("annee")
        ).order_by("-recu_le", "-pk")
        derniere = Q(pk=Subquery(memes.values("pk")[:1]))
        return self.annotate(
            en_vigueur=ExpressionWrapper(derniere & Q(retire=False), BooleanField())
        )

    def en_vigueur(self) -> Self:
        return self.avec_leur_suite().filter(en_vigueur=True)

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """A partner reads them within its perimeter."""
        role = getattr(utilisateur, "role", None)
        return self if role in PUBLIENT | {Role.PARTENAIRE} else self.none()


class PartenaireQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if getattr(utilisateur, "role", None) == Role.ADMINISTRATEUR else self.none()


class ConsultationQuerySet(PartenaireQuerySet):
    pass
