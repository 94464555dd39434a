"""Files that are of one person: merge them, undo it, say that they are of two.

What hangs on a file is in rooms of every floor, so the verbs are here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from commun.api.errors import Conflit
from commun.horloge import aujourd_hui, maintenant
from contacts.models import Contact
from coordination.models import Orientation
from coordination.services import rapprocher_marques
from coordination.verrous import prendre
from hebergement.enums import MotifSortie
from hebergement.models import DemandeHebergement, Sejour
from hebergement.obstacles import personne_hebergee
from socle.enums import Role
from socle.models import AccordPartage, Distinction, Fusion, LienPersonne, Personne, Utilisateur

HEBERGEE_DEUX_FOIS = "sejour_une_place_par_personne"
DECEDEE_ET_ATTENDUE = (
    "Un décès est dit dans l'un de ces dossiers, et une place est attendue : s'ils sont bien d'une "
    "même personne, closez d'abord la demande, ou supprimez le séjour à venir."
)
APRES_UN_DECES = (
    "Un décès est dit dans l'un de ces dossiers, et un séjour de l'autre va au-delà : s'ils sont "
    "bien d'une même personne, corrigez d'abord ce qui n'est pas juste."
)


@dataclass(frozen=True)
class Suite:
    """What hangs on a file: `part` says which rows a merge moves, `revient` which an undoing.

    Both are conditions on the row `t`, that may name `%(alias)s`, `%(gardee)s`, `%(fusion)s`.
    """

    modele: type[models.Model]
    champ: str = "personne"
    part: str = "TRUE"
    revient: str = "t.uuid IN (SELECT ligne FROM liens)"

    @property
    def table(self) -> str:
        return self.modele._meta.db_table

    @property
    def colonne(self) -> str:
        champ: Any = self.modele._meta.get_field(self.champ)
        return str(champ.column)

    def deplacer(self, parametres: dict[str, Any]) -> None:
        """The rows of the alias become the kept file's, and each is written down."""
        _executer(
            f"""
            WITH a_deplacer AS (
                SELECT t.uuid FROM {self.table} t
                WHERE t.{self.colonne} = %(alias)s AND {self.part}
            ), liens AS (
                INSERT INTO {LienPersonne._meta.db_table} (fusion_id, "table", ligne)
                SELECT %(fusion)s, '{self.table}', uuid FROM a_deplacer
            )
            UPDATE {self.table} t SET {self.colonne} = %(gardee)s
            FROM a_deplacer WHERE a_deplacer.uuid = t.uuid
            """,
            parametres,
        )

    def rendre(self, parametres: dict[str, Any]) -> None:
        """Hand back what the kept file still has of the alias."""
        _executer(
            f"""
            WITH RECURSIVE liens AS (
                SELECT ligne FROM {LienPersonne._meta.db_table}
                WHERE fusion_id = %(fusion)s AND "table" = '{self.table}'
            ), chaine AS (
                SELECT s.uuid, s.uuid IN (SELECT ligne FROM liens) AS de_l_alias
                FROM hebergement_sejour s
                WHERE s.personne_id = %(gardee)s AND s.suite_de_id IS NULL
                UNION ALL
                SELECT s.uuid, c.de_l_alias
                FROM chaine c JOIN hebergement_sejour s ON s.suite_de_id = c.uuid
            )
            UPDATE {self.table} t SET {self.colonne} = %(alias)s
            WHERE t.{self.colonne} = %(gardee)s AND {self.revient}
            """,
            parametres,
        )


