"""Routes of accommodation."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from hebergement.api import viewsets

router = SimpleRouter()
router.register("sites", viewsets.SiteViewSet, "site")
router.register("chambres", viewsets.ChambreViewSet, "chambre")
router.register("places", viewsets.PlaceViewSet, "place")
router.register("fermetures", viewsets.FermetureViewSet, "fermeture")
router.register("contingents", viewsets.ContingentViewSet, "contingent")
router.register("sejours", viewsets.SejourViewSet, "sejour")
router.register("absences", viewsets.AbsenceViewSet, "absence")
router.register("occupation", viewsets.OccupationViewSet, "occupation")
router.register("places-libres", viewsets.PlaceLibreViewSet, "place-libre")
router.register("demandes-hebergement/attente", viewsets.AttenteViewSet, "attente")
router.register("demandes-hebergement", viewsets.DemandeHebergementViewSet, "demande-hebergement")
router.register("propositions", viewsets.PropositionViewSet, "proposition")

urlpatterns = [
    path("hebergement/flux/", viewsets.FluxView.as_view(), name="hebergement-flux"),
    path(
        "demandes-hebergement/<uuid:uuid>/proposer/",
        viewsets.PropositionDUneDemandeViewSet.as_view({"post": "create"}),
        name="demande-hebergement-proposer",
    ),
    path(
        "propositions/<uuid:uuid>/confirmer/",
        viewsets.ConfirmationViewSet.as_view({"post": "create"}),
        name="proposition-confirmer",
    ),
    re_path(
        r"^occupation/(?P<uuid>[^/.]+)/(?P<jour>[0-9]{4}-[0-9]{2}-[0-9]{2})/detail/\Z",
        viewsets.DetailDUneNuitViewSet.as_view({"get": "montrer"}),
        name="occupation-detail",
    ),
    path(
        "sites/<uuid:uuid>/fermer/",
        viewsets.FermetureDeSiteViewSet.as_view({"post": "create"}),
        name="site-fermer",
    ),
    path(
        "sites/<uuid:uuid>/fermer/plan/",
        viewsets.FermetureDeSiteViewSet.as_view({"post": "planifier"}),
        name="site-planifier",
    ),
    path(
        "sites/<uuid:uuid>/constats/",
        viewsets.ConstatsDUnSiteViewSet.as_view({"get": "attendus", "post": "create"}),
        name="site-constats",
    ),
    *router.urls,
]
