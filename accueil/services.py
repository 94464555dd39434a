"""The verbs of a reception site."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accueil.models import Passage
from contacts.enums import Cadre, Issue
from contacts.models import Contact
from socle.models import Structure


@transaction.atomic(savepoint=False)
def enregistrer_passage(
    *, structure: Structure, parti_le: datetime | None = None, **contact: Any
) -> Passage:
    """Someone arrives, known or not; `contact` holds the fields of the contact."""
    ligne = Contact(cadre=Cadre.ACCUEIL, issue=Issue.ECHANGE, structure=structure, **contact)
    ligne.dater()
    ligne.save(force_insert=True)
    passage = Passage(contact=ligne, parti_le=parti_le)
    passage.save(force_insert=True)
    return passage
