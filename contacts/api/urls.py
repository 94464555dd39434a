"""Routes of acts and material."""

from rest_framework.routers import SimpleRouter

from contacts.api.viewsets import ActeViewSet, RemiseMaterielViewSet

router = SimpleRouter()
router.register("actes", ActeViewSet, "acte")
router.register("materiel", RemiseMaterielViewSet, "materiel")

urlpatterns = router.urls
