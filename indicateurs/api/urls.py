"""Routes of the indicators."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from indicateurs.api.rapports import AsaCaarudView
from indicateurs.api.saisis import ChiffreSaisiViewSet
from indicateurs.api.views import BilanView, CatalogueView, PublicationsView, SeriesView

router = SimpleRouter()
router.register("indicateurs/saisis", ChiffreSaisiViewSet, "chiffre-saisi")

urlpatterns = [
    path("indicateurs/", CatalogueView.as_view(), name="indicateurs"),
    path("indicateurs/asa-caarud/", AsaCaarudView.as_view(), name="asa-caarud"),
    path("indicateurs/bilan/", BilanView.as_view(), name="bilan"),
    path("indicateurs/publications/", PublicationsView.as_view(), name="publications"),
    path("indicateurs/series/", SeriesView.as_view(), name="series"),
    *router.urls,
]
