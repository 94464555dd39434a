"""The activity report of a CAARUD (arrêté of 16 January 2006), section by section.

What the service does not keep is asked for all the same: its cell says so, and is typed by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal

from django.db.models import Min, TextChoices
from django.utils.formats import date_format

from commun.horloge import maintenant
from contacts.enums import Cadre, CategorieActe, MaterielRdR
from indicateurs.catalogue import PAR_CODE
from indicateurs.periodes import Periode
from indicateurs.rapports.comptes import Comptes
from indicateurs.rapports.document import Bloc, Case, Feuille, Ligne, Manque, Rapport
from indicateurs.sources import PRESENCES, Axe
from maraudes.enums import Milieu
from socle.enums import Genre, JourSemaine, TrancheAge, TypeStructure
from socle.models import Horaire, Structure

SANS_UNITE = "\N{EM DASH}"
MINUTES_DE_LA_SEMAINE = 7 * 24 * 60
SUR_PLACE = ("jours_ouverts", "passages", "passages_par_jour", "passages_personnes")
LES_MARAUDES = (
    "maraudes", "maraudes_surface", "maraudes_sous_sol", "maraudes_prevues", "rencontres",
)  # fmt: skip
DES_RENCONTRES = ("rencontres_non_identifiees", "refus")
EN_RUE = LES_MARAUDES + DES_RENCONTRES
FILE_ACTIVE = ("file_active", "nouvelles_personnes")
PAR_CADRE = ("file_active_par_cadre", "nouvelles_personnes")
LES_ACTES = ("actes", "actes_personnes")
LE_MATERIEL = ("materiel_distribue", "materiel_recupere")
CODES: dict[Axe | None, tuple[str, ...]] = {
    None: (*SUR_PLACE, *EN_RUE, "nuitees", *FILE_ACTIVE, *LES_ACTES, *LE_MATERIEL),
    Axe.MILIEU: ("rencontres",),
    Axe.CADRE: PAR_CADRE,
    Axe.GENRE: FILE_ACTIVE,
    Axe.AGE: FILE_ACTIVE,
    Axe.CATEGORIE: LES_ACTES,
    Axe.MATERIEL: LE_MATERIEL,
}
DU_CADRE = {
    Cadre.ACCUEIL: "Sur place (accueil)",
    Cadre.MARAUDE: "Équipe de rue (maraude)",
    Cadre.HEBERGEMENT: "Hébergement",
}
DU_MILIEU = {Milieu.SURFACE: "en surface", Milieu.SOUS_SOL: "en sous-sol"}

NON_TENU = "non tenu dans ce service"
PAS_COMPTE = "Ce que le service ne compte pas"
# What the report asks for and no table holds, with the unit that it is asked in.
DE_L_IDENTITE = {
    "Numéro FINESS": NON_TENU,
    "Statut juridique": NON_TENU,
    "Date de l'autorisation": NON_TENU,
    "Responsable, téléphone, courriel": NON_TENU,
    "Financement": NON_TENU,
}
DU_PERSONNEL = {
    "Effectif du personnel": ("personnes", f"{NON_TENU} : effectif du personnel"),
    "Temps de travail": (
        "équivalents temps plein", f"{NON_TENU} : un compte d'accès n'est pas un emploi",
    ),
    "Temps de travail par profession": ("équivalents temps plein", NON_TENU),
    "Bénévoles et personnes accueillies qui interviennent": ("personnes", NON_TENU),
    "Formations suivies par l'équipe": ("jours", NON_TENU),
}  # fmt: skip
PAS_DE_LIEU = "le service ne sait pas dans quelle sorte de lieu une rencontre a lieu"
AUTRES_MODES = {
    "Unité mobile": (
        "le service ne sait pas si une maraude se fait à pied ou en véhicule : elle est comptée "
        "avec l'équipe de rue"
    ),
    "Squats": PAS_DE_LIEU,
    "Milieu festif": PAS_DE_LIEU,
    "Visites à domicile": PAS_DE_LIEU,
    "Milieu pénitentiaire": NON_TENU,
}
DES_ACTES = {
    "Dépistages du VIH et des hépatites, un par un": (
        "le service compte dépistages et vaccinations ensemble, sans savoir lesquels"
    ),
    "Vaccinations, une par une": (
        "le service compte dépistages et vaccinations ensemble, sans savoir lesquelles"
    ),
    "Actions collectives (ateliers, groupes)": NON_TENU,
}
DU_MATERIEL = {
    "Seringues, selon leur volume": "le service ne distingue pas les volumes",
    "Automates et pharmacies partenaires": (
        "non tenu dans ce service : seul ce qui est remis ou repris pendant un contact est compté"
    ),
    "Brochures et documents": NON_TENU,
}
DE_LA_MEDIATION = {
    "Rencontres avec les riverains et les commerçants": "rencontres",
    "Rencontres avec la police, la justice, la mairie": "rencontres",
    "Réunions de quartier": "réunions",
    "Ramassage de seringues dans l'espace public": "seringues",
    "Plaintes et incidents de voisinage traités": "plaintes",
}


def asa_caarud(structure: Structure, annee: int) -> Rapport:
    """The report as it can be told now; of a year under way, the days that are over."""
    periode = Periode.annee(annee)
    comptes = Comptes(structure, periode, CODES)
    return Rapport(
        "Rapport d'activité ASA-CAARUD",
        "asa-caarud",
        structure,
        periode,
        maintenant(),
        (
            _structure(structure),
            _modes(comptes),
            _file_active(comptes),
            _actes(comptes),
            _materiel(comptes),
            _mediation(),
        ),
        tuple(_a_relire(structure, periode)),
    )


def _structure(structure: Structure) -> Feuille:
    dite = "non saisi dans la fiche de la structure"
    identite: list[tuple[str, Case, str]] = [
        ("Nom", structure.nom, SANS_UNITE),
        ("Code dans le service", structure.code, SANS_UNITE),
        ("Type", structure.get_type_display(), SANS_UNITE),
        ("Organisme gestionnaire", structure.organisme.nom, SANS_UNITE),
        ("Adresse", structure.adresse or Manque(dite), SANS_UNITE),
        ("Arrondissement", structure.arrondissement or Manque(dite), SANS_UNITE),
        ("Capacité d'accueil", Manque(dite) if structure.capacite is None else structure.capacite,
         "personnes à la fois"),
        ("Ouverte le",
         _en_lettres(structure.ouverte_le) if structure.ouverte_le else Manque(dite), "date"),
        *([("Fermée le", _en_lettres(structure.fermee_le), "date")] if structure.fermee_le else []),
        *((libelle, Manque(raison), SANS_UNITE) for libelle, raison in DE_L_IDENTITE.items()),
    ]  # fmt: skip
    personnel = [
        (libelle, Manque(raison), unite) for libelle, (unite, raison) in DU_PERSONNEL.items()
    ]
    return Feuille(
        "1 Structure",
        ("Rubrique", "Réponse", "Unité"),
        (
            Bloc("Identité", _lignes(identite)),
            Bloc(
                "Horaires",
                _lignes(_horaires(structure)),
                "Ceux de la fiche de la structure au jour du calcul : le rapport ne retient pas "
                "ceux d'avant. Les jours d'ouverture de l'année sont sur la feuille suivante.",
            ),
            Bloc("Personnel", _lignes(personnel)),
        ),
    )


def _en_lettres(jour: date) -> str:
    return date_format(jour, "j F Y")


def _horaires(structure: Structure) -> list[tuple[str, Case, str]]:
    """Day by day; where there is no slot at all, nobody knows the hours."""
    creneaux = list(structure.horaires.order_by("ouvre_a"))
    inconnus = Manque("horaires non saisis dans la fiche de la structure")
    lignes: list[tuple[str, Case, str]] = []
    for jour in JourSemaine:
        siens = [_creneau(c.ouvre_a, c.ferme_a) for c in creneaux if c.jour_semaine == jour]
        case = (", ".join(siens) or "fermé") if creneaux else inconnus
        lignes.append((jour.label, case, "heures"))
    heures = Decimal(len(minutes_ouvertes(creneaux))) / 60 if creneaux else inconnus
    lignes += [
        ("Ouverture par semaine", heures, "heures"),
        ("Une journée est comptée à partir de", f"{structure.heure_bascule:%H:%M}", "heure"),
    ]
    return lignes


def _creneau(ouvre_a: time, ferme_a: time) -> str:
    suite = " le lendemain" if ferme_a <= ouvre_a else ""
    return f"{ouvre_a:%H:%M} à {ferme_a:%H:%M}{suite}"


def minutes_ouvertes(creneaux: Iterable[Horaire]) -> set[int]:
    """The minutes of the week: slots that overlap count once, and a night may end on Monday."""
    ouvertes: set[int] = set()
    for creneau in creneaux:
        minuit = JourSemaine.values.index(creneau.jour_semaine) * 24 * 60
        debut, fin = (h.hour * 60 + h.minute for h in (creneau.ouvre_a, creneau.ferme_a))
        fin += 24 * 60 if fin <= debut else 0
        ouvertes |= {(minuit + m) % MINUTES_DE_LA_SEMAINE for m in range(debut, fin)}
    return ouvertes


def _modes(comptes: Comptes) -> Feuille:
    par_milieu = [
        (f"dont {lieu}", comptes("rencontres", Axe.MILIEU, milieu.value), "rencontres")
        for milieu, lieu in DU_MILIEU.items()
    ]
    return Feuille(
        "2 Modes de rencontre",
        ("Rubrique", "Valeur", "Unité"),
        (
            Bloc("Sur place (accueil)", _lignes(_figures(comptes, SUR_PLACE))),
            Bloc(
                "Équipe de rue (maraudes)",
                _lignes(
                    [
                        *_figures(comptes, LES_MARAUDES),
                        *par_milieu,
                        *_figures(comptes, DES_RENCONTRES),
                    ]
                ),
            ),
            Bloc("Hébergement", _lignes(_figures(comptes, ("nuitees",)))),
            Bloc(
                "Autres modes",
                _lignes(
                    [(libelle, Manque(dit), "sorties") for libelle, dit in AUTRES_MODES.items()]
                ),
            ),
        ),
        (*SUR_PLACE, *EN_RUE, "nuitees"),
    )


def _figures(comptes: Comptes, codes: Sequence[str]) -> list[tuple[str, Case, str]]:
    return [(PAR_CODE[code].libelle, comptes(code), PAR_CODE[code].unite) for code in codes]


def _file_active(comptes: Comptes) -> Feuille:
    cadres = [(DU_CADRE[cadre], comptes.deux(PAR_CADRE, Axe.CADRE, cadre)) for cadre in DU_CADRE]
    return Feuille(
        "3 File active",
        ("Rubrique", "File active (personnes)", "dont nouvelles (personnes)"),
        (
            Bloc(
                "Ensemble",
                (Ligne("File active", comptes.deux(FILE_ACTIVE)),),
                "Personnes distinctes, chacune comptée une fois. Qui n'a pas été identifié n'y "
                "est pas. Nouvelle : sans contact avec la structure dans les 24 mois d'avant.",
            ),
            Bloc(
                "Selon le mode de rencontre",
                (
                    *(Ligne(libelle, cases) for libelle, cases in cadres),
                    *_sans_reponse(AUTRES_MODES),
                ),
                "Qui a été vu de deux façons compte dans chacune : ces lignes ne s'additionnent "
                "pas. Une nouvelle personne compte à la façon dont elle a été vue d'abord.",
            ),
            _bloc("Selon le genre", comptes, FILE_ACTIVE, Axe.GENRE, Genre),
            _bloc("Selon l'âge atteint dans l'année", comptes, FILE_ACTIVE, Axe.AGE, TrancheAge),
        ),
        tuple(dict.fromkeys((*FILE_ACTIVE, *PAR_CADRE))),
    )


def _actes(comptes: Comptes) -> Feuille:
    return Feuille(
        "4 Actes",
        ("Rubrique", "Actes (nombre)", "Personnes distinctes"),
        (
            Bloc("Ensemble", (Ligne("Tous les actes", comptes.deux(LES_ACTES)),)),
            _bloc("Par catégorie", comptes, LES_ACTES, Axe.CATEGORIE, CategorieActe),
            Bloc(PAS_COMPTE, _sans_reponse(DES_ACTES)),
        ),
        LES_ACTES,
    )


def _materiel(comptes: Comptes) -> Feuille:
    return Feuille(
        "5 Matériel",
        ("Rubrique", "Distribué (unités)", "Récupéré (unités)"),
        (
            Bloc("Ensemble", (Ligne("Tout le matériel", comptes.deux(LE_MATERIEL)),)),
            _bloc("Par sorte", comptes, LE_MATERIEL, Axe.MATERIEL, MaterielRdR),
            Bloc(PAS_COMPTE, _sans_reponse(DU_MATERIEL)),
        ),
        LE_MATERIEL,
    )


def _bloc(
    titre: str, comptes: Comptes, codes: tuple[str, str], axe: Axe, vocabulaire: type[TextChoices]
) -> Bloc:
    return Bloc(
        titre,
        tuple(
            Ligne(str(valeur.label), comptes.deux(codes, axe, valeur.value))
            for valeur in vocabulaire
        ),
    )


def _mediation() -> Feuille:
    return Feuille(
        "6 Médiation",
        ("Rubrique", "Valeur", "Unité"),
        (
            Bloc(
                "Médiation sociale",
                _lignes([(libelle, Manque(NON_TENU), u) for libelle, u in DE_LA_MEDIATION.items()]),
            ),
        ),
    )


def _lignes(dites: Iterable[tuple[str, Case, str]]) -> tuple[Ligne, ...]:
    return tuple(Ligne(libelle, (case, unite)) for libelle, case, unite in dites)


def _sans_reponse(raisons: dict[str, str]) -> tuple[Ligne, ...]:
    return tuple(Ligne(libelle, (Manque(dit), Manque(dit))) for libelle, dit in raisons.items())


def _a_relire(structure: Structure, periode: Periode) -> Iterable[str]:
    if structure.type != TypeStructure.CAARUD:
        yield (
            f"Cette structure est de type « {structure.get_type_display()} », et non CAARUD : ce "
            "rapport est celui d'un CAARUD."
        )
    if not periode.entiere:
        yield f"L'année {periode.debut.year} est en cours : ces chiffres changeront encore."
    ici = PRESENCES.lignes().filter(structure=structure)
    premier = ici.aggregate(premier=Min("debut"))["premier"]
    if premier and periode.debut.replace(year=periode.debut.year - 2) < premier < periode.fin:
        yield (
            f"Le premier contact saisi date du {_en_lettres(premier)}, moins de 24 mois "
            "avant le début de l'année : des personnes connues avant la saisie peuvent compter "
            "comme nouvelles."
        )
