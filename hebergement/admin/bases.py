"""Who may open the pages of accommodation, and the forms of its verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES

from commun.admin import FicheAdmin
from hebergement.enums import MotifRefus
from socle.enums import Cote
from socle.querysets import COORDINATION, REFERENCE


class Reference(FicheAdmin):
    roles_lecture = REFERENCE
    roles_ecriture = REFERENCE
    roles_suppression = REFERENCE


class Coordination(FicheAdmin):
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION


class Geste(forms.Form):
    """The form of a verb, in the theme's clothes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for champ in self.fields.values():
            liste = isinstance(champ.widget, forms.Select)
            champ.widget.attrs["class"] = " ".join(SELECT_CLASSES if liste else INPUT_CLASSES)


class RefusForm(Geste):
    par = forms.ChoiceField(label="qui refuse", choices=Cote.choices)
    motif_refus = forms.ChoiceField(label="motif", choices=MotifRefus.choices)
    precisions = forms.CharField(label="précisions", required=False, max_length=200)
    a_la_place = forms.CharField(label="proposé à la place", required=False, max_length=200)