# Everything that refers to a person and is moved, in this order: a contact takes the orientations
# made during it along, and a stay is of the person of the one that it continues.
SUITES = (
    Suite(Contact),
    Suite(Sejour, revient="t.uuid IN (SELECT uuid FROM chaine WHERE de_l_alias)"),
    Suite(
        Orientation,
        revient="""t.uuid IN (SELECT ligne FROM liens) AND NOT EXISTS (
            SELECT FROM contacts_contact c
            WHERE c.uuid = t.contact_id AND c.personne_id <> %(alias)s
        )""",
    ),
    Suite(DemandeHebergement),
    # Whom the owner had opened the file to; nobody else opens it by a merge. One agreement in
    # force with an organisme is enough: the other stays, and goes when the first is withdrawn.
    Suite(
        AccordPartage,
        part="""%(accords)s AND (t.retire_le IS NOT NULL OR NOT EXISTS (
            SELECT FROM socle_accordpartage a
            WHERE a.personne_id = %(gardee)s AND a.organisme_id = t.organisme_id
              AND a.retire_le IS NULL
        ))""",
        revient="""t.uuid IN (SELECT ligne FROM liens) AND (t.retire_le IS NOT NULL OR NOT EXISTS (
            SELECT FROM socle_accordpartage a
            WHERE a.personne_id = %(alias)s AND a.organisme_id = t.organisme_id
              AND a.retire_le IS NULL
        ))""",
    ),
    Suite(Personne, "alias_de"),
)
# What refers to a person and is not moved, and why.
SANS_SUITE = {
    "socle.AccesPersonne.personne": "Tenu par les triggers de ce qui le donne.",
    "socle.Fusion.gardee": "C'est la fusion elle-même.",
    "socle.Fusion.alias": "C'est la fusion elle-même.",
    "socle.Distinction.premiere": "Dit des dossiers tels qu'ils étaient.",
    "socle.Distinction.seconde": "Dit des dossiers tels qu'ils étaient.",
    "coordination.MarquePaire.personne": "Une marque, que les triggers écrivent de nouveau.",
}


def _executer(requete: str, parametres: dict[str, Any]) -> None:
    with connection.cursor() as curseur:
        curseur.execute(requete, parametres)


def peut_fusionner(compte: Utilisateur, *personnes: Personne) -> bool:
    """Coordination, and the organisme to which all these files belong."""
    return compte.role == Role.COORDINATEUR or all(
        personne.organisme_id == compte.organisme_id for personne in personnes
    )


def _hebergements_en_meme_temps(alias: Personne, gardee: Personne) -> QuerySet[Sejour]:
    """The stays of each that overlap one of the other's."""
    sejours: QuerySet[Sejour] = Sejour.objects.sejours()
    autre = models.Case(
        models.When(personne=alias, then=models.Value(gardee.pk)),
        default=models.Value(alias.pk),
        output_field=models.UUIDField(),
    )
    croise = sejours.filter(
        personne=OuterRef("autre"), demi_journees__overlap=OuterRef("demi_journees")
    )
    return (
        sejours.filter(personne__in=[alias, gardee])
        .annotate(autre=autre)
        .filter(Exists(croise))
        .order_by("arrivee", "pk")
    )


def _deces_et_suites(*dossiers: Personne) -> tuple[bool, QuerySet[Sejour]]:
    """Where one of these files tells a death: whether something is waited for in them, which the
    undoing of what a merge ended would not bring back; and their stays that go beyond it."""
    sejours = Sejour.objects.sejours().filter(personne__in=dossiers)
    deces = sejours.filter(motif_sortie=MotifSortie.DECES).order_by("depart").first()
    if deces is None:
        return False, sejours.none()
    au_dela = sejours.filter(Q(depart=None) | Q(depart__gt=deces.depart))
    demandes = DemandeHebergement.objects.ouvertes().filter(personne__in=dossiers)
    attendue = demandes.exists() or au_dela.filter(arrivee__gt=aujourd_hui()).exists()
    return attendue, au_dela.order_by("arrivee", "pk")


def _refuser_les_obstacles(alias: Personne, gardee: Personne, auteur: Utilisateur | None) -> None:
    if alias.alias_de_id is not None:
        raise Conflit("Ce dossier est déjà l'alias d'un autre.", code="deja_alias")
    if gardee.alias_de_id is not None:
        raise Conflit(
            "Le dossier à garder est lui-même l'alias d'un autre.", code="gardee_est_alias"
        )
    paire = sorted((alias.pk, gardee.pk))
    if Distinction.objects.filter(premiere=paire[0], seconde=paire[1]).exists():
        raise Conflit(
            "Il a été dit que ces deux dossiers sont de deux personnes.", code="distinctes"
        )
    attendue, au_dela = _deces_et_suites(alias, gardee)
    if attendue:
        raise Conflit(DECEDEE_ET_ATTENDUE, code="decedee_et_attendue")
    apres = personne_hebergee(au_dela, auteur)
    if apres:
        raise Conflit(
            APRES_UN_DECES, code="apres_un_deces", obstacles=[dict(obstacle) for obstacle in apres]
        )
    croises = _hebergements_en_meme_temps(alias, gardee)
    obstacles = personne_hebergee(croises, auteur)
    if obstacles:
        raise Conflit(
            "Ces deux dossiers ont des séjours aux mêmes dates : une personne n'a qu'une place.",
            code=HEBERGEE_DEUX_FOIS,
            obstacles=[dict(obstacle) for obstacle in obstacles],
        )


