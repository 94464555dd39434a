"""The verbs of presence: who was seen, who is away, who is gone, who is back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from commun.api.errors import Conflit
from commun.historique import evenements_de
from commun.horloge import aujourd_hui
from hebergement.enums import DestinationSortie, MotifSortie, Nature
from hebergement.models import Absence, ConstatPresence, Fermeture, Sejour
from hebergement.models.sejours import DemiJourneesDeSejour
from hebergement.obstacles import obstacles_au_sejour
from hebergement.services.deces import refuser_la_contradiction
from hebergement.services.retenues import poser
from hebergement.services.sejours import renoncer_a_la_suite
from hebergement.services.verrous import Refusee, refus_de, verrouiller, verrouiller_sejour
from socle.models import Utilisateur

OU_ILS_SONT = """
SELECT s.uuid, coalesce((
    SELECT c.uuid FROM hebergement_sejours_de_la_chaine(hebergement_chaine(s.uuid)) c
    JOIN hebergement_place autre ON autre.uuid = c.place_id
    WHERE autre.site_id = p.site_id AND c.arrivee <= %(jour)s
    ORDER BY c.demi_journees DESC LIMIT 1
), s.uuid)
FROM hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id
WHERE s.uuid = ANY (%(sejours)s)
"""
CLORE = """
UPDATE hebergement_sejour s
SET depart = d.depart, motif_sortie = %s, destination = %s, cloture_automatique = TRUE
FROM unnest(%s::uuid[], %s::date[]) AS d(uuid, depart) WHERE s.uuid = d.uuid
"""


def verrouiller_sejours(*, sejours: Iterable[UUID]) -> dict[UUID, Sejour]:
    """Lock stays before what is told of them; read after the lock."""
    return verrouiller(sejours=sejours)


@transaction.atomic
def constater(*, jour: date, constats: Sequence[dict[str, Any]]) -> None:
    """Whom a round of a day has seen: `{sejour, present}` and what the reception of a record adds.

    All are recorded, or none. Who was seen is back, if they were away since the day before: their
    absence ends on that day. One whose end was told already stays as it was told. A stay that was
    closed without anybody's word takes what is told of it afterwards: it may be a reason to reopen.
    Who was moved within the site, which the list that was ticked did not know, was seen in the stay
    that goes on.

    Raises:
        Conflit: a stay does not hold that day, or is told of twice, otherwise; `erreurs` tells
            which.
    """
    sejours = [constat["sejour"] for constat in constats]
    ou: dict[UUID, UUID] = {}
    lignes: dict[UUID, Sejour] = {}
    # Somebody may have been moved while this waited.
    while (la := _ou_ils_sont(sejours, jour)) != ou:
        ou, lignes = la, verrouiller(sejours=la.values())
    constats = [{**c, "sejour": lignes.get(ou[c["sejour"].pk])} for c in constats]
    hors = [
        {"champ": f"constats.{rang}.sejour", "message": HORS_SEJOUR, "code": "conflit"}
        for rang, constat in enumerate(constats)
        if not _admet(constat["sejour"], jour)
    ]
    if hors:
        raise Conflit(f"{HORS_SEJOUR} Concernés : {len(hors)}.", erreurs=hors)
    dits: dict[UUID, bool] = {}
    for rang, constat in enumerate(constats):
        if dits.setdefault(constat["sejour"].pk, constat["present"]) != constat["present"]:
            champ = f"constats.{rang}.sejour"
            erreur = {"champ": champ, "message": DEUX_FOIS, "code": "conflit"}
            raise Conflit(DEUX_FOIS, erreurs=[erreur])
    ConstatPresence.objects.bulk_create(
        ConstatPresence(jour=jour, **constat) for constat in constats
    )
    vus = [constat["sejour"].pk for constat in constats if constat["present"]]
    Absence.objects.des_sejours(vus).filter(
        Q(fin=None) | Q(fin__gt=aujourd_hui()), debut__lt=jour
    ).update(fin=jour)


HORS_SEJOUR = "Ce séjour n'était pas en cours ce jour-là."
DEUX_FOIS = "Ce séjour en continue un autre de la ronde, qui est dit autrement."


def _ou_ils_sont(sejours: Iterable[Sejour], jour: date) -> dict[UUID, UUID]:
    """By stay, the one of its chain in the same site that had begun last on a day."""
    with connection.cursor() as cursor:
        cursor.execute(OU_ILS_SONT, {"sejours": [s.pk for s in sejours], "jour": jour})
        return dict(cursor.fetchall())


def _admet(sejour: Sejour | None, jour: date) -> bool:
    """Whether somebody may have been looked for on that day."""
    if sejour is None or sejour.nature != Nature.SEJOUR or jour < sejour.arrivee:
        return False
    return sejour.depart is None or jour < sejour.depart or sejour.cloture_automatique


@transaction.atomic
def absenter(
    *, sejour: Sejour, debut: date, garde_jusqu_au: date | None = None, **saisie: Any
) -> Absence:
    """Somebody sleeps elsewhere, and their place is kept: for as long as the site does, unless it
    is said until when.

    Raises:
        Sejour.DoesNotExist: it was deleted meanwhile.
    """
    ligne = verrouiller(sejours=[sejour.pk]).get(sejour.pk)
    if ligne is None:
        raise Sejour.DoesNotExist
    jours = ligne.place.site.jours_d_absence
    absence = Absence(
        sejour=ligne,
        debut=debut,
        garde_jusqu_au=garde_jusqu_au or debut + timedelta(days=jours),
        **saisie,
    )
    absence.save(force_insert=True)
    return absence


def qui_peuvent_finir(sejours: QuerySet[Any]) -> QuerySet[Any]:
    """Of stays that have their `depart_suppose`, those that the database would let end there.

    A stay that is cut down to its day of arrival may meet another one of that day, of its place or
    of its person (docs/definitions.md § 2), or a closure that was forced on it: a coordinator sees
    to these. So with one that has an absence that begins later.
    """
    demi_journees = DemiJourneesDeSejour(OuterRef("arrivee"), OuterRef("depart_suppose"))
    autres = Sejour.objects.exclude(pk=OuterRef("pk")).filter(
        Q(place=OuterRef("place")) | Q(personne=OuterRef("personne"), nature=Nature.SEJOUR),
        demi_journees__overlap=demi_journees,
    )
    fermetures = Fermeture.objects.filter(
        Q(fin=None) | Q(fin__gt=OuterRef("arrivee")),
        place=OuterRef("place"),
        debut__lte=OuterRef("arrivee"),
    )
    du_jour = Q(depart_suppose=F("arrivee"), motif_forcage="") & Exists(fermetures.order_by())
    apres = Absence.objects.filter(chaine=OuterRef("chaine"), debut__gt=OuterRef("depart_suppose"))
    return sejours.filter(~Exists(autres.order_by()), ~Exists(apres.order_by())).exclude(du_jour)


@transaction.atomic
def clore_les_perdus_de_vue() -> int:
    """End the stays of which there was no sign for so long: as of the first night that nothing
    speaks for, whenever this runs. Repeating it changes nothing.

    Returns:
        How many were ended.
    """
    dus = list(qui_peuvent_finir(Sejour.objects.perdus_de_vue()))
    if not dus:
        return 0
    # Those seen while this waited are not among them any more.
    verrouiller(
        personnes=[s.personne_id for s in dus],
        places=[s.place_id for s in dus],
        sejours=[s.pk for s in dus],
    )
    restent = qui_peuvent_finir(
        Sejour.objects.perdus_de_vue().filter(pk__in=[s.pk for s in dus])
    ).values_list("pk", "depart_suppose")
    cles, departs = [list(colonne) for colonne in zip(*restent, strict=True)] or [[], []]
    sortie = [MotifSortie.PERDU_DE_VUE, DestinationSortie.INCONNUE]
    renoncer_a_la_suite(cles)
    with connection.cursor() as cursor:
        cursor.execute(CLORE, [*sortie, cles, departs])
    return len(cles)


@transaction.atomic
def rouvrir(*, sejour: Sejour, auteur: Utilisateur | None) -> Sejour:
    """Take back that a stay was closed without anybody's word: it is again as it was before, and
    days without a sign are counted anew; twice is harmless.

    Raises:
        Refus: somebody has the place, or the person another one, since; or they have died.
        Conflit: somebody ended it.
    """
    ligne = verrouiller_sejour(sejour)
    avant, close_le = _sortie_d_avant(ligne), ligne.depart
    if not ligne.cloture_automatique:
        if ligne.rouvert_le and (ligne.depart, ligne.motif_sortie, ligne.destination) == avant:
            return ligne
        raise Conflit("Seul un séjour clôturé automatiquement se rouvre : les autres se corrigent.")
    ligne.depart, ligne.motif_sortie, ligne.destination = avant
    ligne.cloture_automatique, ligne.rouvert_le = False, aujourd_hui()
    refuser_la_contradiction(ligne, auteur)
    champs = ["depart", "motif_sortie", "destination", "cloture_automatique", "rouvert_le"]
    try:
        poser(lambda: ligne.save(update_fields=champs), ligne.place_id)
    except Refusee as refusee:
        raise refus_de(refusee, obstacles_au_sejour(ligne, auteur, sauf=[ligne.pk])) from refusee
    _rendre_les_absences(ligne, close_le)
    return ligne


def _rendre_les_absences(sejour: Sejour, close_le: date | None) -> None:
    """Those that the task had ended with the stay go on, unless their end was told since."""
    for absence in Absence.objects.des_sejours([sejour.pk]).filter(fin=close_le):
        entiere = None
        for avant, apres in pairwise(evenements_de(Absence).filter(pgh_obj=absence.pk)):
            if apres.fin == close_le and avant.fin != close_le:
                # What somebody has told has a context.
                entiere = avant if apres.pgh_context_id is None else None
        if entiere is not None:
            absence.fin = entiere.fin
            absence.save(update_fields=["fin"])


def _sortie_d_avant(sejour: Sejour) -> tuple[date | None, str, str]:
    """What was told of the way out of a stay before it was last closed without anybody's word:
    whatever was corrected of it since, or moved and moved back, it was closed once."""
    histoire = evenements_de(Sejour).filter(pgh_obj=sejour.pk)
    closes = histoire.filter(cloture_automatique=True)
    derniere = closes.last()
    # Of those that tell it, the first one since the reopening before.
    cloture = derniere and closes.filter(rouvert_le=derniere.rouvert_le).first()
    avant = cloture and histoire.filter(pgh_id__lt=cloture.pgh_id, cloture_automatique=False).last()
    # Moves that were planned went with it: what is left is the end of the last.
    while avant and cloture:
        prevu = evenements_de(Sejour).filter(
            suite_de=avant.pgh_obj_id,
            pgh_label="delete",
            pgh_created_at=cloture.pgh_created_at,
            pgh_id__lt=cloture.pgh_id,
        )
        if (suite := prevu.last()) is None:
            return avant.depart, avant.motif_sortie, avant.destination
        avant = suite
    return None, "", ""
