"""Filters of acts and material."""

from __future__ import annotations

import django_filters

from commun.api.filters import FilterSet, Jour, Reference
from contacts.enums import CategorieActe, MaterielRdR


class ActeFilterSet(FilterSet):
    contact = Reference()
    structure = Reference(field_name="contact__structure", code=True)
    categorie = django_filters.ChoiceFilter(choices=CategorieActe.choices)
    du = Jour(field_name="jour", lookup_expr="gte", label="À partir de ce jour")
    au = Jour(field_name="jour", lookup_expr="lt", label="Avant ce jour")


class RemiseMaterielFilterSet(FilterSet):
    contact = Reference()
    structure = Reference(field_name="contact__structure", code=True)
    materiel = django_filters.ChoiceFilter(choices=MaterielRdR.choices)
