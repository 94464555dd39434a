"""Who may open the pages of accommodation."""

from __future__ import annotations

from commun.admin import FicheAdmin
from socle.querysets import COORDINATION, REFERENCE


class Reference(FicheAdmin):
    roles_lecture = REFERENCE
    roles_ecriture = REFERENCE
    roles_suppression = REFERENCE


class Coordination(FicheAdmin):
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION
