"""What a form was read at: nobody undoes unseen what somebody else did since, nor adds twice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, cast
from uuid import UUID, uuid5

from django.contrib import messages
from django.db.models import Model
from django.forms.models import _get_foreign_key
from django.http import HttpRequest

from commun.admin.lignes import LignesModifiables
from commun.api.viewsets import en_uuid
from commun.models import Enregistrement

DEJA_FAIT = (
    "Ce formulaire a déjà été enregistré, et en voici la fiche. Pour en ajouter un autre, ouvrez "
    "un nouveau formulaire."
)
DEJA_AJOUTEES = "Ce formulaire avait déjà été envoyé : ses lignes ne sont pas ajoutées deux fois."
NOMS = UUID("6f1c1c5e-6a53-5c0e-9d0e-2b6a4f6f6d11")
PERIMEE = (
    "Quelqu'un a modifié cette fiche depuis que vous l'avez ouverte : rechargez la page, "
    "puis refaites votre correction."
)


def _empreinte(valeurs: Any) -> str:
    return hashlib.sha256(repr(valeurs).encode()).hexdigest()[:16]


def _etat(ligne: Model) -> str:
    """The version of a row as it was loaded, or a digest of it where no version is kept."""
    if isinstance(ligne, Enregistrement):
        return f"{ligne.pk}:{ligne.version}"
    # A record shares its key with what it extends, so it needs a name of its own.
    valeurs = [getattr(ligne, champ.attname) for champ in ligne._meta.concrete_fields]
    return f"{ligne._meta.model_name}:{_empreinte(valeurs)}"


def _verrouillees(lignes: Sequence[Any]) -> list[Any]:
    """Rows as they stand, locked, one model after the other.

    Raises:
        ObjectDoesNotExist: one of them is gone.
    """
    cles: dict[type[Model], set[Any]] = defaultdict(set)
    for ligne in lignes:
        cles[type(ligne)].add(ligne.pk)
    tenues: dict[tuple[type[Model], Any], Any] = {}
    for modele, siennes in cles.items():
        trouvees = modele._base_manager.select_for_update(no_key=True).filter(pk__in=siennes)
        tenues |= {(modele, ligne.pk): ligne for ligne in trouvees.order_by("pk")}
        if len(siennes) > sum(de is modele for de, _ in tenues):
            raise modele.DoesNotExist  # type: ignore[attr-defined]
    return [tenues[type(ligne), ligne.pk] for ligne in lignes]


class Versions:
    """The part of a page that knows what was read of its object, and what was sent already."""

    def porteur(self, obj: Any) -> Any:
        """The row that those of the page hang on."""
        return obj

    def parties(self, obj: Any) -> list[Any]:
        """The rows that one form writes."""
        return [obj]

    def verrouiller(self, request: HttpRequest, objets: Sequence[Any]) -> None:
        """Lock what the verbs of these objects lock before their own rows, in their order."""

    def tenir(self, request: HttpRequest, objets: Sequence[Any]) -> list[Any]:
        """Lock objects as their verbs do, before what hangs on them; their rows as they stand.

        Raises:
            ObjectDoesNotExist: one of them is gone.
        """
        self.verrouiller(request, objets)
        return _verrouillees([partie for objet in objets for partie in self.parties(objet)])

    def etats(
        self, request: HttpRequest, obj: Any, parties: list[Any], *, tenus: bool = False
    ) -> Iterator[str]:
        """Each row that the page writes with its version, and each list that it replaces.

        Args:
            tenus: lock the rows that hang on the object, whose forms write them whole.
        """
        yield from map(_etat, parties)
        for champ in obj._meta.many_to_many:
            cles = getattr(obj, champ.name).order_by("pk").values_list("pk", flat=True)
            yield f"{champ.name}:{_empreinte([str(cle) for cle in cles])}"
        for lignes in self.get_inline_instances(request, obj):  # type: ignore[attr-defined]
            if isinstance(lignes, LignesModifiables):
                modele: Any = lignes.model
                lien = _get_foreign_key(lignes.parent_model, modele, fk_name=lignes.fk_name)
                siennes = modele._base_manager.filter(**{lien.name: self.porteur(obj)})
                if tenus:
                    siennes = siennes.order_by("pk").select_for_update(no_key=True)
                for cle, version in siennes.values_list("pk", "version"):
                    yield f"{cle}:{version}"

    def lire_la_version(self, request: HttpRequest, obj: Any) -> None:
        """Before the form reads its rows: what changes meanwhile makes it stale, never the
        other way round."""
        lus = self.etats(request, obj, self.parties(obj))
        request.etats_lus = " ".join(lus)  # type: ignore[attr-defined]

    def version_lue(self, request: HttpRequest) -> str:
        return cast("str", getattr(request, "etats_lus", ""))

    def est_perimee(self, request: HttpRequest, obj: Any) -> bool:
        """Whether something that the form was read with has changed, or gone.

        Rows that came since are not touched by it.
        """
        actuels = self.etats(request, obj, self.tenir(request, [obj]), tenus=True)
        return not set(request.POST.get("version_lue", "").split()) <= set(actuels)

    def nommer(self, request: HttpRequest, obj: Any) -> None:
        """Give a new record the identifier that its form was given.

        Only once its rows are read: the framework takes the key away to see that they hang on
        a record to come.
        """
        if isinstance(obj, Enregistrement) and (cle := self.cle_prevue(request)):
            obj.pk = cle

    def cle_prevue(self, request: HttpRequest) -> UUID | None:
        """The identifier that a form was given when it was shown.

        Sent twice, as by a double click, it adds once.
        """
        return en_uuid(request.POST.get("cle"))

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        """The rows of a page; those that the same form has added before are left alone."""
        formsets, lignes = super()._create_formsets(request, obj, change)  # type: ignore[misc]
        cle = self.cle_prevue(request) if change and request.method == "POST" else None
        for formset in formsets if cle else ():
            if issubclass(formset.model, Enregistrement) and formset.extra_forms:
                self._nommer_les_lignes(request, formset, f"{cle}:{obj.pk}")
        return formsets, lignes

    def _nommer_les_lignes(self, request: HttpRequest, formset: Any, demande: str) -> None:
        """Give each new row an identifier that follows from the form and from what it says."""
        nouvelles: dict[UUID, Any] = {}
        for formulaire in formset.extra_forms:
            debut = f"{formulaire.prefix}-"
            dit = sorted(
                (nom.removeprefix(debut), valeur)
                for nom, valeur in request.POST.items()
                if nom.startswith(debut)
            )
            fois = 0
            # Twice the same in one form are two rows.
            while (nom := uuid5(NOMS, f"{demande}:{formset.prefix}:{dit}:{fois}")) in nouvelles:
                fois += 1
            nouvelles[nom] = formulaire
            formulaire.instance.pk = nom
        faites = formset.model._base_manager.filter(pk__in=nouvelles).values_list("pk", flat=True)
        for nom in faites:
            nouvelles[nom].has_changed = lambda: False
        if faites:
            messages.warning(request, DEJA_AJOUTEES)
