"""Routes of the tablets' protocol."""

from django.urls import path

from synchro.api.views import BonjourView, EnrolementView, EnvoiView, SecoursView

urlpatterns = [
    path("synchro/enrolement/", EnrolementView.as_view(), name="synchro-enrolement"),
    path("synchro/bonjour/", BonjourView.as_view(), name="synchro-bonjour"),
    path("synchro/envoi/", EnvoiView.as_view(), name="synchro-envoi"),
    path("synchro/secours/", SecoursView.as_view(), name="synchro-secours"),
]
