"""Routes of the orientations; the summary of a round crosses domains, so it is here."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from coordination.api.viewsets import (
    DistinctionViewSet,
    DoublonViewSet,
    FusionViewSet,
    OrientationViewSet,
    ResumeView,
)

router = SimpleRouter()
router.register("orientations", OrientationViewSet, "orientation")
router.register("fusions", FusionViewSet, "fusion")
router.register("distinctions", DistinctionViewSet, "distinction")

urlpatterns = [
    path(
        "personnes/doublons/",
        DoublonViewSet.as_view({"get": "list"}),
        name="personne-doublons",
    ),
    path("maraudes/<uuid:uuid>/resume/", ResumeView.as_view(), name="maraude-resume"),
    *router.urls,
]
