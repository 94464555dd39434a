"""What a figure is about: everything, or the structures of a kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from accueil.models import Passage
from hebergement.enums import Dispositif
from hebergement.models import Site
from socle.models import Equipe, Structure


@dataclass(frozen=True)
class Portee:
    """One structure, the structures of a type, or all."""

    structure: Structure | None = None
    type_structure: str | None = None

    def sur(self, chemin: str) -> Q:
        """The rows whose structure, reached by `chemin`, is in scope.

        Rows without a path to one are of the network alone.
        """
        if not chemin:
            return Q() if self.reseau else Q(pk__in=())
        if self.structure is not None:
            return Q(**{chemin: self.structure})
        if self.type_structure is not None:
            return Q(**{f"{chemin}__type": self.type_structure})
        return Q()

    @property
    def reseau(self) -> bool:
        return self.structure is None and self.type_structure is None

    # An indicator makes no sense, and is null, where the scope has nothing that it could count.

    @cached_property
    def a_un_accueil(self) -> bool:
        return Passage.objects.filter(self.sur("contact__structure")).exists()

    @cached_property
    def a_une_equipe(self) -> bool:
        return Equipe.objects.filter(self.sur("structure")).exists()

    @cached_property
    def a_un_site(self) -> bool:
        return Site.objects.filter(self.sur("structure")).exists()

    @cached_property
    def a_un_site_assore(self) -> bool:
        return Site.objects.filter(self.sur("structure"), dispositif=Dispositif.ASSORE).exists()
