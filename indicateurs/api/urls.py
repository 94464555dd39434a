"""Routes of the indicators."""

from django.urls import path

from indicateurs.api.views import BilanView

urlpatterns = [path("indicateurs/bilan/", BilanView.as_view(), name="bilan")]
