"""Reads of the ground room, in the domain's words; the rules of visibility live here."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeGuard, cast

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Round

from commun.horloge import aujourd_hui, maintenant
from socle.doublons import (
    PROXIMITE,
    PROXIMITE_SEULE,
    SEUIL,
    CleDePseudonyme,
    Proximite,
    Ressemblance,
)
from socle.enums import Role

if TYPE_CHECKING:
    from socle.models import Utilisateur

TERRAIN = frozenset({Role.INTERVENANT, Role.SOIGNANT})
EQUIPES = TERRAIN | {Role.COORDINATEUR}
COORDINATION = frozenset({Role.COORDINATEUR})
ADMINISTRATION = frozenset({Role.ADMINISTRATEUR})
REFERENCE = COORDINATION | ADMINISTRATION


COMPTE_DU_JETON = """
SELECT u.* FROM socle_jeton j JOIN socle_utilisateur u ON u.uuid = j.utilisateur_id
WHERE j.empreinte = %s AND j.expire_le > %s AND j.revoque_le IS NULL AND u.is_active
"""


def a_un_role(
    utilisateur: Utilisateur | AnonymousUser, *roles: Role | str
) -> TypeGuard[Utilisateur]:
    """Whether this is a live account with one of these roles."""
    return (
        utilisateur.is_authenticated
        and utilisateur.is_active
        and getattr(utilisateur, "role", None) in roles
    )


class OrganismeQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """The directory: everyone but partners."""
        return self if a_un_role(utilisateur, *EQUIPES, Role.ADMINISTRATEUR) else self.none()


class StructureQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """The directory of all structures and hours, to orient: everyone but partners."""
        return self if a_un_role(utilisateur, *EQUIPES, Role.ADMINISTRATEUR) else self.none()

    def nommables_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Those that an account may ask figures of: what is told of them is decided after."""
        return self if a_un_role(utilisateur, *Role) else self.none()

    def gerees_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """The structures for which an account may record: those of its organisme."""
        if not a_un_role(utilisateur, *EQUIPES) or utilisateur.organisme_id is None:
            return self.none()
        return self.filter(organisme_id=utilisateur.organisme_id)

    def ouvertes(self, jour: date) -> Self:
        return self.filter(
            Q(ouverte_le__isnull=True) | Q(ouverte_le__lte=jour),
            Q(fermee_le__isnull=True) | Q(fermee_le__gt=jour),
        )


class HoraireQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Part of the directory."""
        return self if a_un_role(utilisateur, *EQUIPES, Role.ADMINISTRATEUR) else self.none()


class EquipeQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Field workers see the teams of their organisme; coordination and accounts see all."""
        if a_un_role(utilisateur, Role.COORDINATEUR, Role.ADMINISTRATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            return self.filter(structure__organisme_id=utilisateur.organisme_id)
        return self.none()


class UtilisateurQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Administrators see every account; teams the accounts of their own organisme."""
        if a_un_role(utilisateur, Role.ADMINISTRATEUR):
            return self
        if a_un_role(utilisateur, *EQUIPES) and utilisateur.organisme_id is not None:
            return self.filter(organisme_id=utilisateur.organisme_id)
        return self.none()

    def du_jeton(self, empreinte: str) -> Utilisateur | None:
        """The account that a token opens: neither expired nor revoked, of an active account.

        Asked by every request: written plainly, since making it anew costs more than asking it.
        """
        return next(iter(self.raw(COMPTE_DU_JETON, [empreinte, maintenant()])), None)


class JetonQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Administrators see every session; coordination those of its own organisme, to end the
        one of a lost tablet."""
        if a_un_role(utilisateur, Role.ADMINISTRATEUR):
            return self
        if a_un_role(utilisateur, Role.COORDINATEUR) and utilisateur.organisme_id is not None:
            return self.filter(utilisateur__organisme_id=utilisateur.organisme_id)
        return self.none()


class AccordPartageQuerySet(models.QuerySet[Any]):
    def en_cours(self) -> Self:
        jour = aujourd_hui()
        return self.filter(Q(retire_le__isnull=True) | Q(retire_le__gt=jour), donne_le__lte=jour)

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """The organisme that owns the file, and the one that the agreement is for."""
        if not a_un_role(utilisateur, *EQUIPES) or utilisateur.organisme_id is None:
            return self.none()
        organisme = utilisateur.organisme_id
        return self.filter(Q(personne__organisme_id=organisme) | Q(organisme_id=organisme))


class AccesPersonneQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Who knows the persons of one's own organisme, and whom one's own organisme knows."""
        if not a_un_role(utilisateur, *EQUIPES) or utilisateur.organisme_id is None:
            return self.none()
        organisme = utilisateur.organisme_id
        return self.filter(Q(personne__organisme_id=organisme) | Q(organisme_id=organisme))


class FusionQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Coordination sees all; teams those of two files of their organisme."""
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            organisme = utilisateur.organisme_id
            return self.filter(gardee__organisme_id=organisme, alias__organisme_id=organisme)
        return self.none()

    def en_vigueur(self) -> Self:
        return self.filter(annulee_le__isnull=True)


class DistinctionQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Coordination sees all; teams those of two files of their organisme."""
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            organisme = utilisateur.organisme_id
            return self.filter(premiere__organisme_id=organisme, seconde__organisme_id=organisme)
        return self.none()


class LienPersonneQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Coordination, of its organisme's files, and what is of this room: a contact elsewhere
        would tell where somebody went."""
        if not a_un_role(utilisateur, Role.COORDINATEUR) or utilisateur.organisme_id is None:
            return self.none()
        return self.filter(
            fusion__gardee__organisme_id=utilisateur.organisme_id,
            fusion__alias__organisme_id=utilisateur.organisme_id,
            table__startswith="socle_",
        )


class PersonneQuerySet(models.QuerySet[Any]):
    def dossiers_de(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Files seen whole: of the own organisme, or under an agreement in force."""
        if not a_un_role(utilisateur, *EQUIPES) or utilisateur.organisme_id is None:
            return self.none()
        return self.filter(self._dossier_complet(utilisateur))

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Persons whose existence may be known, each with `acces_complet`.

        Without full access only `code` and `pseudonyme` may be shown or filtered on: while an
        orientation to the organisme is open, for good after a passage or a stay there, and for
        coordination everywhere.

        An alias is not shown beside the file that was kept, but to who sees the alias whole and
        the kept file not: a merge takes nothing away from them, and opens nothing to them.
        """
        if not a_un_role(utilisateur, *EQUIPES):
            return self.none()
        complet = self._dossier_complet(utilisateur)
        visibles = self.annotate(acces_complet=models.ExpressionWrapper(complet, BooleanField()))
        gardee_complete = self._de_la_gardee(complet)
        alias = Q(alias_de__isnull=False) & complet & ~Q(gardee_complete)
        return visibles.filter(
            (Q(alias_de__isnull=True) & self._connue(utilisateur, complet)) | alias
        )

    def nommables_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Persons that a write may name: those that one may know, and their aliases."""
        if not a_un_role(utilisateur, *EQUIPES):
            return self.none()
        connue = self._connue(utilisateur, self._dossier_complet(utilisateur))
        return self.filter(connue | Q(self._de_la_gardee(connue)))

    def ressemblant_a(self, personne: Any, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Files that may be of the same person, as far as this account may know, with `score` and
        `proximite`, the likeliest first; those that were there before."""
        cle = CleDePseudonyme(Value(personne.pseudonyme))
        proximite = Proximite(CleDePseudonyme(F("pseudonyme")), cle)
        entier = Ressemblance(
            F("proximite"), F("annee_naissance"), Value(personne.annee_naissance, IntegerField()),
            F("genre"), Value(personne.genre), Value(0),
        )  # fmt: skip
        lignes = self.visibles_par(utilisateur).filter(alias_de__isnull=True)
        return (
            lignes.exclude(pk=personne.pk)
            .alias(cle=CleDePseudonyme(F("pseudonyme")))
            .filter(cle__trigram_similar=cle, cree_le__lte=personne.cree_le)
            .annotate(proximite=proximite)
            .annotate(
                score=Case(
                    When(acces_complet=True, then=entier),
                    default=Round(50 * F("proximite"), output_field=IntegerField()),
                )
            )
            .filter(
                Q(acces_complet=True, proximite__gte=PROXIMITE, score__gte=SEUIL)
                | Q(acces_complet=False, proximite__gte=PROXIMITE_SEULE)
            )
            .order_by("-score", "-pk")
        )

    def menees_par(self, *cles: Any) -> Self:
        """The keys of the files that aliases lead to; nothing where these name no alias."""
        aliases: Any = self.filter(pk__in=cles, alias_de__isnull=False).order_by()
        return cast("Self", aliases.values_list("alias_de", flat=True))

    @staticmethod
    def _de_la_gardee(condition: Q) -> Exists:
        """The condition, asked of the file that an alias leads to."""
        from socle.models import Personne

        return Exists(Personne.objects.filter(condition, pk=OuterRef("alias_de_id")).order_by())

    @staticmethod
    def _connue(utilisateur: Utilisateur, complet: Q) -> Q:
        if utilisateur.role == Role.COORDINATEUR:
            return Q(Value(True))
        from socle.models import AccesPersonne

        acces = AccesPersonne.objects.filter(
            personne=OuterRef("pk"), organisme=utilisateur.organisme_id
        )
        return complet | Q(Exists(acces))

    @staticmethod
    def _dossier_complet(utilisateur: Utilisateur) -> Q:
        from socle.models import AccordPartage

        if utilisateur.organisme_id is None:
            return Q(Value(False))
        accord = AccordPartage.objects.en_cours().filter(
            personne=OuterRef("pk"), organisme=utilisateur.organisme_id
        )
        return Q(organisme_id=utilisateur.organisme_id) | Q(Exists(accord))

    def chercher(self, texte: str) -> Self:
        """By code, an alias's included, or by any part of the pseudonym; capitals and accents
        don't matter."""
        from socle.models import Personne

        texte = texte.strip()
        code = texte.replace(" ", "").replace("-", "")
        aliases = Personne.objects.filter(code__iexact=code, alias_de__isnull=False).order_by()
        return self.filter(
            Q(code__iexact=code)
            | Q(pk__in=aliases.values("alias_de"))
            | Q(pseudonyme__unaccent__icontains=texte)
        )
