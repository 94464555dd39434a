"""Dates that a slip of the keyboard makes are refused wherever a date is typed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.forms import DateField, DateTimeField, SplitDateTimeField
from django.test import Client

from accueil.models import Passage
from commun.horloge import PARIS, hier
from contacts.models import Contact
from hebergement.models import Sejour
from socle.models import Structure, Utilisateur
from tests.administration.conftest import Console, page, peupler
from tests.administration.formulaires import soumettre
from tests.factories import PassageFactory, PlaceFactory, SejourFactory

pytestmark = pytest.mark.django_db
A_VENIR, ANCIENNE = "Cette heure n'est pas encore passée.", "Cette heure est trop ancienne."
# Of another age than the records.
SANS_BORNE = {(Structure, "ouverte_le"), (Structure, "fermee_le")}


def dates_tapees(client: Client, modele: Any) -> list[tuple[Any, str, bool]]:
    """`(form, input, whether it has an hour)` of each date that a page's forms let type."""
    objet = modele._default_manager.order_by("pk").first()
    contexte: Any = client.get(page(modele, "change", objet.pk)).context
    if contexte is None or "adminform" not in contexte:
        return []
    formulaires = [contexte["adminform"].form]
    formulaires += [lignes.formset.empty_form for lignes in contexte["inline_admin_formsets"]]
    return [
        (form, nom, isinstance(champ, SplitDateTimeField | DateTimeField))
        for form in formulaires
        for nom, champ in form.fields.items()
        if isinstance(champ, DateField | DateTimeField | SplitDateTimeField)
    ]


@pytest.mark.parametrize("qui", ["coordinatrice", "administratrice"])
def test_every_date_of_every_form_is_plausible(
    console: Console, request: pytest.FixtureRequest, espace_repos: Structure, qui: str
) -> None:
    peupler(espace_repos, 1)
    client = console(request.getfixturevalue(qui))
    vues = 0
    for modele in admin.site._registry:
        if client.get(page(modele, "changelist")).status_code != 200:
            continue
        for form, nom, a_une_heure in dates_tapees(client, modele):
            if (form._meta.model, nom) in SANS_BORNE:
                continue
            champ, vues = form.fields[nom], vues + 1
            refus = {}
            for texte in ("05/03/0203", "05/03/2203", "05/03/2023"):
                try:
                    champ.clean([texte, "10:00:00"] if a_une_heure else texte)
                except Exception as erreur:
                    refus[texte] = type(erreur).__name__
            attendu = dict.fromkeys(("05/03/0203", "05/03/2203"), "ValidationError")
            assert refus == attendu, f"{modele} {nom}"
    assert vues > (15 if qui == "coordinatrice" else 2)


def test_what_has_not_happened_yet_is_not_recorded(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos)
    avant = Contact.objects.get()
    for jour, refus in (("12/03/2098", A_VENIR), ("12/03/1998", ANCIENNE)):
        reponse = soumettre(
            console(coordinatrice), page(Passage, "change", passage.pk), survenu_le_0=jour
        )
        assert refus in reponse.content.decode().replace("&#x27;", "'")
        assert Contact.objects.get().survenu_le == avant.survenu_le


def test_a_structure_may_be_older_than_its_records(
    console: Console, administratrice: Utilisateur, espace_repos: Structure
) -> None:
    reponse = soumettre(
        console(administratrice), page(Structure, "change", espace_repos.pk),
        ouverte_le="02/09/1994",
    )  # fmt: skip
    assert reponse.status_code == 302
    espace_repos.refresh_from_db()
    assert str(espace_repos.ouverte_le) == "1994-09-02"


def test_nobody_moves_in_another_century(console: Console, coordinatrice: Utilisateur) -> None:
    sejour, place = SejourFactory(), PlaceFactory()
    adresse = page(Sejour, "transferer", sejour.pk)
    reponse = console(coordinatrice).post(adresse, {"place": place.pk, "jour": "05/03/2203"})
    assert "Il faut une date entre 2000 et 2099." in reponse.content.decode()
    assert Sejour.objects.count() == 1


def test_visits_are_found_from_one_day_to_another(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    jours = [hier() - timedelta(days=n) for n in range(4)]
    for jour in jours:
        PassageFactory(
            contact__structure=espace_repos,
            contact__survenu_le=datetime.combine(jour, time(12), PARIS),
        )

    def trouves(**dates: str) -> tuple[list[date], list[str]]:
        reponse = console(coordinatrice).get(
            page(Passage, "changelist"), {f"contact__jour_{nom}": d for nom, d in dates.items()}
        )
        contexte: Any = reponse.context
        return (
            sorted(p.contact.jour for p in contexte["cl"].result_list),
            [str(message) for message in contexte["messages"]],
        )

    debut, fin = jours[2], jours[1]
    assert trouves(**{"from": f"{debut:%d/%m/%Y}", "to": f"{fin:%d/%m/%Y}"}) == ([debut, fin], [])
    assert trouves(**{"from": debut.isoformat(), "to": ""}) == ([debut, fin, jours[0]], [])
    # A slip is told, and does not show what was not asked for.
    slip = "« 31/02/2023 » n'est pas une date : écrivez JJ/MM/AAAA."
    assert trouves(**{"from": "31/02/2023", "to": f"{fin:%d/%m/%Y}"}) == ([], [slip])
