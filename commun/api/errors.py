"""Every error as an RFC 9457 problem detail, in French; nothing inner ever shows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.core.exceptions import PermissionDenied as DroitsInsuffisants
from django.core.exceptions import ValidationError as ErreurDeModele
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from commun.contraintes import expliquer

TYPE_DE_CONTENU = "application/problem+json"
TITRES = {
    400: "Requête invalide",
    401: "Authentification requise",
    403: "Accès refusé",
    404: "Introuvable",
    405: "Méthode non permise",
    406: "Format de réponse non disponible",
    409: "Conflit",
    411: "Longueur attendue",
    412: "L'enregistrement a changé",
    413: "Requête trop volumineuse",
    415: "Format de requête non pris en charge",
    428: "Version attendue manquante",
    429: "Trop de tentatives",
    500: "Erreur interne",
    503: "Service momentanément indisponible",
}
DETAILS = {
    400: "La requête n'est pas valide.",
    401: "Il faut un jeton valide : en-tête « Authorization: Bearer … ».",
    403: "Votre rôle ne permet pas cette action.",
    404: "Cette ressource n'existe pas.",
    406: "Seul le format application/json est proposé.",
    409: "La requête contredit un enregistrement existant.",
    413: "Le corps de la requête dépasse la taille permise.",
    415: "Seul le format application/json est accepté.",
    429: "Trop de tentatives : réessayez plus tard.",
    500: "Une erreur interne est survenue. Elle a été consignée.",
    503: "Réessayez dans quelques instants.",
}
VIOLATION_DE_CHECK = "23514"
VALEUR_MANQUANTE = "23502"
# The database is away, says nothing, or took longer than it may.
ABSENCES = (OperationalError, InterfaceError)
# Seconds after which to come again.
ATTENTE = "2"

journal = structlog.get_logger(__name__)


class Probleme(exceptions.APIException):
    """An error that carries members of its own beside the usual ones."""

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        entetes: dict[str, str] | None = None,
        **membres: Any,
    ) -> None:
        super().__init__(detail, code)
        self.entetes = entetes or {}
        self.membres = {nom: valeur for nom, valeur in membres.items() if valeur is not None}


class Conflit(Probleme):
    """409. `obstacles` lists what is in the way, when that may be told."""

    status_code = 409
    default_detail = DETAILS[409]
    default_code = "conflit"

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str = "conflit",
        obstacles: list[dict[str, Any]] | None = None,
        **membres: Any,
    ) -> None:
        super().__init__(detail, code=code, obstacles=obstacles, **membres)


class VersionManquante(Probleme):
    status_code = 428
    default_detail = "Une correction porte l'en-tête If-Match avec l'ETag de ce qui a été lu."
    default_code = "version_manquante"


class VersionPerimee(Probleme):
    status_code = 412
    default_detail = "L'enregistrement a changé depuis votre lecture : son état est joint."
    default_code = "version_perimee"


class TropVolumineux(Probleme):
    status_code = 413
    default_detail = DETAILS[413]
    default_code = "trop_volumineux"


class Interdit(Probleme):
    """403, with the reason."""

    status_code = 403
    default_detail = DETAILS[403]
    default_code = "interdit"


class Absent(Probleme):
    """404, with what is missing, of something that anybody may know not to be there."""

    status_code = 404
    default_detail = DETAILS[404]
    default_code = "absent"


class Indisponible(Probleme):
    status_code = 503
    default_detail = DETAILS[503]
    default_code = "indisponible"


class TropDeTentatives(Probleme):
    status_code = 429
    default_detail = DETAILS[429]
    default_code = "trop_de_tentatives"


def corps(status: int, detail: str | None = None, **membres: Any) -> dict[str, Any]:
    """The members of a problem detail."""
    titre = TITRES.get(status) or HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": titre,
        "status": status,
        "detail": detail or DETAILS.get(status, titre),
        **membres,
    }


def reponse(
    status: int,
    detail: str | None = None,
    entetes: dict[str, str] | None = None,
    **membres: Any,
) -> Response:
    return Response(
        corps(status, detail, **membres),
        status=status,
        headers=entetes,
        content_type=TYPE_DE_CONTENU,
    )


def _erreurs(detail: Any, chemin: str = "") -> Iterator[dict[str, str]]:
    """One entry a field; the path of a nested one is written `etapes.0.secteur`."""
    if isinstance(detail, dict):
        for cle, valeur in detail.items():
            racine = cle == "non_field_errors"
            suite = chemin if racine else f"{chemin}.{cle}" if chemin else str(cle)
            yield from _erreurs(valeur, suite)
    elif isinstance(detail, list):
        for rang, valeur in enumerate(detail):
            imbrique = isinstance(valeur, dict | list)
            yield from _erreurs(valeur, f"{chemin}.{rang}" if imbrique and chemin else chemin)
    else:
        code = getattr(detail, "code", "invalide")
        yield {"champ": chemin, "message": str(detail), "code": str(code)}


def de_validation(detail: Any) -> Response:
    """400 with one entry a field; the sentence names the fields too."""
    return _refuser(list(_erreurs(detail)))


def _refuser(erreurs: list[dict[str, str]]) -> Response:
    champs = ", ".join(dict.fromkeys(e["champ"] for e in erreurs if e["champ"]))
    phrase = " ".join(dict.fromkeys(e["message"] for e in erreurs))
    return reponse(400, f"{champs} : {phrase}" if champs else phrase, erreurs=erreurs)


def _de_la_base(erreur: IntegrityError) -> Response:
    """What the database refused, told by the message of the constraint that refused it."""
    cause = erreur.__cause__
    diagnostic = getattr(cause, "diag", None)
    nom = getattr(diagnostic, "constraint_name", None)
    message, champ = expliquer(nom)
    if getattr(cause, "sqlstate", None) in {VIOLATION_DE_CHECK, VALEUR_MANQUANTE}:
        message = message or "Une valeur n'est pas admise."
        return _refuser([{"champ": champ or "", "message": message, "code": nom or ""}])
    return reponse(409, message, **_au_champ(champ, message, nom))


def _au_champ(champ: str | None, message: str | None, code: str | None) -> dict[str, Any]:
    """The member that names the field that a refusal is about, if it is about one."""
    if champ is None:
        return {}
    return {"erreurs": [{"champ": champ, "message": message, "code": code}]}


def _formats(rendus: Any) -> str | None:
    """What may be asked for instead, where it isn't JSON alone."""
    connus = list(dict.fromkeys(rendu.media_type for rendu in rendus or ()))
    return f"Formats proposés : {', '.join(connus)}." if len(connus) > 1 else None


