"""A cell of a revision beside what was published of it last."""

from __future__ import annotations

from dataclasses import dataclass, replace

from indicateurs.models import Chiffre
from indicateurs.publications.cellules import Decompte
from indicateurs.publications.identites import PERSONNE, Identites
from indicateurs.secret import Deja


@dataclass(frozen=True)
class Mouvement:
    """A cell beside what was published of it last.

    Args:
        compte: as it is now.
        montre: as it is kept: what it was, where the correction waits; between the two, where some
            of it does.
        ancien: its row in the revision before, where it had one.
        bouge: whether what is kept is not what it was.
        identites: what changed since of who is behind the same rows.
    """

    compte: Decompte
    montre: Decompte
    ancien: Chiffre | None = None
    bouge: bool = True
    identites: Identites = PERSONNE

    @property
    def attente(self) -> int:
        return self.compte.exacte - self.montre.exacte

    @property
    def deja(self) -> Deja | None:
        """What partners hold of it, and can't be made to forget."""
        if self.ancien is None or self.ancien.retire:
            return None
        if self.ancien.secret:
            return Deja.MASQUEE
        return None if self.bouge else Deja.MONTREE

    @property
    def avant(self) -> Decompte:
        """As it was."""
        personnes = None if self.compte.personnes is None else 0
        return Decompte(0, personnes) if self.ancien is None else _garde(self.ancien)

    @property
    def limites(self) -> tuple[int, int]:
        """Between what it was and what it is kept as."""
        bas, haut = sorted((self.avant.exacte, self.montre.exacte))
        return bas, haut

    @property
    def change(self) -> int:
        """By how much what is kept moves."""
        return self.montre.exacte - self.avant.exacte

    @property
    def parties(self) -> int:
        """How many rows went, or how much of them."""
        return max(0, self.avant.exacte + self.compte.tardives - self.compte.exacte)

    @property
    def venues(self) -> int:
        """At least so many persons have rows that came since, and not instead of others that went:
        who is entered again did not come. Nothing is known of what comes with no instant, which is
        not counted as late."""
        return max(0, min(self.compte.retardataires, self.compte.tardives) - self.parties)

    @property
    def changees(self) -> int:
        """At least so many persons changed what is counted: those whose rows came since, or by how
        many there are more of them, or fewer, where rows did too. Files that were merged are fewer
        persons, and took no row with them."""
        ecart = int(self.compte.personnes or 0) - int(self.avant.personnes or 0)
        lignes = self.compte.exacte - self.avant.exacte
        prouvees = self.identites.sans(ecart) if ecart * lignes > 0 else 0
        return max(prouvees, self.venues)

    def en_attente(self) -> Mouvement:
        """The same, kept as it was."""
        return replace(self, montre=self.avant, bouge=False)

    def dans(self, bas: float, haut: float) -> Mouvement:
        """The same, as it is now, as far as limits let it."""
        avant, compte = sorted((self.avant.exacte, self.compte.exacte))
        exacte = round(max(bas, min(haut, self.compte.exacte)))
        return self.partage(exacte) if avant <= exacte <= compte else self

    def jusqu_a(self, montre: Decompte) -> Mouvement:
        """The same, kept as something else says."""
        if montre.exacte == self.avant.exacte:
            return self.en_attente()
        return replace(self, montre=montre, bouge=True)

    def partage(self, exacte: int) -> Mouvement:
        """The same, kept as it is now but for some; of those who came or went, no more than it
        shows."""
        avant, compte = self.avant, self.compte
        if exacte == self.montre.exacte:
            return self
        if compte.personnes is None or exacte == compte.exacte:
            return self.jusqu_a(replace(compte, exacte=exacte))
        alors, maintenant = int(avant.personnes or 0), compte.personnes
        if exacte > avant.exacte:
            personnes = alors + min(exacte - avant.exacte, max(0, maintenant - alors))
        else:
            personnes = max(maintenant, min(alors, exacte))
        if maintenant == compte.exacte:
            personnes = max(alors, maintenant)  # each has one row, or is counted as one
        return self.jusqu_a(replace(compte, exacte=exacte, personnes=min(personnes, exacte)))


def _garde(chiffre: Chiffre) -> Decompte:
    return Decompte(int(chiffre.exacte or 0), chiffre.personnes)
