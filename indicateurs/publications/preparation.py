"""Prepare a period, see what moved, sign it: from then on partners read it, and nobody changes it.

Rules: docs/definitions.md § 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.db.models import Min, Q
from psycopg.errors import SerializationFailure

from commun.api.errors import Conflit
from commun.horloge import aujourd_hui, jour_paris, maintenant
from commun.models import uuid7
from coordination.services import rapprocher_marques
from hebergement.models import MarqueNuits
from hebergement.occupation import recalculer_marques
from indicateurs.bilan import FORMULE
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau, StatutPublication
from indicateurs.models import TOUS, VERROU, AttenteSansChiffre, Chiffre, Publication
from indicateurs.periodes import Pas, Periode, contenantes, lire
from indicateurs.publications.cellules import (
    Cle,
    Decompte,
    Groupe,
    cle_de,
    groupe_de,
)
from indicateurs.publications.chiffres import (
    Cellule,
    attente_de,
    borner,
    chiffre_de,
    groupes_retires,
    rapports,
)
from indicateurs.publications.complements import DES_COMPLEMENTS
from indicateurs.publications.comptage import (
    Entrees,
    denombrer,
    mois_de,
)
from indicateurs.publications.contributions import reunir
from indicateurs.publications.corrections import Comparaison
from indicateurs.publications.figures import est_mure
from indicateurs.publications.livre import Livre, jour_de, ouvrir
from indicateurs.publications.masquage import (
    Incoherent,
    Indefendable,
    Masque,
    choisir,
)
from indicateurs.publications.tardives import venues_depuis
from socle.models import Organisme, Structure, Utilisateur

journal = structlog.get_logger(__name__)
# What comes late came by then, most of it.
JOUR_DE_PREPARATION = 5
# At most, of those that nobody prepared when they were due.
MOIS_RATTRAPES = 3
REFLEXION = "SET LOCAL idle_in_transaction_session_timeout = '10min'"


def verifier_la_periode(code: str) -> tuple[Pas, Periode]:
    """The period of a code.

    Raises:
        ValidationError: there is no such period, or it is not over.
    """
    try:
        pas, periode = lire(code)
    except ValueError:
        raise ValidationError(
            f"« {code} » n'est ni un mois (2023-03), ni un trimestre (2023-T1), ni une année."
        ) from None
    if not periode.close:
        raise ValidationError("Cette période n'est pas finie.")
    return pas, periode


def preparer(code: str, cle: UUID | None = None) -> Publication:
    """Count a closed period and mask what must be; replaces what was prepared and not signed.

    Args:
        cle: the key of the publication that is made.

    Raises:
        ValidationError: there is no such period, or it is not over.
        Conflit: somebody prepares at this moment, rows came meanwhile, or so much was published
            already that a cell can't be protected any more.
    """
    _, periode = verifier_la_periode(code)
    seule = not connection.in_atomic_block
    with _une_a_la_fois():
        # What somebody wrote just now is counted, and not only half of it.
        recalculer_marques()
        rapprocher_marques()
        return _preparer(code, periode, cle, seule=seule)


def _preparer(code: str, periode: Periode, cle: UUID | None, *, seule: bool) -> Publication:
    with transaction.atomic():
        if seule:
            # Everything is counted on the same rows, or totals would not be those of their parts.
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # Between two statements what to mask is thought about, which may take a while.
        connection.cursor().execute(REFLEXION)
        livre = Livre.de(code)
        # Once the snapshot is taken: who is counted must not seem to have come since.
        connu_le = maintenant()
        marquees = MarqueNuits.objects.filter(Q(au=None) | Q(au__gt=periode.debut))
        if marquees.filter(du__lt=periode.fin).exists():
            raise Conflit("Des séjours s'écrivent en ce moment : recommencez dans une minute.")
        Publication.objects.filter(periode=code, statut=StatutPublication.PREPAREE).delete()
        precedente = livre.derniere_de(code)
        publication = Publication.objects.create(
            pk=cle or uuid7(),
            periode=code,
            debut=periode.debut,
            fin=periode.fin,
            revision=precedente.revision + 1 if precedente else 1,
            connu_le=connu_le,
            formule=FORMULE,
        )
        cellules, masque, connus = _compter(livre, publication, precedente)
        _tenir_les_structures()
        deja_dites = {cle.indicateur for cle, cellule in cellules.items() if cellule.ancien}
        chiffres = {
            cle: chiffre_de(publication, cle, cellule, masque)
            for cle, cellule in cellules.items()
            # What was not there and waits is not there: a zero would tell where somebody came.
            if cle.indicateur not in deja_dites or cellule.ancien or cellule.montre.exacte
        }
        file_active = Cle(code, "file_active", Niveau.RESEAU)
        if file_active in chiffres:
            borner(chiffres[file_active], cellules, livre.avec(publication))
        Chiffre.objects.bulk_create(
            [
                *chiffres.values(),
                *rapports(publication, chiffres, masque.groupes),
                *groupes_retires(publication, masque.groupes),
            ]
        )
        AttenteSansChiffre.objects.bulk_create(
            attente_de(publication, cle, compte, connus.tardives.get(cle, 0))
            for cle, compte in connus.comptes.items()
            if compte.exacte
            and cle not in chiffres
            and cle.indicateur not in DES_COMPLEMENTS
            and groupe_de(cle) not in masque.groupes
        )
    return publication


class Connus(NamedTuple):
    """What the cells of the period are now, and how much of each came late."""

    comptes: Mapping[Cle, Decompte]
    tardives: Mapping[Cle, int]


def _compter(
    livre: Livre, publication: Publication, precedente: Publication | None
) -> tuple[dict[Cle, Cellule], Masque, Connus]:
    """Write what is counted, and mask what is shown of it.

    Raises:
        Indefendable: what was published already gives cells away.
    """
    comparaison = Comparaison(livre, publication)
    connus = _ecrire(livre, comparaison, precedente)
    while True:
        cellules = _lire(livre.avec(publication), precedente, connus)
        try:
            masque = choisir(
                livre.avec(publication),
                {cle: cellule.montre for cle, cellule in cellules.items()},
                {cle: cellule.deja for cle, cellule in cellules.items() if cellule.deja},
                _retires(precedente),
                corrigee=comparaison.corrigee,
            )
        except (Indefendable, Incoherent):
            if not comparaison.corrigee:
                raise
            # What was shown before leaves no room for them.
            comparaison.tout_attend()
        else:
            return cellules, masque, connus


def _ecrire(livre: Livre, comparaison: Comparaison, precedente: Publication | None) -> Connus:
    """Write months that were not counted yet, what others say only now, and what changed there;
    returns what is known of the period."""
    publication = comparaison.publication
    mois = mois_de(publication.periode)
    comptes = [m for m in mois if jour_de(m) in livre.ouvertures]
    nouveaux = [m for m in mois if m not in comptes]
    mure = est_mure(lire(publication.periode)[1], jour_paris(publication.connu_le))
    murs = {m for m in mois if mure or jour_de(m) in livre.murs}
    depuis = precedente.connu_le if precedente else None
    reunir({m: lire(m)[1] for m in mois}, depuis, murs)
    comparaison.garder(mois)
    connues = Entrees(tuple(map(jour_de, mois)), mures=mure)
    cellules = denombrer(publication.periode, connues)
    tardives = venues_depuis(publication.periode, connues, cellules) if precedente else {}
    # Of those that were counted before all was known.
    comparaison.murir([m for m in comptes if m in murs and jour_de(m) not in livre.murs])
    comparaison.corriger()
    ouvrir(publication, nouveaux, murs=mure)
    return Connus(cellules, tardives)


def _lire(livre: Livre, precedente: Publication | None, connus: Connus) -> dict[Cle, Cellule]:
    """The cells of the last publication of a book, beside what is counted now."""
    code = livre.publications[-1].periode
    montres = denombrer(code, livre.entrees(mois_de(code), livre.dernier))
    lignes = precedente.chiffres.filter(exacte__isnull=False) if precedente else ()
    anciens = {cle_de(code, chiffre): chiffre for chiffre in lignes}
    return {
        cle: Cellule(
            montre := montres.get(cle) or _rien(cle),
            (connus.comptes.get(cle) or _rien(cle)).exacte - montre.exacte,
            connus.tardives.get(cle, 0),
            anciens.get(cle),
        )
        # Where something waits, and nothing else is, is not there: a zero would tell of it.
        for cle in {**montres, **anciens}
    }


def _rien(cle: Cle) -> Decompte:
    suivie = cle.indicateur in DES_COMPLEMENTS or PAR_CODE[cle.indicateur].de_personnes
    return Decompte(0, 0 if suivie else None)


def _tenir_les_structures() -> None:
    """Nobody puts a structure elsewhere from here on, or calls its organisme otherwise: the base
    refuses it to who is published.

    Raises:
        Conflit: somebody has, since the rows were counted.
    """
    try:
        for modele in (Organisme, Structure):
            list(modele.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    except OperationalError as erreur:
        if not isinstance(erreur.__cause__, SerializationFailure):
            raise
        raise Conflit("Une structure ou un organisme vient de changer : recommencez.") from erreur


@contextmanager
def _une_a_la_fois() -> Iterator[None]:
    """Two would number the same revision. Whoever holds it may take it again.

    Raises:
        Conflit: another one is being made.
    """
    # Of a transaction that is under way: until its end, when the others see what it made. Else of
    # the session, since what a transaction reads is fixed by its first statement.
    portee = "xact_" if connection.in_atomic_block else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_{portee}lock(%s)", [VERROU])
        (libre,) = cursor.fetchone()
    if not libre:
        raise Conflit("Une autre publication est en préparation : attendez qu'elle finisse.")
    try:
        yield
    finally:
        # A connection that was cut has let go of it.
        if not portee and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [VERROU])


def _mois_dus(jour: date) -> set[str]:
    """From the 5th, the month before; and those of the months before that, where one of these was
    prepared: the service was away when they were due, or they were refused."""
    mois = jour.replace(day=1)
    if jour.day < JOUR_DE_PREPARATION:
        mois = (mois - timedelta(days=1)).replace(day=1)
    dus = []
    # And the one that was prepared before these.
    for _ in range(MOIS_RATTRAPES + 2):
        mois = (mois - timedelta(days=1)).replace(day=1)
        dus.append(f"{mois:%Y-%m}")
    connus = Publication.objects.filter(periode__in=dus).aggregate(premier=Min("periode"))
    premier = connus["premier"]
    manques = {code for code in dus if premier and code > premier}
    return manques if jour.day < JOUR_DE_PREPARATION else manques | set(dus[:1])


def preparer_ce_qui_est_du() -> list[str]:
    """From the 5th, the month before; whenever it is signed, the quarter that ended with a month,
    then the year; again what was signed before all of it could be known, once it is; and what a
    signature has made stale. One at a time, the oldest first; returns its code. What somebody
    prepared or signed is left as it is otherwise.

    Raises:
        Conflit: somebody prepares at this moment.
    """
    jour = aujourd_hui()
    with _une_a_la_fois():
        connues = {p.periode: p.connu_le for p in Publication.objects.signees().dernieres()}
        codes = connues.keys()
        dues = {
            longue
            for code in codes
            for longue in contenantes(code)[:1]
            if lire(longue)[1].fin == lire(code)[1].fin
        }
        dues |= _mois_dus(jour)
        attendent = Publication.objects.filter(statut=StatutPublication.PREPAREE)
        perimees = [p.periode for p in attendent if _est_perimee(p)]
        dues -= codes
        # Signed before all of it could be known, which it is now.
        dues |= {
            code
            for code, connu_le in connues.items()
            if est_mure(periode := lire(code)[1], jour)
            and not est_mure(periode, jour_paris(connu_le))
        }
        dues -= set(attendent.values_list("periode", flat=True))
        # The oldest first, the shorter first.
        for code in sorted([*dues, *perimees], key=lambda c: (lire(c)[1].fin, -len(c), c)):
            try:
                preparer(code)
            except Conflit as refus:
                # It holds up no other; whoever prepares it by hand is told the same.
                journal.warning("preparation_refusee", periode=code, raison=str(refus.detail))
            else:
                return [code]
    return []


def signer(publication: Publication, par: Utilisateur) -> Publication:
    """Publish what was prepared.

    Raises:
        Conflit: it is signed already, or was prepared again or thrown away meanwhile; it was
            prepared before another of its year was signed; one is being prepared.
    """
    with transaction.atomic(), _une_a_la_fois():
        if _est_perimee(publication):
            raise Conflit(
                "Une période de la même année a été signée depuis : préparez celle-ci de nouveau."
            )
        signees = Publication.objects.filter(
            pk=publication.pk, statut=StatutPublication.PREPAREE
        ).update(statut=StatutPublication.SIGNEE, signee_le=maintenant(), signee_par=par)
        if not signees:
            raise Conflit("Cette publication n'attend plus de signature.")
        publication.refresh_from_db()
    return publication


def _est_perimee(publication: Publication) -> bool:
    """Whether another of the same year was signed since it was prepared."""
    memes = Publication.objects.signees().filter(periode__startswith=publication.periode[:4])
    return memes.filter(signee_le__gt=publication.connu_le).exclude(pk=publication.pk).exists()


def _retires(precedente: Publication | None) -> set[Groupe]:
    """What the revision before took out, and stays so."""
    if precedente is None:
        return set()
    marques = precedente.chiffres.filter(code=TOUS)
    return {Groupe(c.indicateur, c.niveau, c.territoire, c.axe) for c in marques}
