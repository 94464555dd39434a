"""What the raw constraints of socle/migrations/ say to a worker."""

from __future__ import annotations

from commun.contraintes import MESSAGES

MESSAGES["structure_de_son_organisme"] = (
    "Une structure ne change pas d'organisme : fermez-la, et créez-en une autre.",
    "organisme",
)
MESSAGES["personne_alias_sans_detour"] = (
    "Un alias mène à un dossier qui n'en est pas un lui-même.",
    "alias",
)
MESSAGES["personne_alias_sans_suite"] = ("Rien ne reste au dossier qui devient un alias.", "alias")
