"""The figures once more, the slow way: every row in a list, every day in a loop, no SQL counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from statistics import median
from typing import Any

from accueil.models import JourOuverture, Passage
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import Orientation
from hebergement.models import Fermeture, Place, Sejour
from maraudes.models import Etape, Maraude, Rencontre, Secteur
from tests.indicateurs.naif_chaine import PARIS, Compte, date_de, suivre

UN_JOUR = timedelta(days=1)
FLUIDES = {
    "LOGEMENT_SOCIAL", "LOGEMENT_PRIVE", "LOGEMENT_ADAPTE", "HEBERGEMENT_INSERTION", "LHSS",
    "LAM", "ACT", "SOIN_RESIDENTIEL",
}  # fmt: skip


@dataclass
class Fait:
    """Something that counts: what, on which day, where, for whom, how much."""

    quoi: str
    jour: date
    structure: Any
    personne: Any = None
    nombre: int = 1
    arrondissement: str | None = None
    genre_vu: str = "NON_RENSEIGNE"
    age_vu: str = "NON_RENSEIGNE"
    d: dict[str, str] | None = None  # other breakdowns
    le: datetime | None = None  # the instant, of an encounter

    def axe(self, axe: str) -> str:
        if axe == "structure":
            return str(self.structure.code)
        if axe == "type":
            return str(self.structure.type)
        if axe == "organisme":
            return str(self.structure.organisme.code)
        if axe == "arrondissement":
            lieu = self.arrondissement
            return str(self.structure.arrondissement if lieu is None else lieu)
        if axe in {"genre", "age"} and self.personne is None:
            return "SANS_PERSONNE"
        if axe == "genre":
            connu = self.personne.genre != "NON_RENSEIGNE"
            return str(self.personne.genre) if connu else self.genre_vu
        if axe == "age":
            return self.age()
        return (self.d or {})[axe]

    def age(self) -> str:
        if self.personne.annee_naissance is None:
            return self.age_vu
        ans = self.jour.year - self.personne.annee_naissance
        if ans < 18:
            return "MINEUR"
        for borne, nom in ((24, "DE_18_A_24"), (34, "DE_25_A_34"), (44, "DE_35_A_44")):
            if ans <= borne:
                return nom
        return "DE_45_A_59" if ans < 60 else "DE_60_ET_PLUS"


def jour_du_contact(contact: Contact) -> date:
    if contact.cadre == "MARAUDE":
        debut = contact.rencontre.maraude.debut_le
        assert debut
        return date_de(debut)
    mur = contact.survenu_le.astimezone(PARIS).replace(tzinfo=None)
    bascule = contact.structure.heure_bascule
    return (mur - timedelta(hours=bascule.hour, minutes=bascule.minute)).date()


def du_contact(contact: Contact, quoi: str, **plus: Any) -> Fait:
    return Fait(
        quoi, jour_du_contact(contact), contact.structure, contact.personne,
        genre_vu=contact.genre_observe, age_vu=contact.tranche_age_observee, **plus,
    )  # fmt: skip


def presence(contact: Contact) -> Fait:
    d = {"cadre": contact.cadre}
    return Fait("presence", jour_du_contact(contact), contact.structure, contact.personne, d=d)


def nuits_de(sejour: Sejour, hier: date) -> Iterator[date]:
    jour = sejour.arrivee
    while jour <= hier and (sejour.depart is None or jour < sejour.depart):
        yield jour
        jour += UN_JOUR


def tous_les_faits(hier: date) -> list[Fait]:
    return [*de_l_accueil(), *de_la_rue(), *map(de_l_orientation, Orientation.objects.all()),
            *de_l_hebergement(hier), *des_visites(hier)]  # fmt: skip


def de_l_accueil() -> Iterator[Fait]:
    for passage in Passage.objects.all():
        yield du_contact(passage.contact, "passage")
    for ouverture in JourOuverture.objects.all():
        if ouverture.ouverte:
            yield Fait("ouverture", ouverture.jour, ouverture.structure)
    for acte in Acte.objects.all():
        yield du_contact(acte.contact, "acte", d={"categorie": acte.categorie})
        yield presence(acte.contact)
    for remise in RemiseMateriel.objects.all():
        d = {"materiel": remise.materiel}
        yield du_contact(remise.contact, "donne", nombre=remise.quantite_distribuee, d=d)
        yield du_contact(remise.contact, "repris", nombre=remise.quantite_recuperee, d=d)
    for contact in Contact.objects.all():
        if contact.issue == "ECHANGE":
            yield presence(contact)


def de_la_rue() -> Iterator[Fait]:
    for maraude in Maraude.objects.all():
        jour = date_de(maraude.debut_le) if maraude.debut_le else maraude.jour_prevu
        d = {"milieu": maraude.milieu, "statut": maraude.statut}
        yield Fait("maraude", jour, maraude.equipe.structure, d=d)
    for rencontre in Rencontre.objects.all():
        yield du_contact(
            rencontre.contact,
            "rencontre",
            arrondissement=rencontre.secteur.arrondissement if rencontre.secteur else "",
            d={"milieu": rencontre.maraude.milieu, "issue": rencontre.contact.issue},
            le=rencontre.contact.survenu_le,
        )


def des_visites(hier: date) -> Iterator[Fait]:
    par_secteur: dict[Any, list[date]] = {}
    for etape in Etape.objects.all():
        if etape.statut != "VISITEE" or etape.maraude.statut == "ANNULEE":
            continue
        debut = etape.maraude.debut_le
        jour = date_de(debut) if debut else etape.maraude.jour_prevu
        secteur = etape.secteur
        par_secteur.setdefault(secteur.pk, []).append(jour)
        yield Fait(
            "visite", jour, etape.maraude.equipe.structure, arrondissement=secteur.arrondissement,
            d={"milieu": secteur.milieu},
        )  # fmt: skip
    for secteur in Secteur.objects.all():
        jours = par_secteur.get(secteur.pk)
        if not jours or not secteur.actif:
            continue
        ici: dict[str, Any] = {"arrondissement": secteur.arrondissement}
        soir = min(jours)
        while soir <= hier:
            depuis = (soir - max(jour for jour in jours if jour <= soir)).days
            d = {"milieu": secteur.milieu}
            yield Fait("sans visite", soir, None, nombre=depuis, d=d, **ici)
            soir += UN_JOUR
        if not secteur.frequence_cible:
            continue
        lundi = min(jours) - timedelta(days=min(jours).weekday())
        while lundi + timedelta(days=6) <= hier:
            semaine = [lundi + timedelta(days=n) for n in range(7)]
            faites = sum(jour in semaine for jour in jours)
            d = {
                "milieu": secteur.milieu, "cible": str(secteur.frequence_cible),
                "couverte": str(faites >= secteur.frequence_cible),
            }  # fmt: skip
            yield Fait("semaine", semaine[6], None, nombre=faites, d=d, **ici)
            lundi += timedelta(days=7)


def des_vacances(sejours: list[Sejour]) -> Iterator[Fait]:
    """Of each stay that has another before it on its place, the days that nobody had it."""
    for sejour in sejours:
        avant = [
            s for s in sejours
            if s.place_id == sejour.place_id and s.pk != sejour.pk and s.depart
            and s.depart <= sejour.arrivee
            and (s.arrivee, s.depart) < (sejour.arrivee, sejour.depart or date.max)
        ]  # fmt: skip
        if not avant:
            continue
        fermetures = list(Fermeture.objects.filter(place=sejour.place))
        jour, jours = max(s.depart for s in avant if s.depart), 0
        while jour < sejour.arrivee:
            jours += not any(f.debut <= jour and (not f.fin or jour < f.fin) for f in fermetures)
            jour += UN_JOUR
        site = sejour.place.site
        yield Fait(
            "vacance", sejour.arrivee, site.structure, nombre=jours,
            arrondissement=site.arrondissement, d={"dispositif": site.dispositif},
        )  # fmt: skip


def de_l_orientation(orientation: Orientation) -> Fait:
    contact = orientation.contact
    en_maraude = contact is not None and contact.cadre == "MARAUDE"
    jour = jour_du_contact(contact) if contact and en_maraude else date_de(orientation.survenu_le)
    mur = orientation.survenu_le.astimezone(PARIS)
    limite = mur + timedelta(days=30)  # on the wall
    venue, loge = orientation.arrivee_contact, orientation.arrivee_sejour
    a_temps = (venue is not None and venue.survenu_le < limite) or (
        loge is not None and loge.arrivee < (mur.date() + timedelta(days=30))
    )
    return Fait(
        "orientation", jour, orientation.structure_origine, orientation.personne,
        d={
            "orientee_vers": orientation.structure.type,
            "statut": orientation.statut,
            "echue": str(limite <= datetime.now(PARIS)),
            "a_temps": str(a_temps),
        },
    )  # fmt: skip


def de_l_hebergement(hier: date) -> Iterator[Fait]:
    sejours = [s for s in Sejour.objects.all() if s.nature == "SEJOUR"]
    suites = {s.suite_de_id: s for s in sejours if s.suite_de_id}
    yield from des_vacances(sejours)
    for sejour in sejours:
        site = sejour.place.site
        ici: dict[str, Any] = {"arrondissement": site.arrondissement}
        d = {"dispositif": site.dispositif}
        forcee = any(
            f.debut < (sejour.depart or date.max) and sejour.arrivee < (f.fin or date.max)
            for f in Fermeture.objects.filter(place=sejour.place)
        )
        for nuit in nuits_de(sejour, hier):
            if forcee:
                yield Fait("forcee", nuit, site.structure, sejour.personne, d=d, **ici)
            cadre = {"cadre": "HEBERGEMENT"}
            yield Fait("presence", nuit, site.structure, sejour.personne, d=cadre)
            yield Fait("nuitee", nuit, site.structure, sejour.personne, d=d, **ici)
        if sejour.suite_de is None and sejour.arrivee <= hier:
            yield Fait("entree", sejour.arrivee, site.structure, sejour.personne, d=d, **ici)
        if sejour.depart is not None and sejour.pk not in suites:
            premier = sejour
            while premier.suite_de is not None:
                premier = premier.suite_de
            yield Fait(
                "sortie", sejour.depart, site.structure, sejour.personne,
                nombre=(sejour.depart - premier.arrivee).days,
                d=d | {
                    "motif": sejour.motif_sortie or "NON_RENSEIGNE",
                    "destination": sejour.destination or "INCONNUE",
                },
                **ici,
            )  # fmt: skip
    for place in Place.objects.all():
        fermetures = list(Fermeture.objects.filter(place=place))
        jour = place.ouverte_le
        while jour <= hier and (place.fermee_le is None or jour < place.fermee_le):
            prise = any(
                s.place_id == place.pk and s.arrivee <= jour and (not s.depart or jour < s.depart)
                for s in sejours
            )
            fermee = any(f.debut <= jour and (not f.fin or jour < f.fin) for f in fermetures)
            site = place.site
            ici = {"arrondissement": site.arrondissement, "d": {"dispositif": site.dispositif}}
            yield Fait("place", jour, site.structure, **ici)
            if prise or not fermee:
                yield Fait("disponible", jour, site.structure, **ici)
            if prise and fermee:
                yield Fait("anomalie", jour, site.structure, **ici)
            jour += UN_JOUR


def personnes(faits: list[Fait]) -> int:
    return len({fait.personne.pk for fait in faits if fait.personne is not None})


def total(faits: list[Fait]) -> int:
    return sum(fait.nombre for fait in faits)


def nouvelles(faits: list[Fait], tous: list[Fait]) -> int:
    """Those whose first day here comes after 24 months without any."""
    combien = 0
    for cle in {fait.personne.pk for fait in faits if fait.personne is not None}:
        premier = min(f.jour for f in faits if f.personne is not None and f.personne.pk == cle)
        try:
            deux_ans_avant = premier.replace(year=premier.year - 2)
        except ValueError:
            deux_ans_avant = premier.replace(year=premier.year - 2, day=28)
        siens = [f for f in tous if f.quoi == "presence" and f.personne and f.personne.pk == cle]
        combien += not any(deux_ans_avant <= f.jour < premier for f in siens)
    return combien


def milieu(faits: list[Fait]) -> Decimal | None:
    if not faits:
        return None
    return Decimal(str(median(fait.nombre for fait in faits))).quantize(Decimal("0.0001"))


def divise(haut: int, bas: int, facteur: int = 1) -> Decimal | None:
    if not bas:
        return None
    return (Decimal(haut) * facteur / bas).quantize(Decimal("0.0001"), ROUND_HALF_UP)


class Naif:
    """The figures of some facts: `Naif(facts)("passages")`."""

    def __init__(
        self, faits: list[Fait], derniere_nuit: date | None, tous: list[Fait] | None = None
    ) -> None:
        self.faits = faits
        self.tous = tous or faits
        self.derniere_nuit = derniere_nuit

    def de(self, quoi: str, **voulus: str) -> list[Fait]:
        return [
            fait
            for fait in self.faits
            if fait.quoi == quoi and voulus.items() <= (fait.d or {}).items()
        ]

    def places(self, **d: Any) -> int:
        return len([fait for fait in self.de("place", **d) if fait.jour == self.derniere_nuit])

    def nuits(self) -> int:
        return len({fait.jour for fait in self.de("place")})

    @cached_property
    def etapes(self) -> dict[str, Compte]:
        echanges = self.de("rencontre", issue="ECHANGE")
        return suivre((f.personne.pk, f.le) for f in echanges if f.personne is not None and f.le)

    def de_la_chaine(self, code: str) -> Any:
        """Of `chaine_orientees`, `chaine_delai_orientation` or `chaine_perdues_orientation`."""
        quoi, _, etape = code.removeprefix("chaine_").partition("_")
        jusqu_a = {"orientation": "orientees", "arrivee": "arrivees", "hebergement": "hebergees"}
        if quoi == "delai":
            delai = self.etapes[jusqu_a[etape]].delai
            return None if delai is None else Decimal(str(delai)).quantize(Decimal("0.0001"))
        if quoi == "perdues":
            compte = self.etapes[jusqu_a.get(etape, f"presentes_{etape}")]
            return compte.parmi - compte.nombre - compte.attendent
        return self.etapes[code.removeprefix("chaine_")].nombre

    def __call__(self, code: str) -> Any:
        if code.startswith("chaine_"):
            return self.de_la_chaine(code)
        de = self.de
        cohorte = [o for o in de("orientation", echue="True") if o.personne is not None]
        cohorte = [o for o in cohorte if (o.d or {})["statut"] != "ANNULEE"]
        hors_deces = [s for s in de("sortie") if (s.d or {})["motif"] != "DECES"]
        fluides = [s for s in de("sortie") if (s.d or {})["destination"] in FLUIDES]
        annulees = de("orientation", statut="ANNULEE")
        femmes = [p for p in de("presence") if p.personne and p.personne.genre == "F"]
        connus = [p for p in de("presence") if p.personne and p.personne.genre != "NON_RENSEIGNE"]
        echanges = de("rencontre", issue="ECHANGE")
        visees = sum(int((s.d or {})["cible"]) for s in de("semaine"))
        dernier_soir = [s for s in de("sans visite") if s.jour == self.derniere_nuit]
        calculs: dict[str, Callable[[], Any]] = {
            "passages": lambda: len(de("passage")),
            "passages_personnes": lambda: personnes(de("passage")),
            "jours_ouverts": lambda: len(de("ouverture")),
            "passages_par_jour": lambda: divise(len(de("passage")), len(de("ouverture"))),
            "actes": lambda: len(de("acte")),
            "actes_personnes": lambda: personnes(de("acte")),
            "actes_infirmiers": lambda: len(de("acte", categorie="SOINS_INFIRMIERS")),
            "actes_acces_aux_droits": lambda: len(de("acte", categorie="ACCES_AUX_DROITS")),
            "actes_pour_100_passages": lambda: divise(len(de("acte")), len(de("passage")), 100),
            "materiel_distribue": lambda: total(de("donne")),
            "materiel_recupere": lambda: total(de("repris")),
            "maraudes": lambda: len(de("maraude", statut="CLOTUREE")),
            "maraudes_surface": lambda: len(de("maraude", statut="CLOTUREE", milieu="SURFACE")),
            "maraudes_sous_sol": lambda: len(de("maraude", statut="CLOTUREE", milieu="SOUS_SOL")),
            "maraudes_prevues": lambda: len(de("maraude")),
            "realisation": lambda: divise(
                len(de("maraude", statut="CLOTUREE")), len(de("maraude"))
            ),
            "rencontres": lambda: len(echanges),
            "rencontres_non_identifiees": lambda: len([e for e in echanges if not e.personne]),
            "approches": lambda: len(de("rencontre")),
            "refus": lambda: len(de("rencontre", issue="REFUS")),
            "taux_refus": lambda: divise(
                len(de("rencontre", issue="REFUS")), len(de("rencontre"))
            ),
            "places": self.places,
            "places_assore": lambda: self.places(dispositif="ASSORE"),
            "nuitees": lambda: len(de("nuitee")),
            "nuits_disponibles": lambda: len(de("disponible")),
            "taux_occupation": lambda: divise(len(de("nuitee")), len(de("disponible"))),
            "entrees": lambda: len(de("entree")),
            "anomalies": lambda: len(de("anomalie")),
            "sorties": lambda: len(de("sortie")),
            "jours_de_sejour": lambda: total(de("sortie")),
            "duree_moyenne": lambda: divise(total(de("sortie")), len(de("sortie"))),
            "duree_mediane": lambda: milieu(de("sortie")),
            "places_disponibles": lambda: divise(len(de("disponible")), self.nuits()),
            # Sorties ÷ (nuits disponibles ÷ nuits).
            "rotation": lambda: divise(
                len(de("sortie")) * self.nuits(), len(de("disponible"))
            ),
            "reattributions": lambda: len(de("vacance")),
            "jours_de_vacance": lambda: total(de("vacance")),
            "vacance_moyenne": lambda: divise(total(de("vacance")), len(de("vacance"))),
            "vacance_mediane": lambda: milieu(de("vacance")),
            "visites": lambda: len(de("visite")),
            "semaines_visees": lambda: len(de("semaine")),
            "semaines_couvertes": lambda: len(de("semaine", couverte="True")),
            "couverture": lambda: divise(
                len(de("semaine", couverte="True")), len(de("semaine"))
            ),
            "visites_des_semaines": lambda: total(de("semaine")),
            "visites_visees": lambda: visees,
            "part_des_visites_visees": lambda: divise(total(de("semaine")), visees),
            "visites_par_semaine": lambda: divise(total(de("semaine")), len(de("semaine"))),
            "jours_depuis_visite": lambda: milieu(dernier_soir),
            "nouvelles_personnes": lambda: nouvelles(de("presence"), self.tous),
            "sorties_fluides": lambda: len(fluides),
            "sorties_hors_deces": lambda: len(hors_deces),
            "fluidite": lambda: divise(
                len(fluides), len(hors_deces)
            ),
            "file_active": lambda: personnes(de("presence")),
            "file_active_par_cadre": lambda: personnes(de("presence")),
            "femmes": lambda: personnes(femmes),
            "genre_connu": lambda: personnes(connus),
            "part_femmes": lambda: divise(personnes(femmes), personnes(connus)),
            "orientations": lambda: len(de("orientation")) - len(annulees),
            "orientations_annulees": lambda: len(annulees),
            "orientations_echues": lambda: len(cohorte),
            "orientations_abouties": lambda: len(
                [o for o in cohorte if (o.d or {})["a_temps"] == "True"]
            ),
            "taux_orientations_abouties": lambda: divise(
                len([o for o in cohorte if (o.d or {})["a_temps"] == "True"]), len(cohorte)
            ),
        }  # fmt: skip
        return calculs[code]()
