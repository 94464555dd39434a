"""Routes of the visits."""

from rest_framework.routers import SimpleRouter

from accueil.api.viewsets import PassageViewSet

router = SimpleRouter()
router.register("passages", PassageViewSet, "passage")

urlpatterns = router.urls
