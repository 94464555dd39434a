"""Fill in a form of the admin as a browser would: what was shown, with what somebody changes."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client


def _valeurs(form: Any) -> dict[str, Any]:
    donnees: dict[str, Any] = {}
    for champ in form:
        valeur = champ.value()
        widgets = getattr(champ.field.widget, "widgets", None)
        if widgets is not None:
            parties = champ.field.widget.decompress(valeur)
            for rang, (widget, partie) in enumerate(zip(widgets, parties, strict=True)):
                donnees[f"{champ.html_name}_{rang}"] = widget.format_value(partie) or ""
        elif valeur is None or valeur is False:
            continue
        elif isinstance(valeur, list):
            donnees[champ.html_name] = [getattr(v, "pk", v) for v in valeur]
        elif hasattr(champ.field.widget, "format_value"):
            donnees[champ.html_name] = champ.field.widget.format_value(valeur)
        else:
            donnees[champ.html_name] = valeur
    return donnees


def remplir(client: Client, adresse: str, **changements: Any) -> tuple[str, dict[str, Any]]:
    """Where to send the form of a page, and what is in it once `changements` are made.

    A key of `changements` is the name of an input; a value of None empties it.
    """
    reponse = client.get(adresse)
    assert reponse.status_code == 200, f"{adresse} : {reponse.status_code}"
    contexte: Any = reponse.context
    donnees = _valeurs(contexte["adminform"].form)
    for lignes in contexte["inline_admin_formsets"]:
        donnees |= _valeurs(lignes.formset.management_form)
        for form in lignes.formset.forms:
            donnees |= _valeurs(form)
    for cache in ("version_lue", "cle"):
        if cache in contexte:
            assert f'name="{cache}" value="{contexte[cache]}"' in reponse.content.decode()
            donnees[cache] = contexte[cache]
    donnees |= changements
    action = contexte.get("form_url") or adresse
    vers = f"{adresse}{action}" if action.startswith("?") else action
    return vers, {nom: valeur for nom, valeur in donnees.items() if valeur is not None}


def soumettre(client: Client, adresse: str, **changements: Any) -> Any:
    """Open a page, change its form, send it."""
    vers, donnees = remplir(client, adresse, **changements)
    return client.post(vers, donnees)


def caches(reponse: Any) -> dict[str, list[str]]:
    """The hidden inputs of a page."""
    donnees: dict[str, list[str]] = {}
    for champ in re.findall(r'<input[^>]*type="hidden"[^>]*>', reponse.content.decode()):
        nom, valeur = (re.search(rf'{cle}="([^"]*)"', champ) for cle in ("name", "value"))
        if nom is not None:
            donnees.setdefault(nom[1], []).append(unescape(valeur[1]) if valeur else "")
    return donnees


def confirmer(client: Client, montre: Any, **champs: Any) -> Any:
    """Send again what a page has shown before it is done; `champs` are those that are visible."""
    assert montre.status_code == 200, montre.status_code
    assert "Confirmer" in montre.content.decode()
    return client.post(montre.request["PATH_INFO"], {**caches(montre), **champs})


def donner(client: Client, adresse: str, **changements: Any) -> Any:
    """Open a page of addition that shows what it would do, fill it in, and confirm."""
    return confirmer(client, soumettre(client, adresse, **changements))


def erreurs(reponse: Any) -> str:
    """All that a refused form says."""
    assert reponse.status_code == 200, reponse.status_code
    contexte = reponse.context
    textes = [str(contexte["adminform"].form.errors)]
    textes += [
        f"{lignes.formset.non_form_errors()} {lignes.formset.errors}"
        for lignes in contexte["inline_admin_formsets"]
    ]
    return " ".join(textes)
