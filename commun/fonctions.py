"""Database functions in the domain's words."""

from django.db.models import DateField, Func


class JourDeParis(Func):
    """The date in Paris of an instant; immutable, so fit for a generated column."""

    template = "((%(expressions)s) AT TIME ZONE 'Europe/Paris')::date"
    output_field = DateField()
    arity = 1
