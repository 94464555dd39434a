"""Days and instants at a desk: a form shows seconds, and one night a year has an hour twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import DateInput, ModelForm, SplitDateTimeField
from django.utils.timezone import get_current_timezone
from unfold.widgets import INPUT_CLASSES


class JourChoisi(DateInput):
    """A day in the browser's own calendar, which reads and writes this form only."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"class": " ".join(INPUT_CLASSES)})


class InstantDuBureau(SplitDateTimeField):
    """A date and an hour; of an hour that comes twice, the first.

    Refused, a record of that hour could never be corrected.
    """

    def compress(self, data_list: Any) -> datetime | None:
        try:
            instant: datetime | None = super().compress(data_list)
        except ValidationError as erreur:
            if erreur.code != "ambiguous_timezone":
                raise
            fuseau, saisi = get_current_timezone(), datetime.combine(*data_list)
            instant = saisi.replace(tzinfo=fuseau)
            if instant.astimezone(UTC).astimezone(fuseau).replace(tzinfo=None) != saisi:
                raise  # an hour that the night leaves out
        return instant


def garder_les_instants(form: ModelForm[Any]) -> None:
    """What nobody has touched stays as it was, to its fraction of a second and its hour of two."""
    for nom in set(form.fields) & set(form.cleaned_data):
        champ, avant = form.fields[nom], form.initial.get(nom)
        if not isinstance(champ, InstantDuBureau) or not isinstance(avant, datetime):
            continue
        # Against what is kept, whatever the page says that it has shown.
        if not champ.has_changed(form[nom].initial, form[nom].data):
            form.cleaned_data[nom] = avant


class FormulaireDeLigne(ModelForm):  # type: ignore[type-arg]
    """A row of a page."""

    def clean(self) -> Any:
        donnees = super().clean()
        garder_les_instants(self)
        return donnees
