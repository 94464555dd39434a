"""Closed vocabularies of contacts, acts and material."""

from django.db.models import TextChoices


class Cadre(TextChoices):
    MARAUDE = "MARAUDE", "Maraude"
    ACCUEIL = "ACCUEIL", "Accueil"
    HEBERGEMENT = "HEBERGEMENT", "Hébergement"


class Issue(TextChoices):
    ECHANGE = "ECHANGE", "Échange"
    REFUS = "REFUS", "Refus"
    INDISPONIBLE = "INDISPONIBLE", "Indisponible"


class CategorieActe(TextChoices):
    ACCUEIL = "ACCUEIL", "Accueil"
    RDR = "RDR", "Réduction des risques"
    HYGIENE = "HYGIENE", "Hygiène"
    SOINS_INFIRMIERS = "SOINS_INFIRMIERS", "Soins infirmiers"
    ORIENTATION_MEDICALE = "ORIENTATION_MEDICALE", "Orientation médicale"
    DEPISTAGE_VACCINATION = "DEPISTAGE_VACCINATION", "Dépistage et vaccination"
    ACCES_AUX_DROITS = "ACCES_AUX_DROITS", "Accès aux droits"
    LOGEMENT = "LOGEMENT", "Logement"
    FORMATION_EMPLOI = "FORMATION_EMPLOI", "Formation et emploi"
    SOUTIEN_PSYCHOLOGIQUE = "SOUTIEN_PSYCHOLOGIQUE", "Soutien psychologique"


class MaterielRdR(TextChoices):
    SERINGUE = "SERINGUE", "Seringue"
    PIPE = "PIPE", "Pipe"
    EMBOUT = "EMBOUT", "Embout"
    DOSEUR = "DOSEUR", "Doseur"
    KIT_BASE = "KIT_BASE", "Kit base"
    KIT_SNIFF = "KIT_SNIFF", "Kit sniff"
    STERIBOX = "STERIBOX", "Stéribox"
    FEUILLE_ALU = "FEUILLE_ALU", "Feuille d'aluminium"
    FILTRE = "FILTRE", "Filtre"
    GARROT = "GARROT", "Garrot"
    JETON = "JETON", "Jeton"
    PRESERVATIF = "PRESERVATIF", "Préservatif"
    GEL = "GEL", "Gel"
    NALOXONE = "NALOXONE", "Naloxone"
    ETHYLOTEST = "ETHYLOTEST", "Éthylotest"
    COLLECTEUR = "COLLECTEUR", "Collecteur"