@transaction.atomic
def fusionner(
    *,
    gardee: Personne,
    alias: Personne,
    auteur: Utilisateur | None,
    motif: str = "",
    **saisie: Any,
) -> Fusion:
    """Keep one file; the other becomes an alias of it, and all that hangs on it moves.

    The agreements move when the organisme that owns both files merges them: another one speaks
    for nobody. Where they stay, whom they are for sees the alias as it was.

    Raises:
        Conflit: one of them is an alias, both were said to be two people, or their stays overlap.
    """
    trouvees = prendre(gardee.pk, alias.pk)
    gardee, alias = trouvees[gardee.pk], trouvees[alias.pk]
    _refuser_les_obstacles(alias, gardee, auteur)
    fusion = Fusion(gardee=gardee, alias=alias, auteur=auteur, motif=motif, **saisie)
    fusion.save(force_insert=True)
    proprietaires = {alias.organisme_id, gardee.organisme_id}
    parametres = {
        "fusion": fusion.pk,
        "alias": alias.pk,
        "gardee": gardee.pk,
        "accords": auteur is not None and proprietaires == {auteur.organisme_id},
    }
    for suite in SUITES:
        suite.deplacer(parametres)
    Personne.objects.filter(pk=alias.pk).update(alias_de=gardee)
    transaction.on_commit(rapprocher_marques, robust=True)
    return fusion


@transaction.atomic
def annuler(*, fusion: Fusion, auteur: Utilisateur | None) -> Fusion:
    """Two files again, each with its rows; undoing twice is harmless.

    What was written or corrected meanwhile is of whom it named: the kept file, the alias, or
    anybody else; what continues a row goes with it.

    Raises:
        Conflit: the kept file was merged into another since: that merge is undone first.
    """
    trouvees = prendre(fusion.gardee_id, fusion.alias_id)
    # Read after: who undoes it at the same moment held the files.
    ligne = Fusion.objects.get(pk=fusion.pk)
    if ligne.annulee_le is not None:
        return ligne
    if trouvees[ligne.gardee_id].alias_de_id is not None:
        raise Conflit(
            "Le dossier gardé a lui-même été fusionné depuis : annulez d'abord cette fusion-là.",
            code="fusion_plus_recente",
        )
    Personne.objects.filter(pk=ligne.alias_id).update(alias_de=None)
    parametres = {"fusion": ligne.pk, "alias": ligne.alias_id, "gardee": ligne.gardee_id}
    for suite in SUITES:
        suite.rendre(parametres)
    # What was closed meanwhile for a death that is the other's is not over.
    deces = Sejour.objects.filter(personne=OuterRef("personne"), motif_sortie=MotifSortie.DECES)
    closes = DemandeHebergement.objects.closes_par_un_deces([ligne.gardee_id, ligne.alias_id])
    closes.filter(~Exists(deces.order_by()), close_le__gte=ligne.cree_le).update(
        issue="", precisions="", close_le=None
    )
    ligne.annulee_le, ligne.annulee_par = maintenant(), auteur
    ligne.save(update_fields=["annulee_le", "annulee_par"])
    transaction.on_commit(rapprocher_marques, robust=True)
    return ligne


def les_dernieres_d_abord(fusions: Iterable[Fusion]) -> list[Fusion]:
    """In an order in which they can be undone: one whose kept file was merged further, after that.

    No instant tells it: a merge that waited began before one that it led on.
    """
    fusions = list(fusions)
    suites = {fusion.alias_id: fusion for fusion in fusions if fusion.annulee_le is None}

    def etapes(fusion: Fusion) -> int:
        suite = suites.get(fusion.gardee_id)
        return 0 if suite is None else 1 + etapes(suite)

    return sorted(fusions, key=etapes)


@transaction.atomic
def distinguer(
    *, personnes: Iterable[Personne], auteur: Utilisateur | None, **saisie: Any
) -> Distinction:
    """These two files are of two people: they are suspected no more.

    Raises:
        Conflit: one is the alias of the other.
    """
    cles = sorted(personne.pk for personne in personnes)
    verrou = Personne.objects.select_for_update(of=("self",), no_key=True)
    lignes = list(verrou.filter(pk__in=cles).order_by("pk"))
    if len({ligne.cle_suivie for ligne in lignes}) < len(lignes):
        raise Conflit("Ces deux dossiers ont été fusionnés : annulez d'abord la fusion.")
    distinction = Distinction(premiere_id=cles[0], seconde_id=cles[1], auteur=auteur, **saisie)
    distinction.save(force_insert=True)
    return distinction
