"""Totals that only others know: typed in by who knows them, read within the perimeter."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django import forms
from rest_framework import serializers

from commun.api.errors import Interdit
from commun.api.filters import Booleen, FilterSet
from commun.api.viewsets import Creation, EnregistrementViewSet
from indicateurs.api.permissions import PourPartenaires
from indicateurs.api.serializers import ChiffreSaisiSerializer
from indicateurs.enums import IndicateurSaisi, Niveau
from indicateurs.models import ChiffreSaisi
from socle.enums import Role


class Annee(django_filters.NumberFilter):
    field_class = forms.IntegerField


class ChiffreSaisiFilterSet(FilterSet):
    indicateur = django_filters.ChoiceFilter(choices=IndicateurSaisi.choices)
    annee = Annee(min_value=2000, max_value=2099)
    en_vigueur = Booleen()


class ChiffreSaisiViewSet(PourPartenaires, Creation, EnregistrementViewSet):
    queryset = ChiffreSaisi.objects.avec_leur_suite()
    serializer_class = ChiffreSaisiSerializer
    filterset_class = ChiffreSaisiFilterSet
    roles_lecture = roles_ecriture = frozenset({Role.COORDINATEUR, Role.PARTENAIRE})
    descriptions: ClassVar[dict[str, str]] = {
        "list": (
            "Tout ce qui a été saisi, le plus récent d'abord ; ce qui vaut aujourd'hui est "
            "`en_vigueur`."
        ),
        "create": (
            "Le total d'une année, son évolution, ou les deux, avec leur source. Une saisie ne "
            "change plus : une autre la remplace, ou la retire (`retire`). Un partenaire ne saisit "
            "que les chiffres qui lui sont confiés."
        ),
    }

    def get_queryset(self) -> Any:
        permis = self.perimetre.indicateurs if Niveau.RESEAU in self.perimetre.niveaux else ()
        return super().get_queryset().filter(indicateur__in=permis)

    def perform_create(self, serializer: serializers.BaseSerializer[Any]) -> None:
        """Raises: Interdit, this partner is not who knows it."""
        code = serializer.validated_data["indicateur"]
        if self.partenaire is not None and code not in self.partenaire.saisit:
            raise Interdit("Ce compte ne saisit pas ce chiffre.")
        super().perform_create(serializer)
