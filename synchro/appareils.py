"""The verbs of devices: enrol one, revoke it, tell it where it stands."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from commun.api.errors import Conflit
from commun.horloge import maintenant
from synchro.lecture import ENVOI_AU_PLUS, OPERATION_AU_PLUS, PROTOCOLE, SCHEMAS
from synchro.models import Appareil, CleScellement, Operation
from synchro.models.appareils import DUREE_DU_CODE, condenser
from synchro.scellement import nouvelle_paire

# Tells a device's token from an account's, before anything is looked up.
PREFIXE = "app_"
# After which a new key is given to devices; what was sealed to an earlier one is still opened.
AGE_D_UNE_CLE = timedelta(days=90)
VERROU = 7_203_026
# Of the numbers that are missing, how many are told.
MANQUANTS_MONTRES = 100
CODE_REFUSE = "Ce code n'ouvre rien : il a servi, ou ne vaut plus. Demandez-en un autre."

NUMEROS_MANQUANTS = """
SELECT premier, dernier FROM (
    SELECT lag(seq, 1, 0::bigint) OVER (ORDER BY seq) + 1 AS premier, seq - 1 AS dernier
    FROM synchro_operation WHERE appareil_id = %s
) trous WHERE premier <= dernier ORDER BY premier LIMIT %s
"""


@transaction.atomic
def donner_un_code(*, appareil: Appareil) -> str:
    """The code by which a device is enrolled, told once; one that was given before opens nothing.

    Raises:
        Conflit: the device is enrolled, or revoked.
    """
    code = Appareil.tirer_un_code()
    donne = Appareil.objects.filter(pk=appareil.pk, enrole_le=None, revoque_le=None).update(
        code_empreinte=condenser(code, "code"), code_expire_le=maintenant() + DUREE_DU_CODE
    )
    if not donne:
        raise Conflit("Cet appareil est déjà enrôlé, ou révoqué : faites-en un autre.")
    return code


def enroler(*, code: str) -> tuple[Appareil, str]:
    """Make a device of a code, once; the device, and its token, told only here.

    Raises:
        Conflit: the code was used, or is not one, or not any more.
    """
    empreinte = condenser(Appareil.lire_un_code(code), "code")
    jeton = PREFIXE + secrets.token_urlsafe(32)
    instant = maintenant()
    with transaction.atomic():
        faite = Appareil.objects.filter(
            code_empreinte=empreinte,
            code_expire_le__gt=instant,
            enrole_le=None,
            revoque_le=None,
        ).update(
            code_empreinte=None,
            code_expire_le=None,
            jeton_empreinte=condenser(jeton, "jeton"),
            enrole_le=instant,
        )
        if not faite:
            raise Conflit(CODE_REFUSE, code="code_refuse")
        return Appareil.objects.get(jeton_empreinte=condenser(jeton, "jeton")), jeton


def du_jeton(jeton: str) -> Appareil | None:
    """The device of a token, revoked or not: what it still sends is kept."""
    if not jeton.startswith(PREFIXE):
        return None
    lignes = Appareil.objects.filter(jeton_empreinte=condenser(jeton, "jeton"))
    return lignes.select_related("organisme").first()


@transaction.atomic
def revoquer(*, appareil: Appareil) -> Appareil:
    """From now on what it sends is set aside, and it is told to forget; twice is harmless."""
    Appareil.objects.filter(pk=appareil.pk, revoque_le=None).update(
        revoque_le=maintenant(), code_empreinte=None, code_expire_le=None
    )
    appareil.refresh_from_db()
    return appareil


def cle_courante() -> CleScellement:
    """The key to which devices seal now; made where there is none that is young enough."""
    jeune = maintenant() - AGE_D_UNE_CLE
    cle = CleScellement.objects.filter(cree_le__gt=jeune).first()
    if cle is not None:
        return cle
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        cle = CleScellement.objects.filter(cree_le__gt=jeune).first()
        if cle is None:
            publique, privee = nouvelle_paire()
            cle = CleScellement.objects.create(
                cle_id=uuid4(), publique=publique, privee=privee, cree_le=maintenant()
            )
        return cle


def numeros_manquants(appareil: Appareil) -> list[list[int]]:
    """The ranges of numbers that have not come, both ends included; the first hundred."""
    with connection.cursor() as cursor:
        cursor.execute(NUMEROS_MANQUANTS, [appareil.pk, MANQUANTS_MONTRES])
        return [list(trou) for trou in cursor.fetchall()]


def bonjour(appareil: Appareil) -> dict[str, Any]:
    """Where a device stands, and how to send."""
    cle = cle_courante()
    return {
        "heure": maintenant(),
        "protocole": PROTOCOLE,
        "schemas": list(SCHEMAS),
        "limites": {"operation": OPERATION_AU_PLUS, "envoi": ENVOI_AU_PLUS},
        "cle_publique": cle.publique,
        "cle_id": cle.cle_id,
        "appareil": {
            "uuid": appareil.pk,
            "libelle": appareil.libelle,
            "dernier_seq": appareil.seq_vu,
            "manquants": numeros_manquants(appareil),
            "revoque": appareil.revoque_le is not None,
            "en_attente": Operation.objects.filter(appareil=appareil).a_voir().count(),
        },
    }
