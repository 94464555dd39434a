"""Filters of the rounds."""

from __future__ import annotations

import django_filters

from commun.api.filters import Booleen, FilterSet, Jour, Reference
from contacts.enums import Issue
from maraudes.enums import Milieu, StatutMaraude


class SecteurFilterSet(FilterSet):
    code = django_filters.CharFilter()
    milieu = django_filters.ChoiceFilter(choices=Milieu.choices)
    actif = Booleen()


class MaraudeFilterSet(FilterSet):
    equipe = Reference()
    structure = Reference(field_name="equipe__structure", code=True)
    milieu = django_filters.ChoiceFilter(choices=Milieu.choices)
    statut = django_filters.ChoiceFilter(choices=StatutMaraude.choices)
    jour = Jour()
    du = Jour(field_name="jour", lookup_expr="gte", label="À partir de ce jour")
    au = Jour(field_name="jour", lookup_expr="lt", label="Avant ce jour")


class RencontreFilterSet(FilterSet):
    maraude = Reference()
    secteur = Reference(code=True)
    issue = django_filters.ChoiceFilter(field_name="contact__issue", choices=Issue.choices)
    du = Jour(field_name="contact__jour", lookup_expr="gte", label="À partir de ce jour")
    au = Jour(field_name="contact__jour", lookup_expr="lt", label="Avant ce jour")


class ObservationFilterSet(FilterSet):
    maraude = Reference()
    secteur = Reference(code=True)