def _de_l_api(erreur: exceptions.APIException) -> Response:
    entetes: dict[str, str] = {}
    if isinstance(erreur, Probleme):
        return reponse(
            erreur.status_code, str(erreur.detail), entetes=erreur.entetes, **erreur.membres
        )
    if isinstance(erreur, exceptions.ValidationError):
        return de_validation(erreur.detail)
    if authentification := getattr(erreur, "auth_header", None):
        entetes["WWW-Authenticate"] = authentification
    if attente := getattr(erreur, "wait", None):
        entetes["Retry-After"] = str(int(attente) + 1)
    if isinstance(erreur, exceptions.ParseError):
        return reponse(400, "Le corps de la requête n'est pas du JSON lisible.")
    if isinstance(erreur, exceptions.MethodNotAllowed):
        return reponse(405, "Cette ressource n'accepte pas cette méthode.")
    if isinstance(erreur, exceptions.NotAcceptable):
        return reponse(406, _formats(erreur.available_renderers))
    if isinstance(erreur, exceptions.AuthenticationFailed):
        return reponse(401, str(erreur.detail), entetes=entetes)
    return reponse(erreur.status_code, entetes=entetes)


def traiter_erreur(erreur: Exception, contexte: dict[str, Any]) -> Response | None:
    """The exception handler of the API: always a problem detail, never a trace."""
    # Here, since that module loads the parsers, which raise the errors above.
    from rest_framework.views import set_rollback

    set_rollback()
    if isinstance(erreur, exceptions.APIException):
        return _de_l_api(erreur)
    if isinstance(erreur, Http404 | ObjectDoesNotExist):
        # The latter: gone between the moment it was found and the moment it was locked.
        return reponse(404)
    if isinstance(erreur, DroitsInsuffisants):
        return reponse(403)
    if isinstance(erreur, ErreurDeModele):
        return de_validation(exceptions.ValidationError(erreur.messages).detail)
    if isinstance(erreur, IntegrityError):
        return _de_la_base(erreur)
    if isinstance(erreur, DataError):
        return reponse(400, "Une valeur ne peut être enregistrée.")
    if isinstance(erreur, ABSENCES):
        journal.error("base_indisponible", exc_info=erreur)
        return reponse(503, entetes={"Retry-After": ATTENTE})
    return None


def _pour_l_api(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/sante/"))


def _json(status: int) -> HttpResponse:
    return JsonResponse(corps(status), status=status, content_type=TYPE_DE_CONTENU)


def _sans_lire(request: HttpRequest) -> HttpRequest:
    """For a page that tells of an error: it takes no form, so that none is read and checked.

    The framework's pages would, where nothing did before, and fail on one that can't be read.
    """
    request.csrf_processing_done = True  # type: ignore[attr-defined]
    return request


def page_introuvable(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _pour_l_api(request):
        return _json(404)
    return defaults.page_not_found(_sans_lire(request), exception)


def erreur_interne(request: HttpRequest) -> HttpResponse:
    """500; or 503 where it is the database that is away."""
    status = 503 if isinstance(sys.exception(), ABSENCES) else 500
    if _pour_l_api(request):
        reponse = _json(status)
    else:
        reponse = defaults.server_error(_sans_lire(request), template_name=f"{status}.html")
        reponse.status_code = status
    if status == 503:
        reponse["Retry-After"] = ATTENTE
    return reponse


def requete_invalide(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig) and _pour_l_api(request):
        return _json(413)
    if _pour_l_api(request):
        return _json(400)
    return defaults.bad_request(_sans_lire(request), exception)
