"""Every address of the service."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from commun.admin.completions import completions
from config import sante
from config.accueil import accueil, icone, introuvable
from config.description import DescriptionView, LectureView
from indicateurs.views import (
    bilan,
    flux_de_l_hebergement,
    rapport_asa_caarud,
    traces_de_l_annee,
)

handler400 = "commun.api.errors.requete_invalide"
handler404 = "commun.api.errors.page_introuvable"
handler500 = "commun.api.errors.erreur_interne"

admin.site.index_title = "Tableau de bord"
admin.site.site_title = "Coordination des maraudes"

api: list[URLPattern | URLResolver] = [
    path("", include("coordination.api.urls")),
    path("", include("socle.api.urls")),
    path("", include("contacts.api.urls")),
    path("", include("maraudes.api.urls")),
    path("", include("hebergement.api.urls")),
    path("", include("accueil.api.urls")),
    path("", include("indicateurs.api.urls")),
    path("", include("synchro.api.urls")),
    path("schema/", DescriptionView.as_view(), name="schema"),
    path("docs/", LectureView.as_view(url_name="schema"), name="docs"),
]

urlpatterns = [
    path("", accueil, name="accueil"),
    path("favicon.ico", icone),
    # The framework's way to a record's page outside of the admin: there is none, and it fails.
    path("admin/r/<path:objet>", introuvable),
    path("admin/autocomplete/", completions, name="autocomplete"),
    path("admin/bilan/", admin.site.admin_view(bilan), name="page-bilan"),
    path(
        "admin/bilan/asa-caarud/",
        admin.site.admin_view(rapport_asa_caarud),
        name="page-asa-caarud",
    ),
    path("admin/traces/", admin.site.admin_view(traces_de_l_annee), name="page-traces"),
    path("admin/flux/", admin.site.admin_view(flux_de_l_hebergement), name="page-flux"),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    path("sante/vivant/", sante.vivant, name="sante-vivant"),
    path("sante/pret/", sante.pret, name="sante-pret"),
    path("sante/metier/", sante.MetierView.as_view(), name="sante-metier"),
]
