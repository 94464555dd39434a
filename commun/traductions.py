"""The words of the admin's theme in French: it comes without any translation.

Given to Django's own catalog at start-up rather than as a compiled file, which nobody could read
in a review. What Django translates already is not repeated here: where both know a word, this wins.
"""

from __future__ import annotations

from gettext import NullTranslations

from django.utils.translation import trans_real

FRANCAIS = {
    "Action": "Action",
    "Add row": "Ajouter une ligne",
    "After you've created a user, you’ll be able to edit more user options.": (
        "Une fois le compte créé, vous pourrez modifier le reste."
    ),
    "All applications": "Toutes les rubriques",
    "Apply Filters": "Filtrer",
    " By %(filter_title)s ": " Par %(filter_title)s ",
    "Cancel": "Annuler",
    "Changes": "Modifications",
    "Choose file to upload": "Choisir un fichier",
    "Click to cancel": "Cliquer pour annuler",
    "Click to download": "Télécharger",
    "Collapse": "Replier",
    "Current file": "Fichier actuel",
    "Dark": "Sombre",
    "Date from": "Du",
    "Date to": "Au",
    "Edit": "Modifier",
    "Expand row": "Déplier la ligne",
    "False": "Non",
    "Forgotten your password or username?": "Mot de passe ou identifiant oublié ?",
    "From": "De",
    "General": "Général",
    "Go back": "Retour",
    "Image preview": "Aperçu de l'image",
    "Light": "Clair",
    "Loading more results...": "Chargement de la suite…",
    "More actions": "Autres actions",
    "Next": "Suivant",
    "No data": "Aucune donnée",
    "No recent searches": "Aucune recherche récente",
    "No results found": "Aucun résultat",
    "No results matching your query": "Rien ne correspond à votre recherche",
    "Not enough data.": "Pas assez de données.",
    "Previous": "Précédent",
    "Recent searches": "Recherches récentes",
    "Record picture": "Image de la fiche",
    "Reset filters": "Effacer les filtres",
    "Return to site": "Retour au site",
    "Run": "Lancer",
    "Search apps and models...": "Chercher une rubrique…",
    "Select action": "Choisir une action",
    "Select action to run": "Choisir l'action à lancer",
    "Select all rows": "Tout sélectionner",
    "Select format": "Choisir un format",
    "Select record": "Sélectionner",
    "Select value": "Choisir une valeur",
    "System": "Système",
    "This exporter will export the following fields": "Colonnes exportées",
    "This item will be deleted.": "Cet élément sera supprimé.",
    "This page yielded into no results. Create a new item or reset your filters.": (
        "Rien à montrer ici. Ajoutez un élément, ou effacez les filtres."
    ),
    "To": "À",
    "Toggle password visibility": "Montrer ou cacher le mot de passe",
    "True": "Oui",
    "Type to search": "Chercher",
    "Value": "Valeur",
    "View traceback": "Voir le détail de l'erreur",
    "Welcome": "Bonjour",
    "Welcome back to": "Bienvenue sur",
    "You have been successfully logged out from the administration": (
        "Vous êtes déconnecté de l'administration"
    ),
}


class _Catalogue(NullTranslations):
    def __init__(self) -> None:
        super().__init__()
        self._catalog = FRANCAIS
        self.plural = lambda n: int(n > 1)


def traduire() -> None:
    """Add these words to the French catalog; called once the applications are loaded."""
    trans_real.translation("fr").merge(_Catalogue())
