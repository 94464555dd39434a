"""Demander une série publiée et la tracer.

    MARAUDE_API=https://maraude.example/api/v1 MARAUDE_JETON=… python tracer_une_serie.py

Il faut matplotlib. Le jeton est celui que l'administration du service vous a remis.
"""

import json
import os
import sys
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import matplotlib

matplotlib.use("Agg")  # sans écran ; à retirer dans un carnet
import matplotlib.pyplot as plt

API = os.environ["MARAUDE_API"]
JETON = os.environ["MARAUDE_JETON"]


def demander(chemin, **parametres):
    """Ce que répond l'API, en JSON."""
    requete = Request(
        f"{API}/{chemin}?{urlencode(parametres)}",
        headers={"Authorization": f"Bearer {JETON}", "Accept": "application/json"},
    )
    with urlopen(requete, timeout=30) as reponse:
        return json.load(reponse)


# 1. La file active de chaque structure, année après année.
file_active = demander(
    "indicateurs/series/", indicateur="file_active", par="annee", ventilation="structure"
)

# 2. Une courbe par structure. Une case masquée n'a pas de valeur : la courbe s'y interrompt.
figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
for serie in file_active["series"]:
    if serie["code"] is None:
        continue  # l'ensemble : des personnes distinctes ne s'additionnent pas
    annees = [point["periode"] for point in serie["points"]]
    valeurs = [point["valeur"] for point in serie["points"]]
    if any(valeurs):
        axes.plot(annees, [v if v is not None else float("nan") for v in valeurs],
                  marker="o", label=serie["libelle"])  # fmt: skip
    masquees = sum(point["secret"] for point in serie["points"])
    print(serie["libelle"], *valeurs, f"({masquees} masquée(s))" if masquees else "")
axes.set_title(f"{file_active['libelle']}, {file_active['unite']}")
axes.set_ylim(bottom=0)
axes.legend(fontsize="small")

# 3. Le dessin dit d'où il vient et de quand.
axes.set_xlabel(f"formule {file_active['formule']}, connu le {file_active['connu_le'][:10]}")
sortie = sys.argv[1] if len(sys.argv) > 1 else "file_active.png"
figure.savefig(sortie, dpi=120)
