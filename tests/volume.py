"""Many rows of every model at once, tied to one another as real ones are."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.db import connection

from accueil.models import JourOuverture, Passage
from commun.horloge import aujourd_hui, maintenant
from commun.models import uuid7
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import MarquePaire, Orientation
from hebergement.models import (
    Absence,
    Chambre,
    ConstatPresence,
    Contingent,
    ControleOccupation,
    CorrectionNuit,
    DemandeHebergement,
    Fermeture,
    MarqueNuits,
    Menage,
    OccupationNuit,
    Place,
    PoidsAttente,
    Proposition,
    Sejour,
    Site,
)
from indicateurs.models import Chiffre, ChiffreSaisi, Consultation, Partenaire, Publication
from maraudes.models import Etape, Ligne, Maraude, Observation, Rencontre, Secteur
from socle.enums import JourSemaine
from socle.models import (
    AccesPersonne,
    AccordPartage,
    Distinction,
    Equipe,
    Fusion,
    Horaire,
    Jeton,
    LienPersonne,
    Organisme,
    Personne,
    Structure,
    Utilisateur,
)
from synchro.models import Appareil, CleScellement, Operation, Variante
from tests.factories import pseudonyme

ZEROS = dict.fromkeys(
    (
        "theoriques", "fermees", "disponibles", "occupees", "reservees", "entrees", "sorties",
        "transferts_entrants", "transferts_sortants", "anomalies",
    ),
    0,
)  # fmt: skip
# Of what a page shows of another model on one of its own, and may write, no more than a person
# reads.
AUTOUR = 10


def multiplier(structure: Structure, jusqu_a: int) -> None:
    """Complete every model to this number of rows, in a few statements.

    The first of each, by key, gathers around it as many rows as a page shows of them, up to
    `AUTOUR`; the others have one of each.
    """
    organisme, quand, jour = structure.organisme, maintenant(), aujourd_hui()
    deja = Menage.objects.count()
    rangs = range(deja, jusqu_a)

    def faire(modele: Any, *lignes: Any) -> list[Any]:
        modele.objects.bulk_create(lignes)
        return list(modele.objects.order_by("pk"))

    organismes = faire(Organisme, *(Organisme(code=f"o{n}", nom=f"O {n}") for n in rangs))
    structures = faire(Structure, *(
        Structure(code=f"v{n}", nom=f"V {n}", type="CSAPA", organisme=organisme) for n in rangs
    ))  # fmt: skip
    equipes = faire(Equipe, *(Equipe(nom=f"E {n}", structure=structure) for n in rangs))
    comptes = faire(Utilisateur, *(
        Utilisateur(identifiant=f"v{n}", role="INTERVENANT", organisme=organisme) for n in rangs
    ))  # fmt: skip
    Horaire.objects.bulk_create(
        Horaire(
            structure=structures[k], jour_semaine=JourSemaine.values[n % 7],
            ouvre_a=f"{n // 7 % 20:02}:00", ferme_a="23:00",
        )
        for n in rangs for k in autour(n)
    )  # fmt: skip
    Jeton.objects.bulk_create(
        Jeton(utilisateur=comptes[n], empreinte=f"v{n}", expire_le=quand) for n in rangs
    )
    Personne.objects.bulk_create(
        Personne(pseudonyme=pseudonyme(n), organisme=organisme, genre="F") for n in rangs
    )
    personnes = list(Personne.objects.filter(genre="F").order_by("pk"))
    AccordPartage.objects.bulk_create(
        AccordPartage(personne=personnes[k], organisme=organismes[n], donne_le=date(2023, 1, 1))
        for n in rangs for k in autour(n)
    )  # fmt: skip
    AccesPersonne.objects.bulk_create(
        AccesPersonne(personne=personnes[n], organisme=organismes[n], motif="PASSAGE")
        for n in rangs
    )

    def contact(n: int, k: int, cadre: str) -> Contact:
        return Contact(
            structure=structure,
            personne=personnes[k],
            cadre=cadre,
            survenu_le=quand,
            auteur=comptes[n],
        )

    venus = [contact(n, k, "ACCUEIL") for n in rangs for k in autour(n)]
    Contact.objects.bulk_create(venus)
    Passage.objects.bulk_create(Passage(contact=c) for c in venus)
    venues: dict[Any, Any] = {}
    for passage in Passage.objects.select_related("contact").order_by("pk"):
        venues.setdefault(passage.contact.personne_id, passage.pk)
    passages = [venues[p.pk] for p in personnes]
    for modele, champs in (
        (Acte, {"categorie": "HYGIENE"}),
        (RemiseMateriel, {"materiel": "PIPE", "quantite_distribuee": 1}),
    ):
        modele.objects.bulk_create(  # type: ignore[attr-defined]
            modele(contact_id=passages[k], survenu_le=quand, auteur=comptes[n], **champs)
            for n in rangs
            for k in autour(n)
        )
    JourOuverture.objects.bulk_create(
        JourOuverture(structure=structure, jour=jour - timedelta(days=n)) for n in rangs
    )
    lignes = faire(Ligne, *(Ligne(code=f"v{n}") for n in rangs))
    secteurs = faire(
        Secteur, *(Secteur(code=f"v{n}", nom=f"S {n}", milieu="SOUS_SOL") for n in rangs)
    )
    Secteur.lignes.through.objects.bulk_create(
        Secteur.lignes.through(secteur=secteurs[n], ligne=lignes[n]) for n in rangs
    )
    maraudes = faire(
        Maraude,
        *(
            Maraude(
                equipe=equipes[n],
                milieu="SOUS_SOL",
                statut="EN_COURS",
                debut_le=quand,
                auteur=comptes[n],
            )
            for n in rangs
        ),
    )
    Maraude.membres.through.objects.bulk_create(
        Maraude.membres.through(maraude=maraudes[k], utilisateur=comptes[n])
        for n in rangs
        for k in autour(n)
    )
    Etape.objects.bulk_create(
        Etape(maraude=maraudes[k], secteur=secteurs[n], ordre=n + 1)
        for n in rangs
        for k in autour(n)
    )
    vus = [contact(n, n, "MARAUDE") for n in rangs for _ in autour(n)]
    Contact.objects.bulk_create(vus)
    # As the server does by itself in time: what triggers ask is planned for the rows there are.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rencontres = iter(vus)
    Rencontre.objects.bulk_create(
        Rencontre(contact=next(rencontres), maraude=maraudes[k], secteur=secteurs[n])
        for n in rangs
        for k in autour(n)
    )
    Observation.objects.bulk_create(
        Observation(maraude=maraudes[k], secteur=secteurs[n], texte="Calme", auteur=comptes[n])
        for n in rangs
        for k in autour(n)
    )
    sites = faire(Site, *(Site(code=f"v{n}", nom=f"H {n}", structure=structure) for n in rangs))
    Chambre.objects.bulk_create(
        Chambre(site=sites[k], libelle=f"C {n}") for n in rangs for k in autour(n)
    )
    chambres = {c.site_id: c for c in Chambre.objects.all()}
    Place.objects.bulk_create(
        Place(
            site=sites[k],
            chambre=chambres[sites[k].pk],
            libelle=f"P {n}",
            ouverte_le=date(2000, 1, 1),
        )
        for n in rangs
        for k in autour(n)
    )
    places = list(Place.objects.order_by("pk"))
    menages = faire(Menage, *(Menage(libelle=f"M {n}") for n in rangs))
    debut = date(2001, 1, 1)
    Sejour.objects.bulk_create(
        Sejour(
            place=places[k],
            personne=personnes[n],
            menage=menages[n],
            auteur=comptes[n],
            arrivee=debut + timedelta(days=20 * n + 5 * (k == 0)),
            depart=debut + timedelta(days=20 * n + 5 * (k == 0) + 4),
        )
        for n in rangs
        for k in autour(n)
    )
    sejours = list(Sejour.objects.filter(absences=None).order_by("arrivee"))
    Absence.objects.bulk_create(
        Absence(
            sejour=sejour,
            motif="HOPITAL",
            debut=sejour.arrivee,
            fin=sejour.arrivee + timedelta(days=1),
            garde_jusqu_au=sejour.arrivee + timedelta(days=30),
            auteur=comptes[0],
        )
        for sejour in sejours
    )
    ConstatPresence.objects.bulk_create(
        ConstatPresence(
            sejour=sejour, jour=sejour.arrivee + timedelta(days=n), present=True, auteur=comptes[0]
        )
        for sejour in sejours
        for n in range(2)
    )
    Fermeture.objects.bulk_create(
        Fermeture(
            place=places[k],
            motif="Travaux",
            auteur=comptes[n],
            debut=debut + timedelta(days=20 * n + 12),
            fin=debut + timedelta(days=20 * n + 13),
        )
        for n in rangs
        for k in autour(n)
    )
    Contingent.objects.bulk_create(
        Contingent(
            site=sites[k], organisme=structure.organisme, places=2, auteur=comptes[n],
            debut=debut + timedelta(days=20 * n), fin=debut + timedelta(days=20 * n + 10),
        )
        for n in rangs
        for k in autour(n)
    )  # fmt: skip
    PoidsAttente.objects.bulk_create(
        (PoidsAttente(critere=c, poids=p) for c, p in PoidsAttente.objects.en_vigueur().items()),
        ignore_conflicts=True,
    )
    demandes = faire(DemandeHebergement, *(
        DemandeHebergement(
            personne=personnes[k], structure=structure, contact_id=passages[k], origine="SIAO",
            demandee_le=jour, menage=menages[n], auteur=comptes[n],
        )
        for n in rangs
        for k in autour(n)
    ))  # fmt: skip
    Proposition.objects.bulk_create(
        Proposition(
            demande=demandes[k], place=places[k], expire_le=quand, finie_le=quand,
            issue="EXPIREE", auteur=comptes[n],
        )
        for n in rangs
        for k in autour(n)
    )  # fmt: skip
    Orientation.objects.bulk_create(
        Orientation(
            personne=personnes[k],
            contact_id=passages[k],
            structure_origine=structure,
            structure=structure,
            auteur=comptes[n],
        )
        for n in rangs
        for k in autour(n)
    )
    OccupationNuit.objects.bulk_create(
        OccupationNuit(site=sites[n], jour=jour - timedelta(days=1), **ZEROS) for n in rangs
    )
    CorrectionNuit.objects.bulk_create(
        CorrectionNuit(
            site=sites[n], jour=jour, changements={"occupees": [1, 2]}, calcule_avant_le=quand,
            calcule_apres_le=quand, vue_par=comptes[n],
        )
        for n in rangs
    )  # fmt: skip
    MarqueNuits.objects.bulk_create(MarqueNuits(site=sites[n], du=jour) for n in rangs)
    MarquePaire.objects.bulk_create(
        MarquePaire(personne=personnes[n], structure=structure) for n in rangs
    )
    Publication.objects.bulk_create(
        Publication(
            periode=f"{2000 + n // 12}-{n % 12 + 1:02}", debut=jour, fin=jour + timedelta(days=1),
            revision=1, connu_le=quand, statut="SIGNEE", signee_le=quand, signee_par=comptes[n],
        )
        for n in rangs
    )  # fmt: skip
    preparee, _ = Publication.objects.get_or_create(
        periode="1999", statut="PREPAREE",
        defaults={"debut": jour, "fin": jour + timedelta(days=1), "revision": 1, "connu_le": quand},
    )  # fmt: skip
    Chiffre.objects.bulk_create(
        Chiffre(publication=preparee, indicateur="passages", niveau="STRUCTURE",
                territoire=f"v{n}", exacte=3, attente=1, secret=True)
        for n in rangs
    )  # fmt: skip
    partenaires = faire(Utilisateur, *(
        Utilisateur(identifiant=f"p{n}", role="PARTENAIRE") for n in rangs
    ))  # fmt: skip
    par_nom = {compte.identifiant: compte for compte in partenaires}
    Partenaire.objects.bulk_create(
        Partenaire(utilisateur=par_nom[f"p{n}"], niveaux=["RESEAU"]) for n in rangs
    )
    ChiffreSaisi.objects.bulk_create(
        ChiffreSaisi(indicateur="injonctions_therapeutiques", annee=2000 + n % 20, valeur=n + 11,
                     source="x", source_le=jour)
        for n in rangs
    )  # fmt: skip
    Consultation.objects.bulk_create(
        Consultation(utilisateur=par_nom[f"p{n}"], demande="/", statut=200) for n in rangs
    )
    tablettes = faire(Appareil, *(Appareil(libelle=f"v{n}", organisme=organisme) for n in rangs))
    Operation.objects.bulk_create(
        Operation(
            id=uuid7(), appareil=tablette, seq=rang, type="passage.creer", contenu={},
            recu_le=quand, statut="EN_QUARANTAINE", motif="x", auteur=comptes[rang % len(comptes)],
        )
        for rang, tablette in enumerate(tablettes)
    )  # fmt: skip
    Variante.objects.bulk_create(
        Variante(appareil=tablette, contenu={}, empreinte=uuid7().hex, recu_le=quand)
        for tablette in tablettes
    )
    CleScellement.objects.bulk_create(
        CleScellement(cle_id=uuid7(), publique="x", privee="x", cree_le=quand) for _ in rangs
    )
    doubler(organisme, comptes, rangs)
    ControleOccupation.objects.bulk_create(ControleOccupation(lignes=1, ecarts=0) for _ in rangs)
    AccessAttempt.objects.bulk_create(
        AccessAttempt(
            username=f"v{n}", user_agent="x", ip_address="127.0.0.1", get_data="", post_data="",
            http_accept="", path_info="/", failures_since_start=3, attempt_time=quand,
        )
        for n in rangs
    )  # fmt: skip


def doubler(organisme: Any, comptes: list[Any], rangs: range) -> None:
    """Suspected duplicates, files that were said to be of two, and merged ones."""
    paires = {}
    for de in ("doublon", "distincts", "fusion"):
        dossiers = [
            Personne(pseudonyme=pseudonyme(n, de), organisme=organisme, annee_naissance=1980)
            for n in rangs
            for _ in range(2)
        ]
        Personne.objects.bulk_create(dossiers)
        deux_a_deux = zip(dossiers[::2], dossiers[1::2], strict=True)
        paires[de] = [sorted(paire, key=lambda p: p.pk) for paire in deux_a_deux]
    Distinction.objects.bulk_create(
        Distinction(premiere=une, seconde=autre) for une, autre in paires["distincts"]
    )
    fusions = Fusion.objects.bulk_create(
        Fusion(gardee=une, alias=autre, auteur=comptes[n])
        for n, (une, autre) in zip(rangs, paires["fusion"], strict=True)
    )
    LienPersonne.objects.bulk_create(
        LienPersonne(fusion=fusion, table="socle_accordpartage", ligne=fusion.pk)
        for fusion in fusions
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE socle_personne p SET alias_de_id = f.gardee_id FROM socle_fusion f "
            "WHERE f.alias_id = p.uuid AND p.alias_de_id IS NULL"
        )
        # Pseudonyms are compared through their index, once it is known how many there are.
        cursor.execute("ANALYZE socle_personne")


def autour(n: int) -> tuple[int, ...]:
    """Around which rows the row `n` stands: its own, and the first one while it takes some."""
    return (n, 0) if 0 < n < AUTOUR else (n,)
