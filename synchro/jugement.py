"""What becomes of an operation: applied, or kept aside with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import pghistory
import structlog
from django.db import transaction
from rest_framework.response import Response

from commun.api.errors import ABSENCES, corps, traiter_erreur
from commun.api.viewsets import en_uuid
from commun.horloge import maintenant
from socle import preuves
from socle.models import Personne, Utilisateur
from synchro.enums import Resultat, StatutOperation
from synchro.lecture import SCHEMAS
from synchro.models import Appareil, CleScellement, Operation
from synchro.querysets import FAITES
from synchro.scellement import Illisible, Ouvreur
from synchro.verbes import VERBES, Verbe

# What an operation may name before it has come.
FAITS_SUR_TABLETTE = frozenset({"personne", "contact", "maraude", "sejour"})
REVOQUE = "Cet appareil est révoqué : ce qu'il envoie encore est gardé, et montré."
INCONNUE = "Cette opération n'est pas connue de ce serveur."
SCHEMA_INCONNU = "Les données sont d'un schéma que ce serveur ne connaît pas."
SANS_PREUVE = "Rien n'atteste que son auteur s'est connecté sur cet appareil."
COMPTE_FERME = "Le compte de son auteur est désactivé."
MAL_SCELLEE = "Ses données sont scellées, et ne s'ouvrent pas."
SANS_DONNEES = "Elle n'a pas de données."
ATTEND = "Ce dont elle dépend n'est pas encore arrivé."
EN_ERREUR = "Une erreur interne est survenue en l'appliquant. Elle a été consignée."

journal = structlog.get_logger(__name__)


class Reponse(dict[str, Any]):
    """What a device is told of one operation."""

    @classmethod
    def de(
        cls,
        cle: Any,
        resultat: Resultat,
        *,
        objet: Any = None,
        probleme: dict[str, Any] | None = None,
        suivis: dict[str, str] | None = None,
    ) -> Reponse:
        return cls(
            id=None if cle is None else str(cle),
            resultat=resultat.value,
            objet=objet,
            probleme=probleme,
            suivis=suivis or {},
        )


class Refusee(Exception):
    """Why an operation is not applied, and what becomes of it."""

    def __init__(
        self,
        motif: str,
        statut: StatutOperation = StatutOperation.EN_QUARANTAINE,
        probleme: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(motif)
        self.motif, self.statut = motif, statut
        self.probleme = probleme or corps(409, motif)


class Juge:
    """Applies operations of one device, one by one, each in a savepoint of its own."""

    def __init__(self, appareil: Appareil, schema: int | None) -> None:
        self.appareil, self.schema = appareil, schema
        self._comptes: dict[UUID, Utilisateur | None] = {}
        self._ouvreurs: dict[UUID, Ouvreur | None] = {}
        self._avance = False

    def juger(self, operation: Operation, par: Utilisateur | None = None) -> Reponse:
        """Apply one, or keep why it is not; what its device is told."""
        try:
            reponse, suivis = self._appliquer(operation)
        except Refusee as refus:
            self._noter(operation, refus.statut, refus.motif, refus.probleme, par)
            return Reponse.de(operation.pk, _RESULTATS[refus.statut], probleme=refus.probleme)
        self._avance = True
        self._noter(operation, StatutOperation.APPLIQUEE, "", None, par)
        return Reponse.de(operation.pk, Resultat.APPLIQUEE, objet=reponse.data, suivis=suivis)

    def _noter(
        self,
        operation: Operation,
        statut: StatutOperation,
        motif: str,
        probleme: dict[str, Any] | None,
        par: Utilisateur | None,
    ) -> None:
        operation.statut, operation.probleme = statut, probleme
        operation.motif = motif.replace("\0", "\N{REPLACEMENT CHARACTER}")
        operation.traitee_le, operation.traitee_par = maintenant(), par
        operation.save(
            update_fields=["auteur", "statut", "motif", "probleme", "traitee_le", "traitee_par"]
        )

    def _appliquer(self, operation: Operation) -> tuple[Response, dict[str, str]]:
        operation.auteur = operation.auteur or self._auteur(operation.contenu)
        if self.appareil.revoque_le is not None and operation.traitee_le is None:
            raise Refusee(REVOQUE)
        verbe = VERBES.get(operation.type)
        if verbe is None:
            raise Refusee(INCONNUE)
        if self.schema is not None and self.schema not in SCHEMAS:
            raise Refusee(SCHEMA_INCONNU)
        if operation.auteur is None:
            raise Refusee(SANS_PREUVE)
        if not operation.auteur.is_active:
            raise Refusee(COMPTE_FERME)
        if _manque(operation.depend_de):
            raise Refusee(ATTEND, StatutOperation.EN_ATTENTE)
        donnees = self.donnees(operation)
        return self._executer(verbe, operation, donnees), suivis_de(donnees, operation.objet)

    def _executer(self, verbe: Verbe, operation: Operation, donnees: dict[str, Any]) -> Response:
        auteur = operation.auteur
        assert auteur is not None
        try:
            with (
                pghistory.context(user=str(auteur.pk), url="/api/v1/synchro/"),
                transaction.atomic(),
            ):
                return verbe.executer(
                    auteur=auteur,
                    objet=operation.objet,
                    donnees=donnees,
                    saisi_le=operation.contenu.get("saisi_le"),
                    decalage=operation.decalage,
                )
        except ABSENCES:
            raise  # the database's own trouble: all is undone, and sent again
        except Exception as erreur:
            reponse = traiter_erreur(erreur, {})
            if reponse is None:
                # Ours to mend: the others of the sending are none the worse for it.
                journal.exception("operation_en_erreur", operation=str(operation.pk))
                raise Refusee(EN_ERREUR) from erreur
            dit: Any = reponse.data
            raise Refusee(
                dit["detail"],
                StatutOperation.EN_ATTENTE if _peut_venir(dit) else StatutOperation.EN_QUARANTAINE,
                dit,
            ) from erreur

    def _auteur(self, contenu: dict[str, Any]) -> Utilisateur | None:
        """Who was there, as the server itself has attested; None where nothing says so."""
        presence = preuves.lire(contenu.get("session"))
        if presence is None or presence.appareil != self.appareil.pk:
            return None
        if contenu.get("auteur") not in (None, str(presence.utilisateur)):
            return None
        if presence.utilisateur not in self._comptes:
            comptes = Utilisateur.objects.filter(pk=presence.utilisateur)
            self._comptes[presence.utilisateur] = comptes.first()
        return self._comptes[presence.utilisateur]

    def donnees(self, operation: Operation) -> dict[str, Any]:
        """What it says, opened, or as a coordinator has mended it.

        Raises:
            Refusee: it says nothing, or it can't be opened.
        """
        if operation.corrigees is not None:
            return dict(operation.corrigees)
        contenu = operation.contenu
        if "donnees_scellees" in contenu:
            ouvreur = self._ouvreur(contenu.get("cle_id"))
            if ouvreur is None or not isinstance(contenu["donnees_scellees"], str):
                raise Refusee(MAL_SCELLEE)
            try:
                return ouvreur.ouvrir(contenu["donnees_scellees"], operation.pk)
            except Illisible as erreur:
                raise Refusee(MAL_SCELLEE) from erreur
        donnees = contenu.get("donnees")
        if not isinstance(donnees, dict):
            raise Refusee(SANS_DONNEES)
        return donnees

    def _ouvreur(self, cle_id: Any) -> Ouvreur | None:
        cle = en_uuid(cle_id)
        if cle is None:
            return None
        if cle not in self._ouvreurs:
            ligne = CleScellement.objects.filter(pk=cle).first()
            self._ouvreurs[cle] = ligne and Ouvreur(ligne.privee)
        return self._ouvreurs[cle]

    def reprendre(self, *, quand_meme: bool = False) -> None:
        """What waited, as long as something new has come that it may have waited for."""
        self._avance |= quand_meme
        while self._avance:
            self._avance = False
            for operation in self._en_attente():
                self.juger(operation)

    def _en_attente(self) -> Iterable[Operation]:
        lignes = Operation.objects.filter(statut=StatutOperation.EN_ATTENTE)
        return (
            lignes.filter(appareil=self.appareil)
            .select_related("auteur")
            .select_for_update(of=("self",), no_key=True)
            .order_by("seq")
        )

    def redire(self, operation: Operation) -> Reponse:
        """What became of one that was there already."""
        statut = StatutOperation(operation.statut)
        if statut in FAITES:
            return Reponse.de(operation.pk, Resultat.DEJA_APPLIQUEE)
        return Reponse.de(operation.pk, _RESULTATS[statut], probleme=operation.probleme)


_RESULTATS = {
    StatutOperation.APPLIQUEE: Resultat.APPLIQUEE,
    StatutOperation.FUSIONNEE: Resultat.FUSIONNEE,
    StatutOperation.CONFLIT: Resultat.CONFLIT,
    StatutOperation.EN_ATTENTE: Resultat.EN_ATTENTE,
    StatutOperation.EN_QUARANTAINE: Resultat.EN_QUARANTAINE,
    StatutOperation.ECARTEE: Resultat.EN_QUARANTAINE,
}


def _manque(cles: Sequence[UUID]) -> bool:
    voulues = set(cles)
    faites = Operation.objects.faites().filter(pk__in=voulues)
    return bool(voulues) and faites.count() < len(voulues)


def _peut_venir(dit: dict[str, Any]) -> bool:
    """Whether what was refused names something that may still come from a tablet."""
    if dit["status"] == 404:
        return True
    inconnus = {
        erreur.get("champ") if erreur.get("code") == "inconnu" else None
        for erreur in dit.get("erreurs", [])
    }
    return dit["status"] == 400 and bool(inconnus) and inconnus <= FAITS_SUR_TABLETTE


def donnees_de(operation: Operation) -> dict[str, Any]:
    """What an operation says, opened, or as it was mended.

    Raises:
        Refusee: it says nothing, or it can't be opened.
    """
    return Juge(operation.appareil, None).donnees(operation)


def suivis_de(donnees: dict[str, Any], objet: UUID | None) -> dict[str, str]:
    """The files that an operation names and that were merged since, with those that were kept."""
    nommes = (en_uuid(donnees.get("personne")), objet)
    cles = [cle for cle in nommes if cle is not None]
    lignes = Personne.objects.filter(pk__in=cles, alias_de__isnull=False)
    return {str(alias): str(gardee) for alias, gardee in lignes.values_list("pk", "alias_de")}
