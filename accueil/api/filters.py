"""Filters of the visits."""

from __future__ import annotations

from commun.api.filters import Booleen, FilterSet, Jour, Reference
from socle.api.filters import ReferenceDePersonne


class PassageFilterSet(FilterSet):
    structure = Reference(field_name="contact__structure", code=True)
    personne = ReferenceDePersonne(field_name="contact__personne")
    present = Booleen(field_name="parti_le", lookup_expr="isnull")
    jour = Jour(field_name="contact__jour")
    du = Jour(field_name="contact__jour", lookup_expr="gte", label="À partir de ce jour")
    au = Jour(field_name="contact__jour", lookup_expr="lt", label="Avant ce jour")
