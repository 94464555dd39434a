"""What allotments still have to fill, and how full each was: a warning and figures, no refusal."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import Case, Count, F, Func, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import GreaterThanOrEqual, In

from commun.horloge import aujourd_hui

if TYPE_CHECKING:
    from hebergement.models import Contingent

UN_JOUR = timedelta(days=1)
# Nights up to tonight: who will be there later, nobody knows.
NUITS = """
WITH sejours AS MATERIALIZED (
    SELECT s.arrivee, s.depart FROM hebergement_sejour s
    JOIN hebergement_place p ON p.uuid = s.place_id
    WHERE p.site_id = %(site)s AND s.nature = 'SEJOUR'
      AND s.arrivee < %(au)s AND (s.depart IS NULL OR s.depart > %(du)s)
      AND hebergement_organisme_du_sejour(s.uuid) = %(organisme)s
)
SELECT n.jour::date, count(s.arrivee)
FROM generate_series(%(du)s::date, %(au)s::date - 1, interval '1 day') AS n(jour)
LEFT JOIN sejours s ON s.arrivee <= n.jour AND (s.depart IS NULL OR s.depart > n.jour)
GROUP BY 1 ORDER BY 1
"""


class DemandeDuSejour(Func):
    """The request that a stay answered, or the one that it was moved from."""

    function = "hebergement_demande_du_sejour"
    output_field = models.UUIDField()


class OrganismeDuSejour(Func):
    """Whose allotment a stay is of: of the request that it answered, else of the person's file."""

    function = "hebergement_organisme_du_sejour"
    output_field = models.UUIDField()


def occupes(jour: date) -> Subquery:
    """Of an allotment, how many of its organisme's people are on its site that night."""
    from hebergement.models import Sejour

    presents = Sejour.objects.presents(jour).annotate(de=OrganismeDuSejour("pk"))
    siens = presents.filter(place__site=OuterRef("site"), de=OuterRef("organisme"))
    nombre = siens.order_by().values("place__site").annotate(n=Count("pk")).values("n")
    return Subquery(nombre, output_field=models.IntegerField())


def restent(jour: date) -> Greatest:
    """Of an allotment, how many places are still to be filled that night."""
    return Greatest(F("places") - Coalesce(occupes(jour), 0), 0)


def _pleins(lignes: Any, site: str, jour: date, *, tenues: int, sauf: Any = None) -> Any:
    """Rows with `plein`: the free places of their site, `tenues` among them, are no more than
    allotments still have to fill, that of the organisme `sauf` left out."""
    from hebergement.models import Contingent, Place

    contingents = Contingent.objects.en_vigueur(jour).filter(site=OuterRef(site))
    if sauf is not None:
        contingents = contingents.exclude(organisme=sauf)
    attendues = contingents.annotate(reste=restent(jour)).order_by().values("site")
    libres = Place.objects.libres(jour).filter(site=OuterRef(site)).order_by().values("site")
    gardees = Coalesce(Subquery(attendues.annotate(n=Sum("reste")).values("n")), 0)
    nombre = Coalesce(Subquery(libres.annotate(n=Count("pk")).values("n")), 0)
    # Without a place that is kept for anybody, nothing is.
    return lignes.annotate(plein=GreaterThanOrEqual(gardees, Greatest(nombre + tenues, 1)))


def sous_contingent(site: str, jour: date, *, sauf: Any = None, tenues: int = 0) -> Case:
    """Whether the free places of a site are no more than allotments still have to fill.

    Allotments are looked at once for all rows, and only where a row asks: nothing that is counted
    depends on the row.

    Args:
        site: what names the site of the row that asks.
        sauf: the organisme, or what names it, whose own allotment does not count.
        tenues: how many places the row that asks holds itself.
    """
    from hebergement.models import Contingent, Site

    contingents = Contingent.objects.en_vigueur(jour).order_by()
    sites = Site.objects.order_by().filter(pk__in=contingents.values("site"))
    pleins = _pleins(sites, "pk", jour, tenues=tenues).filter(plein=True)
    # Those that alone make their site so: whose they are is in nobody's way.
    seuls = _pleins(contingents, "site", jour, tenues=tenues, sauf=OuterRef("organisme"))
    le_sien = contingents.filter(site=OuterRef(site), organisme=sauf)
    return Case(
        When(~In(F(site), pleins.values("pk")), then=Value(False)),
        When(
            In(Subquery(le_sien.values("pk")), seuls.filter(plein=False).values("pk")),
            then=Value(False),
        ),
        default=Value(True),
        output_field=models.BooleanField(),
    )


def occupation(contingent: Contingent, du: date, au: date) -> list[dict[str, Any]]:
    """Each night of `[du, au)` that the allotment is for, up to tonight: one query."""
    debut = max(du, contingent.debut)
    fin = min(jour for jour in (au, contingent.fin, aujourd_hui() + UN_JOUR) if jour is not None)
    if fin <= debut:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            NUITS,
            {
                "site": contingent.site_id,
                "organisme": contingent.organisme_id,
                "du": debut,
                "au": fin,
            },
        )
        return [
            {
                "jour": jour,
                "places": contingent.places,
                "occupees": occupees,
                "taux": taux(occupees, contingent.places),
            }
            for jour, occupees in cursor.fetchall()
        ]


def taux(occupees: int, places: int) -> Decimal:
    """Four decimals, half up; never clamped."""
    return (Decimal(occupees) / places).quantize(Decimal("0.0001"), ROUND_HALF_UP)
