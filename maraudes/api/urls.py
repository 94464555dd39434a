"""Routes of the rounds."""

from rest_framework.routers import SimpleRouter

from maraudes.api.viewsets import (
    MaraudeViewSet,
    ObservationViewSet,
    RencontreViewSet,
    SecteurViewSet,
)

router = SimpleRouter()
router.register("secteurs", SecteurViewSet, "secteur")
router.register("maraudes", MaraudeViewSet, "maraude")
router.register("rencontres", RencontreViewSet, "rencontre")
router.register("observations", ObservationViewSet, "observation")

urlpatterns = router.urls
