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


# Where somebody who died may be said to have gone.
APRES_UN_DECES = (
    "",
    DestinationSortie.HOPITAL,
    DestinationSortie.SANS_OBJET,
    DestinationSortie.INCONNUE,
)
DECES_SANS_SUITE = "Après un décès, la destination est « Sans objet », « Hôpital » ou « Inconnue »."
