"""Prepare a period, see what moved, sign it: from then on partners read it, and nobody changes it.

Rules: docs/definitions.md § 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from commun.api.errors import Conflit
from commun.horloge import aujourd_hui, maintenant
from commun.models import uuid7
from indicateurs.bilan import FORMULE
from indicateurs.bornes import bornes
from indicateurs.calcul import arrondir
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau, StatutPublication
from indicateurs.models import TOUS, Chiffre, Publication
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, Periode, contenantes, lire
from indicateurs.publications.cellules import RAPPORTS, Cle, Decompte, denombrer, est_publie
from indicateurs.publications.masquage import Groupe, Masque, choisir, cle_de, groupe_de
from indicateurs.secret import Deja, bornes_se_montrent, peut_bouger
from indicateurs.sources import Axe
from socle.models import Utilisateur

# What comes late came by then, most of it.
JOUR_DE_PREPARATION = 5
VERROU = 7_203_023


@dataclass(frozen=True)
class Mouvement:
    """A cell beside what was published of it last.

    Args:
        bouge: whether what is shown follows; else the correction waits.
    """

    compte: Decompte
    ancien: Chiffre | None
    bouge: bool

    @property
    def attente(self) -> int:
        if self.bouge or self.ancien is None:
            return 0
        return self.compte.exacte - int(self.ancien.exacte or 0)

    @property
    def deja(self) -> Deja | None:
        """What partners hold of it, and can't be made to forget."""
        if self.ancien is None:
            return None
        if self.ancien.valeur is None:
            return Deja.MASQUEE
        return None if self.bouge else Deja.MONTREE


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
    pas, periode = verifier_la_periode(code)
    seule = not connection.in_atomic_block
    with _une_a_la_fois(), transaction.atomic():
        if seule:
            # Everything is counted on the same rows, or totals would not be those of their parts.
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        signees = Publication.objects.signees().filter(periode=code)
        precedente = signees.order_by("-revision").first()
        connu_le = maintenant()
        comptes = denombrer(code, pas, periode, precedente.connu_le if precedente else None)
        mouvements = _mouvements(comptes, precedente)
        masque = choisir(
            code,
            {cle: mouvement.compte for cle, mouvement in mouvements.items()},
            {cle: m.deja for cle, m in mouvements.items() if m.deja is not None},
            _retires(code, precedente, mouvements),
        )
        Publication.objects.filter(periode=code, statut=StatutPublication.PREPAREE).delete()
        publication = Publication.objects.create(
            pk=cle or uuid7(),
            periode=code,
            debut=periode.debut,
            fin=periode.fin,
            revision=precedente.revision + 1 if precedente else 1,
            connu_le=connu_le,
            formule=FORMULE,
        )
        chiffres = {
            cle: _chiffre(publication, cle, mouvement, masque)
            for cle, mouvement in mouvements.items()
            if groupe_de(cle) not in masque.groupes
        }
        file_active = Cle(code, "file_active", Niveau.RESEAU)
        if file_active in chiffres:
            _borner(chiffres[file_active], mouvements[file_active], periode)
        Chiffre.objects.bulk_create(
            [
                *chiffres.values(),
                *_rapports(publication, chiffres),
                *_groupes_retires(publication, masque.groupes),
            ]
        )
    return publication


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


def preparer_ce_qui_est_du() -> list[str]:
    """From the 5th, the month before, and the quarter and the year that ended with it; returns
    the codes of what was prepared. What somebody prepared or signed is left as it is.

    Raises:
        Conflit: somebody prepares at this moment.
    """
    jour = aujourd_hui()
    if jour.day < JOUR_DE_PREPARATION:
        return []
    hier_du_mois = jour.replace(day=1) - timedelta(days=1)
    mois = f"{hier_du_mois:%Y-%m}"
    dues = [code for code in [mois, *contenantes(mois)] if lire(code)[1].fin == jour.replace(day=1)]
    with _une_a_la_fois():
        deja = set(Publication.objects.filter(periode__in=dues).values_list("periode", flat=True))
        preparees = [code for code in dues if code not in deja]
        for code in preparees:
            preparer(code)
    return preparees


def signer(publication: Publication, par: Utilisateur) -> Publication:
    """Publish what was prepared.

    Raises:
        Conflit: it is signed already, or was prepared again or thrown away meanwhile.
    """
    signees = Publication.objects.filter(
        pk=publication.pk, statut=StatutPublication.PREPAREE
    ).update(statut=StatutPublication.SIGNEE, signee_le=maintenant(), signee_par=par)
    if not signees:
        raise Conflit("Cette publication n'attend plus de signature.")
    publication.refresh_from_db()
    return publication


def _mouvements(
    comptes: Mapping[Cle, Decompte], precedente: Publication | None
) -> dict[Cle, Mouvement]:
    anciens: dict[Cle, Chiffre] = {}
    if precedente is not None:
        lignes = precedente.chiffres.filter(exacte__isnull=False)
        anciens = {cle_de(precedente.periode, chiffre): chiffre for chiffre in lignes}
    mouvements = {}
    for cle in {**comptes, **anciens}:
        compte = comptes.get(cle) or Decompte(
            0, None if PAR_CODE[cle.indicateur].personnes is None else 0
        )
        ancien = anciens.get(cle)
        mouvements[cle] = Mouvement(compte, ancien, _bouge(compte, ancien, precedente))
    return mouvements


