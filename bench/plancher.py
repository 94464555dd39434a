"""The floor of a write over HTTP: a new Django project, one DRF view, one token, one insert.

A WSGI module for gunicorn; run as a program, it makes its tables and prints a token.
"""

from __future__ import annotations

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

if not settings.configured:
    from config.environnement import lire_base_de_donnees

    settings.configure(
        SECRET_KEY="plancher",
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {**lire_base_de_donnees(), "CONN_MAX_AGE": 60}},
        USE_TZ=True,
        ROOT_URLCONF="bench.plancher",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "rest_framework.authtoken",
        ],
        # What `startproject` writes, less what needs sessions: DRF's own answer needs none.
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
            "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        },
    )
    django.setup()

from django.contrib.auth.models import User
from django.db import connection, models
from django.urls import path
from rest_framework import generics, serializers
from rest_framework.authtoken.models import Token


class Visite(models.Model):
    uuid = models.UUIDField(primary_key=True)
    structure = models.CharField(max_length=60)
    genre_observe = models.CharField(max_length=15)
    saisi_le = models.DateTimeField()

    class Meta:
        app_label = "plancher"


class VisiteSerializer(serializers.ModelSerializer[Visite]):
    class Meta:
        model = Visite
        fields = ("uuid", "structure", "genre_observe", "saisi_le")
        # DRF would first look for the row: the insert itself refuses a second one.
        extra_kwargs = {"uuid": {"validators": ()}}


class VisiteView(generics.CreateAPIView[Visite]):
    queryset = Visite._default_manager.all()
    serializer_class = VisiteSerializer


urlpatterns = [path("visites/", VisiteView.as_view())]
application = get_wsgi_application()


def main() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editeur:
        editeur.create_model(Visite)
    print(Token.objects.create(user=User.objects.create(username="plancher")).key)


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    main()
