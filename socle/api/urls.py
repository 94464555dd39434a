"""Routes of the ground room."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from socle.api.views import ConnexionView, DeconnexionView
from socle.api.viewsets import (
    AccordPartageViewSet,
    EquipeViewSet,
    PersonneViewSet,
    StructureViewSet,
)

router = SimpleRouter()
router.register("structures", StructureViewSet, "structure")
router.register("equipes", EquipeViewSet, "equipe")
router.register("personnes", PersonneViewSet, "personne")
router.register("accords-partage", AccordPartageViewSet, "accord-partage")

urlpatterns = [
    path("connexion/", ConnexionView.as_view(), name="connexion"),
    path("deconnexion/", DeconnexionView.as_view(), name="deconnexion"),
    *router.urls,
]
