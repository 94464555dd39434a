"""A verb of the service as a page of its own: a form, what it will do, and what was in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from commun.admin.fiches import essayer


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
        faire: what the verb gives, a record; whatever it refuses is told above the form.
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
    contexte = {
        **page.admin_site.each_context(request),
        "title": titre,
        "opts": page.opts,
        "original": objet,
        "form": form,
        "bouton": bouton,
        "consequences": consequences,
    }
    return TemplateResponse(request, "commun/action.html", contexte)
