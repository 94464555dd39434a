"""Closed vocabularies of accommodation."""

from django.db.models import TextChoices


class Dispositif(TextChoices):
    ASSORE = "ASSORE", "Assore"
    AUTRE = "AUTRE", "Autre"


class TypePlace(TextChoices):
    HOTEL = "HOTEL", "Hôtel"
    SAS = "SAS", "Sas"
    CHU = "CHU", "CHU"
    CHRS = "CHRS", "CHRS"
    LHSS = "LHSS", "LHSS"
    LAM = "LAM", "LAM"
    ACT = "ACT", "ACT"
    AUTRE = "AUTRE", "Autre"


class EtatPlace(TextChoices):
    """What a place is on one day."""

    LIBRE = "LIBRE", "Libre"
    OCCUPEE = "OCCUPEE", "Occupée"
    RETENUE = "RETENUE", "Retenue"
    FERMEE = "FERMEE", "Fermée"
    HORS_OUVERTURE = "HORS_OUVERTURE", "Hors ouverture"


class Nature(TextChoices):
    """A stay, or a hold: both take the place, only a stay is a night of someone."""

    SEJOUR = "SEJOUR", "Séjour"
    RETENUE = "RETENUE", "Retenue"


class MotifSortie(TextChoices):
    ORIENTATION = "ORIENTATION", "Orientation"
    DEPART_VOLONTAIRE = "DEPART_VOLONTAIRE", "Départ volontaire"
    EXCLUSION = "EXCLUSION", "Exclusion"
    FIN_DE_CONTRAT = "FIN_DE_CONTRAT", "Fin de contrat"
    FERMETURE_SITE = "FERMETURE_SITE", "Fermeture du site"
    DECES = "DECES", "Décès"
    NON_PRESENTE = "NON_PRESENTE", "Non présenté·e"
    PERDU_DE_VUE = "PERDU_DE_VUE", "Perdu·e de vue"
    AUTRE = "AUTRE", "Autre"
    NON_RENSEIGNE = "NON_RENSEIGNE", "Non renseigné"


class DestinationSortie(TextChoices):
    RUE_OU_SQUAT = "RUE_OU_SQUAT", "Rue ou squat"
    CHEZ_UN_TIERS = "CHEZ_UN_TIERS", "Chez un tiers"
    HOTEL_115 = "HOTEL_115", "Hôtel (115)"
    URGENCE = "URGENCE", "Hébergement d'urgence"
    HEBERGEMENT_INSERTION = "HEBERGEMENT_INSERTION", "Hébergement d'insertion"
    LOGEMENT_ADAPTE = "LOGEMENT_ADAPTE", "Logement adapté"
    LOGEMENT_SOCIAL = "LOGEMENT_SOCIAL", "Logement social"
    LOGEMENT_PRIVE = "LOGEMENT_PRIVE", "Logement privé"
    SOIN_RESIDENTIEL = "SOIN_RESIDENTIEL", "Soin résidentiel"
    LHSS = "LHSS", "LHSS"
    LAM = "LAM", "LAM"
    ACT = "ACT", "ACT"
    HOPITAL = "HOPITAL", "Hôpital"
    DETENTION = "DETENTION", "Détention"
    RETOUR_AU_PAYS = "RETOUR_AU_PAYS", "Retour au pays"
    SANS_OBJET = "SANS_OBJET", "Sans objet"
    INCONNUE = "INCONNUE", "Inconnue"


class OrigineDemande(TextChoices):
    """Who asked; of a court measure nothing else is kept."""

    RENCONTRE = "RENCONTRE", "Rencontre de maraude"
    PASSAGE = "PASSAGE", "Passage à l'accueil"
    HOPITAL = "HOPITAL", "Hôpital"
    SIAO = "SIAO", "SIAO (115)"
    JUSTICE = "JUSTICE", "Mesure de justice"
    AUTRE = "AUTRE", "Autre"


# Counted, and never told of a person: a court measure, and with it another origin, or what is not
# told would tell it.
ORIGINES_TUES = frozenset({OrigineDemande.JUSTICE.value, OrigineDemande.AUTRE.value})
ORIGINE_FIXEE = (
    "L'origine de cette demande n'est montrée à personne, et ne se corrige donc plus : annulez la "
    "demande, et saisissez-la de nouveau avec sa date."
)
ORIGINES_DITES = [(v, nom) for v, nom in OrigineDemande.choices if v not in ORIGINES_TUES]


class PrioriteDemande(TextChoices):
    NORMALE = "NORMALE", "Normale"
    HAUTE = "HAUTE", "Haute"
    URGENTE = "URGENTE", "Urgente"


class StatutDemande(TextChoices):
    """Where a request stands. What ended it is written; the rest is told from its propositions."""

    EN_ATTENTE = "EN_ATTENTE", "En attente"
    PROPOSEE = "PROPOSEE", "Place proposée"
    ACCEPTEE = "ACCEPTEE", "Arrivée attendue"
    ABOUTIE = "ABOUTIE", "Aboutie"
    REFUSEE_PERSONNE = "REFUSEE_PERSONNE", "Refusée par la personne"
    REFUSEE_STRUCTURE = "REFUSEE_STRUCTURE", "Refusée par la structure"
    ANNULEE = "ANNULEE", "Annulée"


