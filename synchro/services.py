"""Receive what devices send: kept before it is judged, judged in the order of their numbers.

Whatever a device has sent is kept in the same transaction as its effect. One of an identifier that
is there already is never applied again; one that can't be applied waits, or is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from commun.api.errors import Conflit, corps
from commun.horloge import maintenant
from socle.models import Utilisateur
from synchro.enums import Resultat, StatutOperation
from synchro.jugement import Juge, Reponse
from synchro.lecture import Envoi, Lue, empreinte_de
from synchro.models import Appareil, Operation, Variante

# What waits for longer is not on its way any more: somebody looks at it.
ATTENTE_AU_PLUS = timedelta(days=7)
AUTRE_CONTENU = "Une autre opération porte déjà cet identifiant : les deux sont gardées."
ILLISIBLE = "Sans identifiant, numéro ou nom d'opération : gardée, et montrée."
DEPUIS_TROP_LONGTEMPS = "Ce dont elle dépend n'est pas arrivé en sept jours."


@transaction.atomic
def recevoir(
    *,
    appareil: Appareil,
    envoi: Envoi,
    brutes: Sequence[Any],
    transmise_par: Utilisateur | None = None,
) -> list[Reponse]:
    """Keep, then judge, what a device has sent; one answer for each, in their order.

    Two sendings of one device come one after the other: what one waits for, the other has brought.
    """
    appareil = Appareil.objects.select_for_update(no_key=True).get(pk=appareil.pk)
    lues = [Lue.lire(brute) for brute in brutes]
    premieres: dict[UUID, Lue] = {}
    for lue in lues:
        if lue is not None:
            premieres.setdefault(lue.id, lue)
    Operation.objects.bulk_create(
        (
            Operation(
                id=lue.id,
                appareil=appareil,
                seq=lue.seq,
                type=lue.type,
                objet=lue.objet,
                depend_de=lue.depend_de,
                contenu=lue.contenu,
                empreinte=lue.empreinte,
                decalage=lue.decalage(envoi),
                recu_le=envoi.recu_le,
                transmise_par=transmise_par,
            )
            for lue in sorted(premieres.values(), key=lambda lue: lue.id)
        ),
        ignore_conflicts=True,
    )
    gardees = Operation.objects.select_related("auteur").in_bulk(premieres)
    _garder_les_variantes(appareil, envoi, brutes, lues, gardees)
    juge = Juge(appareil, envoi.schema)
    dites = {
        operation.pk: juge.juger(operation)
        for operation in sorted(gardees.values(), key=lambda operation: operation.seq)
        if operation.statut == StatutOperation.RECUE
    }
    juge.reprendre()
    appareil.seq_vu = max([appareil.seq_vu, *(lue.seq for lue in premieres.values())])
    appareil.vu_le = envoi.recu_le
    appareil.version_application, appareil.schema = envoi.version_application, envoi.schema
    appareil.save(update_fields=["seq_vu", "vu_le", "version_application", "schema"])
    vues: set[UUID] = set()
    reponses = []
    for brute, lue in zip(brutes, lues, strict=True):
        if lue is None:
            dite = brute.get("id") if isinstance(brute, dict) else None
            reponses.append(_en_quarantaine(dite, ILLISIBLE))
        elif gardees[lue.id].empreinte != lue.empreinte or gardees[lue.id].appareil != appareil:
            reponses.append(_en_quarantaine(lue.id, AUTRE_CONTENU))
        elif lue.id in dites and lue.id not in vues:
            vues.add(lue.id)
            reponses.append(dites[lue.id])
        else:
            reponses.append(juge.redire(gardees[lue.id]))
    return reponses


def _garder_les_variantes(
    appareil: Appareil,
    envoi: Envoi,
    brutes: Sequence[Any],
    lues: Sequence[Lue | None],
    gardees: dict[UUID, Operation],
) -> None:
    """What is not the operation that is kept under its identifier, or has none."""
    Variante.objects.bulk_create(
        (
            Variante(
                operation=None if lue is None else gardees[lue.id],
                appareil=appareil,
                empreinte=empreinte_de(brute),
                contenu=brute,
                recu_le=envoi.recu_le,
            )
            for brute, lue in zip(brutes, lues, strict=True)
            if lue is None
            or gardees[lue.id].empreinte != lue.empreinte
            or gardees[lue.id].appareil_id != appareil.pk
        ),
        ignore_conflicts=True,
    )


def _en_quarantaine(cle: Any, motif: str) -> Reponse:
    probleme = corps(409, motif)
    return Reponse.de(cle, Resultat.EN_QUARANTAINE, probleme=probleme)


@transaction.atomic
def rejouer(*, operation: Operation, par: Utilisateur | None) -> Operation:
    """Judge again one that was kept aside, as it was sent or as it was mended.

    Raises:
        Conflit: its effect is there, or it was discarded.
    """
    appareil = Appareil.objects.select_for_update(no_key=True).get(pk=operation.appareil_id)
    ligne = _a_voir(operation)
    juge = Juge(appareil, None)
    juge.juger(ligne, par)
    juge.reprendre()
    ligne.refresh_from_db()
    return ligne


@transaction.atomic
def corriger(*, operation: Operation, donnees: dict[str, Any], par: Utilisateur) -> Operation:
    """Mend what one says, and judge it again; what was sent stays as it was."""
    Appareil.objects.select_for_update(no_key=True).get(pk=operation.appareil_id)
    ligne = _a_voir(operation)
    ligne.corrigees = donnees
    ligne.save(update_fields=["corrigees"])
    return rejouer(operation=ligne, par=par)


@transaction.atomic
def ecarter(*, operation: Operation, motif: str, par: Utilisateur) -> Operation:
    """It will never be applied, and is kept, with the reason; doing it twice is harmless.

    Raises:
        Conflit: its effect is there.
    """
    Appareil.objects.select_for_update(no_key=True).get(pk=operation.appareil_id)
    ligne = Operation.objects.select_for_update(of=("self",), no_key=True).get(pk=operation.pk)
    if ligne.statut == StatutOperation.ECARTEE:
        return ligne
    ligne = _a_voir(operation)
    ligne.statut, ligne.motif = StatutOperation.ECARTEE, motif
    ligne.traitee_le, ligne.traitee_par = maintenant(), par
    ligne.save(update_fields=["statut", "motif", "traitee_le", "traitee_par"])
    return ligne


def _a_voir(operation: Operation) -> Operation:
    ligne = Operation.objects.select_for_update(of=("self",), no_key=True).get(pk=operation.pk)
    if ligne.statut not in {StatutOperation.EN_ATTENTE, StatutOperation.EN_QUARANTAINE}:
        raise Conflit(f"Cette opération est déjà traitée : {ligne.get_statut_display().lower()}.")
    return ligne


def reprendre_ce_qui_attend() -> int:
    """Judge again what waits, which something of another device may have brought; how many devices
    were looked at. Each in a transaction of its own."""
    attendent = Operation.objects.filter(statut=StatutOperation.EN_ATTENTE)
    cles = list(attendent.order_by().values_list("appareil", flat=True).distinct())
    for cle in cles:
        with transaction.atomic():
            juge = Juge(Appareil.objects.select_for_update(no_key=True).get(pk=cle), None)
            juge.reprendre(quand_meme=True)
    return len(cles)


def montrer_ce_qui_attend_trop() -> int:
    """What has waited for too long is shown to a coordinator; how many."""
    limite = maintenant() - ATTENTE_AU_PLUS
    return Operation.objects.filter(statut=StatutOperation.EN_ATTENTE, recu_le__lt=limite).update(
        statut=StatutOperation.EN_QUARANTAINE, motif=DEPUIS_TROP_LONGTEMPS
    )
