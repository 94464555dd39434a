"""Organismes, structures, accounts and persons. All synthetic: no association is named."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from indicateurs.demonstration.outils import Hasard, Ligne, Monde, a_paris
from socle.enums import Genre, JourSemaine, Role, TypeStructure
from socle.models import Equipe, Horaire, Organisme, Personne, Structure, Utilisateur
from socle.models.personnes import ALPHABET_DES_CODES, LONGUEUR_DES_CODES

ESPACE_REPOS = "espace-repos-chapelle"
CONTINGENT = "assore-c"
ACCUEIL_DE_NUIT = "accueil-nuit-d"
DEBUT = date(2019, 1, 1)
BOULEVARD_NEY_DEPUIS = date(2023, 6, 1)

# Demonstration value: the real one is not known, and « who is here now » compares with one.
CAPACITE_DE_DEMONSTRATION = 50
# code, name, type, organisme, arrondissement, opened on; what is not known is left empty.
STRUCTURES: list[tuple[str, str, str, str, str, date | None]] = [
    (ESPACE_REPOS, "Espace de repos de la Porte de la Chapelle", TypeStructure.ESPACE_REPOS,
     "a", "75018", date(2019, 11, 18)),
    ("caarud-a", "CAARUD de l'Association A", TypeStructure.CAARUD, "a", "75018", None),
    ("assore-a", "Assore de l'Association A", TypeStructure.AUTRE, "a", "", None),
    ("caarud-b", "CAARUD de l'Association B", TypeStructure.CAARUD, "b", "75019", None),
    ("csapa-b", "CSAPA de l'Association B", TypeStructure.CSAPA, "b", "75019", None),
    ("assore-b", "Assore de l'Association B", TypeStructure.AUTRE, "b", "", None),
    ("hsa-gare-du-nord", "Halte soins addictions de la gare du Nord", TypeStructure.HSA,
     "c", "75010", None),
    (CONTINGENT, "Contingent Assore de l'Association C", TypeStructure.AUTRE, "c", "", None),
    (ACCUEIL_DE_NUIT, "Accueil de nuit de l'Association D", TypeStructure.CHU, "d", "", None),
    ("lhss-d", "LHSS de l'Association D", TypeStructure.LHSS, "d", "", None),
]  # fmt: skip
EQUIPES = [
    ("a-surface", "Maraude de surface A", "caarud-a"),
    ("a-sous-sol", "Maraude du métro A", "caarud-a"),
    ("b-surface", "Maraude de surface B", "caarud-b"),
    ("b-sous-sol", "Maraude du métro B", "caarud-b"),
]
# name for the login, shown name, role, organisme (none: the whole network)
COMPTES: list[tuple[str, str, str, str | None]] = [
    ("intervenante", "Intervenante (démonstration)", Role.INTERVENANT, "a"),
    ("soignante", "Soignante (démonstration)", Role.SOIGNANT, "a"),
    ("coordinatrice", "Coordinatrice (démonstration)", Role.COORDINATEUR, "a"),
    ("ars", "Agence régionale de santé", Role.PARTENAIRE, None),
    ("ville", "Ville de Paris", Role.PARTENAIRE, None),
    ("administratrice", "Administratrice (démonstration)", Role.ADMINISTRATEUR, None),
]
# Distinct visitors of each part: persons, women; then those who came back from the year before.
VISITEURS = {"2022": (2565, 250), "2023": (3565, 380), "recent": (1100, 120)}
REVENUS = {"2022": (0, 0), "2023": (900, 100), "recent": (200, 20)}
INCONNUS = 1300
DISCRETS = 500

SYLLABES = ["ba", "da", "ka", "li", "lo", "ma", "mi", "na", "no", "ra", "ri", "sa", "so", "ti",
            "to", "va", "zo", "lu", "né", "ro"]  # fmt: skip


def generer(monde: Monde) -> None:
    hasard = Hasard(monde.graine, "socle")
    instant = a_paris(DEBUT, 9)
    dates: Ligne = {"cree_le": instant, "modifie_le": instant}

    def nouveau(modele: Any, **champs: Any) -> Ligne:
        return monde.ajouter(modele, uuid=hasard.identifiant(instant), **champs, **dates)

    for lettre in "abcd":
        monde.organismes[lettre] = nouveau(
            Organisme, code=f"association-{lettre}", nom=f"Association {lettre.upper()}"
        )
    for code, nom, type_, organisme, arrondissement, ouverte_le in STRUCTURES:
        monde.structures[code] = nouveau(
            Structure, code=code, nom=nom, type=type_,
            organisme_id=monde.organismes[organisme]["uuid"], arrondissement=arrondissement,
            ouverte_le=ouverte_le,
        )  # fmt: skip
    monde.structures[ACCUEIL_DE_NUIT]["heure_bascule"] = time(6)
    monde.structures[ESPACE_REPOS] |= {
        "capacite": CAPACITE_DE_DEMONSTRATION, "adresse": "boulevard Ney, 75018 Paris",
        "version": 2, "modifie_le": a_paris(BOULEVARD_NEY_DEPUIS, 9),
    }  # fmt: skip
    for jour in JourSemaine:
        nouveau(
            Horaire, structure_id=monde.structures["hsa-gare-du-nord"]["uuid"],
            jour_semaine=jour, ouvre_a=time(13, 30), ferme_a=time(20, 30),
        )  # fmt: skip
    for _, nom, structure in EQUIPES:
        nouveau(Equipe, nom=nom, structure_id=monde.structures[structure]["uuid"])

    mot_de_passe = make_password(settings.DEMO_MOT_DE_PASSE)
    for identifiant, nom, role, lettre_ou_rien in COMPTES:
        organisme_id = monde.organismes[lettre_ou_rien]["uuid"] if lettre_ou_rien else None
        compte = nouveau(
            Utilisateur, identifiant=identifiant, nom_affiche=nom, role=role,
            organisme_id=organisme_id, password=mot_de_passe,
        )  # fmt: skip
        monde.comptes[identifiant] = compte
        if organisme_id is not None:
            monde.ajouter(
                Utilisateur.structures.through, utilisateur_id=compte["uuid"],
                structure_id=monde.structures[ESPACE_REPOS]["uuid"],
            )  # fmt: skip
    _personnes(monde)


def _personnes(monde: Monde) -> None:
    """The visitors of each part, to the unit: persons, and women among them."""
    codes: set[str] = set()
    anciens: list[Ligne] = []
    for partie, (personnes, femmes) in VISITEURS.items():
        hasard = Hasard(monde.graine, f"personnes/{partie}")
        revenus, revenues = REVENUS[partie]
        total, dont_femmes = monde.a_l_echelle(personnes), monde.a_l_echelle(femmes)
        retour = _tirer(hasard, anciens, monde.a_l_echelle(revenus) if revenus else 0,
                        monde.a_l_echelle(revenues) if revenues else 0)  # fmt: skip
        deja = sum(p["genre"] == Genre.F for p in retour)
        nouvelles = [
            _personne(monde, hasard, codes, "a", f=n < dont_femmes - deja)
            for n in range(total - len(retour))
        ]
        anciens = retour + nouvelles
        hasard.shuffle(anciens)
        monde.visiteurs[partie] = anciens
    hasard = Hasard(monde.graine, "personnes/rue")
    monde.inconnus_de_l_accueil = [
        _personne(monde, hasard, codes, hasard.choice("abc"), f=hasard.random() < 0.14)
        for _ in range(monde.a_l_echelle(INCONNUS))
    ]
    monde.discrets = [
        _personne(monde, hasard, codes, hasard.choice("abc"), f=hasard.random() < 0.14)
        for _ in range(monde.a_l_echelle(DISCRETS))
    ]


def _tirer(hasard: Hasard, parmi: list[Ligne], nombre: int, dont_femmes: int) -> list[Ligne]:
    femmes = [p for p in parmi if p["genre"] == Genre.F]
    autres = [p for p in parmi if p["genre"] != Genre.F]
    dont_femmes = min(dont_femmes, nombre, len(femmes))
    return hasard.sample(femmes, dont_femmes) + hasard.sample(autres, nombre - dont_femmes)


def _personne(monde: Monde, hasard: Hasard, codes: set[str], lettre: str, *, f: bool) -> Ligne:
    code = ""
    while not code or code in codes:
        code = "".join(hasard.choices(ALPHABET_DES_CODES, k=LONGUEUR_DES_CODES))
    codes.add(code)
    autre = {Genre.H: 94, Genre.AUTRE: 1, Genre.NON_RENSEIGNE: 5}
    instant = a_paris(DEBUT, 9)
    naissance = round(hasard.triangular(1955, 2003, 1983))
    return monde.ajouter(
        Personne,
        uuid=hasard.identifiant(instant),
        code=code,
        pseudonyme="".join(hasard.choices(SYLLABES, k=hasard.choice((2, 2, 3)))).capitalize(),
        genre=Genre.F if f else hasard.un_sur(autre),
        annee_naissance=naissance if hasard.random() < 0.7 else None,
        organisme_id=monde.organismes[lettre]["uuid"],
        # Not a column: workers see about how old someone is, whether the year is known or not.
        _naissance=naissance,
    )
