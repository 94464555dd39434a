"""Routes of the indicators."""

from django.urls import path

from indicateurs.api.views import BilanView, CatalogueView, SeriesView

urlpatterns = [
    path("indicateurs/", CatalogueView.as_view(), name="indicateurs"),
    path("indicateurs/bilan/", BilanView.as_view(), name="bilan"),
    path("indicateurs/series/", SeriesView.as_view(), name="series"),
]
