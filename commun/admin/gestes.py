"""A verb of the service as a page of its own: a form, what it will do, and what was in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from commun.admin.fiches import essayer
from commun.api.errors import Conflit
from commun.api.viewsets import calculer_empreinte

RELISEZ = "Voici ce qui sera fait : relisez, puis confirmez."
RIEN_AVANT = "Rien n'est fait avant que tout soit montré, puis confirmé."


class Annonce(NamedTuple):
    """What would be done, and the digest by which the next sending says that it was read."""

    lignes: tuple[str, ...]
    lu: str


def faire_relire(request: HttpRequest, lignes: tuple[str, ...]) -> None:
    """Within what a page does, once it is done: let it stay only where this was read.

    What is shown is thus what the verb itself has done. Another form, or other consequences than
    those that were shown, are to be read again.

    Raises:
        Conflit: nobody has read it yet: all is undone, and the page shows it.
    """
    dit = {nom: request.POST.getlist(nom) for nom in request.POST}
    for nom in ("csrfmiddlewaretoken", "lu"):
        dit.pop(nom, None)
    lu = calculer_empreinte(request.path, [dit, lignes])
    if request.POST.get("lu") != lu:
        request.annonce = Annonce(lignes, lu)  # type: ignore[attr-defined]
        raise Conflit(RELISEZ)


def ouvrir_un_geste(
    page: Any,
    request: HttpRequest,
    objet: Any,
    form: forms.Form,
    faire: Callable[[], Any],
    *,
    titre: str,
    bouton: str,
    fait: Callable[[Any], str],
    consequences: tuple[str, ...] = (),
) -> HttpResponse:
    """Show the form; once it is valid, do it, and show the page of what it gave.

    Args:
        page: the admin page of `objet`, who may do it was asked already.
        faire: what the verb gives, a record; whatever it refuses is told above the form, and what
            it wants to be read, by `faire_relire`, is shown there.
        fait: what is told, and written down, of that.
        consequences: what will happen, said before.
    """
    if request.method == "POST" and form.is_valid():
        donne, refus = essayer(faire)
        if donne is not None:
            message = fait(donne)
            page.log_change(request, objet, message)
            page.message_user(request, message)
            cible = donne._meta
            return redirect(f"admin:{cible.app_label}_{cible.model_name}_change", donne.pk)
        form.add_error(None, refus)
    annonce: Annonce | None = getattr(request, "annonce", None)
    contexte = {
        **page.admin_site.each_context(request),
        "title": titre,
        "opts": page.opts,
        "original": objet,
        "form": form,
        "bouton": "Confirmer" if annonce else bouton,
        "consequences": annonce.lignes if annonce else consequences,
        "lu": annonce and annonce.lu,
    }
    return TemplateResponse(request, "commun/action.html", contexte)


def confirmer_un_ajout(
    page: Any, request: HttpRequest, annonce: Annonce, titre: str
) -> HttpResponse:
    """Show what a form of addition would do; it is sent again as it was, once that is read."""
    form = forms.Form({})
    form.full_clean()
    form.add_error(None, RELISEZ)
    envoyes = [
        (nom, valeur)
        for nom, valeurs in request.POST.lists()
        for valeur in valeurs
        if nom not in {"csrfmiddlewaretoken", "lu"}
    ]
    contexte = {
        **page.admin_site.each_context(request),
        "title": titre,
        "opts": page.opts,
        "form": form,
        "envoyes": envoyes,
        "bouton": "Confirmer",
        "consequences": annonce.lignes,
        "lu": annonce.lu,
    }
    return TemplateResponse(request, "commun/action.html", contexte)