class StatutProposition(TextChoices):
    """Where a proposition stands. What ended it is written; the rest is told by the clock."""

    EN_ATTENTE = "EN_ATTENTE", "Réponse attendue"
    ACCEPTEE = "ACCEPTEE", "Arrivée attendue"
    CONFIRMEE = "CONFIRMEE", "Arrivée confirmée"
    REFUSEE_PERSONNE = "REFUSEE_PERSONNE", "Refusée par la personne"
    REFUSEE_STRUCTURE = "REFUSEE_STRUCTURE", "Refusée par la structure"
    EXPIREE = "EXPIREE", "Sans réponse à temps"
    NON_PRESENTEE = "NON_PRESENTEE", "Personne non présentée"
    ANNULEE = "ANNULEE", "Annulée"


class MotifAbsence(TextChoices):
    """Why somebody who keeps their place sleeps elsewhere."""

    HOPITAL = "HOPITAL", "Hôpital"
    DETENTION = "DETENTION", "Détention"
    CONGE = "CONGE", "Congé"
    AUTRE = "AUTRE", "Autre"


class EtatPresence(TextChoices):
    """What a stay of which there is no sign asks for."""

    ALERTE = "ALERTE", "En alerte"
    A_DECIDER = "A_DECIDER", "À décider"


def _sauf(statuts: type[TextChoices], *en_cours: str) -> list[tuple[str, str]]:
    return [(str(code), str(nom)) for code, nom in statuts.choices if code not in en_cours]


# What may end each.
ISSUES_DE_DEMANDE = _sauf(StatutDemande, "EN_ATTENTE", "PROPOSEE", "ACCEPTEE")
ISSUES_DE_PROPOSITION = _sauf(StatutProposition, "EN_ATTENTE", "ACCEPTEE")


class Besoin(TextChoices):
    """What a place may lack for a request: a warning, which refuses nothing."""

    RESERVEE_FEMMES = "RESERVEE_FEMMES", "Place réservée aux femmes"
    PLAIN_PIED = "PLAIN_PIED", "De plain-pied"
    ANIMAL = "ANIMAL", "Avec un animal"
    COUPLE = "COUPLE", "En couple : deux places dans une chambre"
    TYPE_PLACE = "TYPE_PLACE", "Autre type de place"
    CONTINGENT = "CONTINGENT", "Place qu'un contingent doit encore remplir"


class RaisonSansPlace(TextChoices):
    """Why a relocation plan has no place for somebody."""

    AUCUNE_DE_CE_TYPE = "AUCUNE_DE_CE_TYPE", "Aucune place libre de ce type"
    PAS_ASSEZ_LONGTEMPS = "PAS_ASSEZ_LONGTEMPS", "Aucune place libre à toutes ces dates"
    RESERVEES = "RESERVEES", "Les places libres sont réservées aux femmes"
    PAS_DE_CHAMBRE = "PAS_DE_CHAMBRE", "Aucune chambre libre pour rester ensemble"
    PRISES = "PRISES", "Toutes celles qui conviennent servent à d'autres"


class MotifRefus(TextChoices):
    """Why a place, or a request, was refused."""

    ELOIGNEMENT = "ELOIGNEMENT", "Trop loin"
    COLLECTIVITE = "COLLECTIVITE", "Chambre ou règles du lieu"
    SEPARATION = "SEPARATION", "Séparation du couple ou de l'entourage"
    ANIMAL = "ANIMAL", "Animal non admis"
    ACCESSIBILITE = "ACCESSIBILITE", "Pas de plain-pied"
    SECURITE = "SECURITE", "Sécurité de la personne ou du lieu"
    SANTE = "SANTE", "État de santé"
    AUTRE_SOLUTION = "AUTRE_SOLUTION", "Autre solution trouvée"
    HORS_CRITERES = "HORS_CRITERES", "Hors des critères du lieu"
    AUTRE = "AUTRE", "Autre"
    NON_RENSEIGNE = "NON_RENSEIGNE", "Non renseigné"


class CritereAttente(TextChoices):
    """What a request is given points for; how many is a setting of the coordinators."""

    ANCIENNETE = "ANCIENNETE", "Jour d'attente"
    PRIORITE_HAUTE = "PRIORITE_HAUTE", "Priorité haute"
    PRIORITE_URGENTE = "PRIORITE_URGENTE", "Priorité urgente"
    SORTIE_HOPITAL = "SORTIE_HOPITAL", "Demande d'un hôpital"
    RESERVEE_FEMMES = "RESERVEE_FEMMES", "Besoin d'une place réservée aux femmes"
    COUPLE = "COUPLE", "Couple"


# Where somebody who died may be said to have gone.
APRES_UN_DECES = (
    "",
    DestinationSortie.HOPITAL,
    DestinationSortie.SANS_OBJET,
    DestinationSortie.INCONNUE,
)
DECES_SANS_SUITE = "Après un décès, la destination est « Sans objet », « Hôpital » ou « Inconnue »."
