"""An allotment at a desk: more than there is may be kept, and is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages

from hebergement.models import Contingent
from socle.models import Utilisateur
from tests.administration.conftest import Console
from tests.administration.formulaires import erreurs, soumettre
from tests.factories import ContingentFactory, OrganismeFactory, PlaceFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.mark.parametrize(("places", "averti"), [(3, False), (4, True)])
def test_more_places_than_the_site_has_are_told(
    places: int, averti: bool, console: Console, coordinatrice: Utilisateur
) -> None:
    """Two are kept for somebody else already; a place that has closed is none of the site's."""
    site = SiteFactory(nom="Hôtel des Acacias")
    PlaceFactory.create_batch(5, site=site)
    PlaceFactory(site=site, fermee_le=date(2023, 1, 1))
    ContingentFactory(site=site, places=2)
    ContingentFactory(site=site, places=9, debut=date(2021, 1, 1), fin=date(2022, 1, 1))
    reponse = soumettre(
        console(coordinatrice), "/admin/hebergement/contingent/add/", site=str(site.pk),
        organisme=str(OrganismeFactory().pk), places=f"{places}", debut="01/02/2023",
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    assert Contingent.objects.filter(site=site, places=places).count() == 1
    dit = [str(m) for m in get_messages(reponse.wsgi_request)]
    trop = (
        "Le 01/02/2023, les contingents de Hôtel des Acacias gardent 6 places, et ce site en a 5."
    )
    assert (trop in dit) == averti, dit