def _bouge(compte: Decompte, ancien: Chiffre | None, precedente: Publication | None) -> bool:
    """Whether at least eleven contributing persons changed, as far as it can be proved."""
    if precedente is None or compte.personnes is None:
        return True
    exacte, personnes = (ancien.exacte, ancien.personnes) if ancien else (0, 0)
    if compte.exacte == exacte:
        return False
    # Each late comer changed it; and so many came or went.
    changees = max(compte.retardataires, abs(compte.personnes - int(personnes or 0)))
    return peut_bouger(changees)


def _retires(
    code: str, precedente: Publication | None, mouvements: Mapping[Cle, Mouvement]
) -> Masque:
    """What the revision before took out, and stays so."""
    if precedente is None:
        return Masque()
    marques = precedente.chiffres.filter(territoire=TOUS)
    return Masque(
        retirees={cle for cle, m in mouvements.items() if m.ancien is not None and m.ancien.retire},
        groupes={Groupe(c.indicateur, c.niveau, c.axe) for c in marques},
    )


def _groupes_retires(publication: Publication, groupes: set[Groupe]) -> Iterator[Chiffre]:
    """One row for each breakdown that is not there, also of the ratios that it would give."""
    touches = set(groupes)
    for rapport in RAPPORTS:
        assert rapport.rapport
        touches |= {
            Groupe(rapport.code, g.niveau, g.axe) for g in groupes
            if g.indicateur in rapport.rapport[:2]
            and est_publie(rapport, Niveau(g.niveau), Axe(g.axe) if g.axe else None)
        }  # fmt: skip
    for groupe in sorted(touches):
        yield Chiffre(
            publication=publication, formule=PAR_CODE[groupe.indicateur].formule, retire=True,
            indicateur=groupe.indicateur, niveau=groupe.niveau, axe=groupe.axe,
            territoire=TOUS, code=TOUS,
        )  # fmt: skip


def _chiffre(publication: Publication, cle: Cle, mouvement: Mouvement, choix: Masque) -> Chiffre:
    ancien = mouvement.ancien
    if ancien is not None and not mouvement.bouge:
        exacte, personnes = ancien.exacte, ancien.personnes
        masque, retire = ancien.secret, ancien.retire
    else:
        exacte, personnes = mouvement.compte.exacte, mouvement.compte.personnes
        masque, retire = cle in choix.masquees, cle in choix.retirees
    return Chiffre(
        publication=publication,
        formule=PAR_CODE[cle.indicateur].formule,
        valeur=None if masque or retire else exacte,
        secret=masque,
        retire=retire,
        exacte=exacte,
        personnes=personnes,
        attente=mouvement.attente,
        tardives=mouvement.compte.tardives,
        **{nom: getattr(cle, nom) for nom in Cle._fields[1:]},
    )


def _borner(chiffre: Chiffre, mouvement: Mouvement, periode: Periode) -> None:
    """The bounds of the network's file active, where neither gap would tell of a few."""
    if chiffre.valeur is None:
        return
    if mouvement.ancien is not None and not mouvement.bouge:
        chiffre.borne_basse = mouvement.ancien.borne_basse
        chiffre.borne_haute = mouvement.ancien.borne_haute
        return
    ((basse, haute),) = bornes([periode], Portee())
    if bornes_se_montrent(basse, int(chiffre.valeur), haute):
        chiffre.borne_basse, chiffre.borne_haute = basse, haute


def _rapports(publication: Publication, chiffres: Mapping[Cle, Chiffre]) -> Iterator[Chiffre]:
    """The ratios of what is published: masked where one of the two is, null of nothing."""
    for indicateur in RAPPORTS:
        assert indicateur.rapport
        haut, bas, facteur = indicateur.rapport
        for cle, diviseur in chiffres.items():
            axe = Axe(cle.axe) if cle.axe else None
            if cle.indicateur != bas or not est_publie(indicateur, Niveau(cle.niveau), axe):
                continue
            dividende = chiffres.get(cle._replace(indicateur=haut))
            secret = diviseur.secret or (dividende is not None and dividende.secret)
            retire = diviseur.retire or (dividende is not None and dividende.retire)
            valeur = None
            if not secret and not retire and diviseur.valeur:
                numerateur = dividende.valeur if dividende is not None else 0
                valeur = arrondir(Decimal(numerateur or 0) * facteur / Decimal(diviseur.valeur))
            yield Chiffre(
                publication=publication,
                formule=indicateur.formule,
                valeur=valeur,
                secret=secret,
                retire=retire and not secret,
                **{nom: getattr(cle, nom) for nom in Cle._fields[1:]}
                | {"indicateur": indicateur.code},
            )
