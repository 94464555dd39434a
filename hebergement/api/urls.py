"""Routes of accommodation."""

from rest_framework.routers import SimpleRouter

from hebergement.api import viewsets

router = SimpleRouter()
router.register("sites", viewsets.SiteViewSet, "site")
router.register("chambres", viewsets.ChambreViewSet, "chambre")
router.register("places", viewsets.PlaceViewSet, "place")
router.register("fermetures", viewsets.FermetureViewSet, "fermeture")
router.register("sejours", viewsets.SejourViewSet, "sejour")
router.register("occupation", viewsets.OccupationViewSet, "occupation")
router.register("places-libres", viewsets.PlaceLibreViewSet, "place-libre")

urlpatterns = router.urls
