"""Closed vocabularies of the ground room."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What an account is for; each gives a row of the access matrix, never a ladder."""

    INTERVENANT = "INTERVENANT", "Intervenant·e"
    SOIGNANT = "SOIGNANT", "Soignant·e"
    COORDINATEUR = "COORDINATEUR", "Coordinateur·rice"
    PARTENAIRE = "PARTENAIRE", "Partenaire"
    ADMINISTRATEUR = "ADMINISTRATEUR", "Administrateur·rice"


class Genre(TextChoices):
    F = "F", "Femme"
    H = "H", "Homme"
    AUTRE = "AUTRE", "Autre"
    NON_RENSEIGNE = "NON_RENSEIGNE", "Non renseigné"


class TrancheAge(TextChoices):
    """Age as it looks to the worker: nobody is asked for a date of birth."""

    MINEUR = "MINEUR", "Moins de 18 ans"
    DE_18_A_24 = "DE_18_A_24", "18 à 24 ans"
    DE_25_A_34 = "DE_25_A_34", "25 à 34 ans"
    DE_35_A_44 = "DE_35_A_44", "35 à 44 ans"
    DE_45_A_59 = "DE_45_A_59", "45 à 59 ans"
    DE_60_ET_PLUS = "DE_60_ET_PLUS", "60 ans et plus"
    NON_RENSEIGNE = "NON_RENSEIGNE", "Non renseigné"


class TypeStructure(TextChoices):
    CAARUD = "CAARUD", "CAARUD"
    CSAPA = "CSAPA", "CSAPA"
    ESPACE_REPOS = "ESPACE_REPOS", "Espace de repos"
    HSA = "HSA", "Halte soins addictions"
    ELSA = "ELSA", "ELSA"
    HOPITAL = "HOPITAL", "Hôpital"
    LHSS = "LHSS", "LHSS"
    LAM = "LAM", "LAM"
    ACT = "ACT", "ACT"
    CHRS = "CHRS", "CHRS"
    CHU = "CHU", "CHU"
    SIAO = "SIAO", "SIAO"
    AUTRE = "AUTRE", "Autre"


class JourSemaine(TextChoices):
    LUNDI = "LUNDI", "Lundi"
    MARDI = "MARDI", "Mardi"
    MERCREDI = "MERCREDI", "Mercredi"
    JEUDI = "JEUDI", "Jeudi"
    VENDREDI = "VENDREDI", "Vendredi"
    SAMEDI = "SAMEDI", "Samedi"
    DIMANCHE = "DIMANCHE", "Dimanche"


class Cote(TextChoices):
    """Who refuses."""

    PERSONNE = "PERSONNE", "La personne"
    STRUCTURE = "STRUCTURE", "La structure"


class MotifAcces(TextChoices):
    """Why another organisme knows the code and pseudonym of a person."""

    ORIENTATION = "ORIENTATION", "Orientation ouverte vers une de ses structures"
    PROPOSITION = "PROPOSITION", "Place proposée dans un de ses sites"
    PASSAGE = "PASSAGE", "Passage dans une de ses structures"
    SEJOUR = "SEJOUR", "Séjour dans un de ses sites"


class Raison(TextChoices):
    """Why two files may be of one person; the sum of what they weigh is `score`."""

    PSEUDONYME_IDENTIQUE = "PSEUDONYME_IDENTIQUE", "Même pseudonyme, aux accents près"
    PSEUDONYME_PROCHE = "PSEUDONYME_PROCHE", "Pseudonymes proches"
    MEME_ANNEE = "MEME_ANNEE", "Même année de naissance"
    ANNEE_PROCHE = "ANNEE_PROCHE", "Années de naissance proches"
    MEME_GENRE = "MEME_GENRE", "Même genre"
    MEMES_LIEUX = "MEMES_LIEUX", "Mêmes jours et mêmes lieux"
