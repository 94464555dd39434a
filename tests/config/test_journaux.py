"""No line of the logs carries what people typed: real processes first, then each way to leak."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import socket
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest
import structlog

from config.journaux import LOGGING, PROCESSEURS, Console
from config.serveurs import attendre
from tests.config.composition import DELAI, HOTE, VARIABLES, Composition
from tests.config.demonstration import RACINE

COMPTE = "sansonnet-lydie"
MOT_DE_PASSE = "un-mot-de-passe-tres-long"
# Said nowhere else: the name of a person, a note of care, an account, what was searched for…
DITS = {
    "pseudonyme": "Moineau Hirsute",
    "refuse": "Mésange Refusée",
    "note_soin": "pansement au poignet gauche",
    "recherche": "rouge-gorge",
    "compte": COMPTE,
    "inconnu": "bergeronnette",
    "mot_de_passe": MOT_DE_PASSE,
    "agent": "tablette-de-fauvette",
    "chemin": "troglodyte",
    "hote": "pinson.example",
    "texte": "vu près du canal avec son frère",
}
PREPARER = f"""
from socle.models import Organisme, Structure, Utilisateur
organisme, _ = Organisme.objects.get_or_create(code="journal", nom="Organisme du journal")
structure, _ = Structure.objects.get_or_create(
    code="journal", nom="Structure du journal", type="CAARUD", organisme=organisme)
compte, _ = Utilisateur.objects.get_or_create(
    identifiant="{COMPTE}", role="SOIGNANT", organisme=organisme)
compte.set_password("{MOT_DE_PASSE}")
compte.save()
compte.structures.set([structure])
"""
ENVOYER = """
from config.celery import app
app.send_task("coordination.tasks.rapprocher_marques", kwargs={{"{refuse}": 1}})
app.send_task("aucune.tache", args=["{note_soin}"], kwargs={{"personne": "{pseudonyme}"}})
"""
JOURNAL_DE_TACHE = """
from celery.utils.log import get_task_logger
from config.celery import app
app.log.setup(loglevel="INFO", logfile=None)
get_task_logger("taches").warning("%s est là", "Moineau")
"""
# PostgreSQL quotes the whole row, as for a constraint that nobody foresaw.
CASSER = """
CREATE OR REPLACE FUNCTION casser() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW)::text ~ 'Refusée|poignet droit' THEN
        RAISE EXCEPTION 'ligne refusée' USING ERRCODE = 'XX000', DETAIL = NEW::text;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER casser BEFORE INSERT ON socle_personne
    FOR EACH ROW EXECUTE FUNCTION casser();
CREATE OR REPLACE TRIGGER casser BEFORE INSERT ON contacts_acte
    FOR EACH ROW EXECUTE FUNCTION casser();
"""


class Tablette:
    """Sends requests to one web server and keeps their statuses."""

    def __init__(self, composition: Composition) -> None:
        self.composition = composition
        self.entetes = {"User_Agent": DITS["agent"], "X_Request_ID": DITS["agent"]}

    def demander(self, chemin: str, corps: Any = None, **entetes: str) -> tuple[int, Any]:
        if corps is not None and not isinstance(corps, bytes):
            corps = json.dumps(corps).encode()
        statut, donnees, _ = self.composition.demander(
            chemin, corps=corps, **(self.entetes | entetes)
        )
        try:
            return statut, json.loads(donnees)
        except ValueError:
            return statut, donnees

    def envoyer_brut(self, octets: bytes) -> None:
        with socket.create_connection(
            ("127.0.0.1", self.composition.port_web), timeout=10
        ) as prise:
            prise.sendall(octets)
            prise.shutdown(socket.SHUT_WR)
            while prise.recv(4096):
                pass


def travailler(tablette: Tablette) -> dict[str, int]:
    """A shift on a bad day; the status of each request."""
    api = "/api/v1/"
    entree = {"identifiant": DITS["inconnu"], "mot_de_passe": MOT_DE_PASSE}
    statuts = {"inconnu": tablette.demander(api + "connexion/", entree)[0]}
    entree["identifiant"] = COMPTE
    statuts["connexion"], session = tablette.demander(api + "connexion/", entree)
    tablette.entetes["Authorization"] = f"Bearer {session['jeton']}"

    def personne(nom: str) -> dict[str, str]:
        return {"uuid": str(uuid4()), "pseudonyme": nom}

    def acte(note: str) -> dict[str, str]:
        return {
            "uuid": str(uuid4()),
            "contact": passage["uuid"],
            "categorie": "SOINS_INFIRMIERS",
            "saisi_le": "2026-01-05T10:00:00Z",
            "note_soin": note,
        }

    passage = {
        "uuid": str(uuid4()),
        "structure": "journal",
        "saisi_le": "2026-01-05T10:00:00Z",
    }
    requetes: dict[str, tuple[str, Any]] = {
        "personne": (api + "personnes/", personne(DITS["pseudonyme"])),
        "personne_500": (api + "personnes/", personne(DITS["refuse"])),
        "recherche": (api + f"personnes/?q={DITS['recherche']}", None),
        "filtre_inconnu": (api + f"personnes/?{DITS['recherche']}=1", None),
        "passage": (api + "passages/", passage),
        "acte": (api + "actes/", acte(DITS["note_soin"])),
        "acte_500": (api + "actes/", acte(DITS["note_soin"] + ", poignet droit")),
        "cle_inconnue": (api + "personnes/", personne("x") | {DITS["texte"]: DITS["texte"]}),
        "illisible": (api + "personnes/", DITS["texte"].encode()),
        "introuvable": (api + f"personnes/{DITS['chemin']}/", None),
        "page_introuvable": (f"/{DITS['chemin']}/?q={DITS['recherche']}", None),
        "csrf": ("/admin/login/", f"username={COMPTE}&password={MOT_DE_PASSE}".encode()),
    }
    for nom, (chemin, corps) in requetes.items():
        statuts[nom] = tablette.demander(chemin, corps)[0]
    statuts["hote"] = tablette.demander("/", Host=DITS["hote"])[0]
    chemin = f"/api/v1/personnes/?q={DITS['recherche']}"
    tablette.envoyer_brut(f"GET {chemin} {DITS['chemin']}\r\nHost: {HOTE}\r\n\r\n".encode())
    tablette.envoyer_brut(f"GET {chemin} HTTP/1.1\r\n{DITS['chemin']}\r\n\r\n".encode())
    return statuts


def lignes(texte: str) -> list[dict[str, Any]]:
    return [json.loads(ligne) for ligne in texte.splitlines() if ligne.startswith("{")]


@pytest.mark.timeout(600)
def test_no_process_writes_what_people_typed(composition: Composition) -> None:
    composition.python(PREPARER)
    with composition.base() as connexion:
        connexion.execute(CASSER)
    # Even by somebody who asks gunicorn for its own log of the addresses.
    composition.arreter("web")
    composition.lancer("web", "web-bavard", GUNICORN_CMD_ARGS="--access-logfile -")
    try:
        assert attendre(lambda: composition.sante("web"), DELAI)
        tablette = Tablette(composition)
        statuts = travailler(tablette)
        composition.python(ENVOYER.format(**DITS))
        travail = composition.journal("worker")
        assert attendre(lambda: "Received unregistered task" in travail.read_text(), DELAI)
    finally:
        composition.arreter("web-bavard")

    assert statuts == {
        "inconnu": 401,
        "connexion": 200,
        "personne": 201,
        "personne_500": 500,
        "recherche": 200,
        "filtre_inconnu": 400,
        "passage": 201,
        "acte": 201,
        "acte_500": 500,
        "cle_inconnue": 400,
        "illisible": 400,
        "introuvable": 404,
        "page_introuvable": 404,
        "csrf": 403,
        "hote": 400,
    }
    journaux = {
        nom: composition.journal(nom).read_text()
        for nom in ("web-bavard", "web", "worker", "beat", "postgresql")
    }
    secrets = {v for nom, v in VARIABLES.items() if nom.endswith(("PASSWORD", "KEY"))}
    for nom, texte in journaux.items():
        for mot in {*DITS.values(), *secrets}:
            assert mot.lower() not in texte.lower(), (nom, mot)
            assert json.dumps(mot)[1:-1].lower() not in texte.lower(), (nom, mot)

    # And they still tell what a person on call needs.
    bavardes = journaux["web-bavard"]
    assert len(lignes(bavardes)) == len(bavardes.splitlines()), bavardes
    echecs = [li for li in lignes(bavardes) if li["event"] == "request_failed"]
    assert [(li["code"], li["methode"], li["route"]) for li in echecs] == [
        (500, "POST", "api/v1/personnes/$"),
        (500, "POST", "api/v1/actes/$"),
    ]
    for echec in echecs:
        assert [e["type"] for e in echec["exception"]] == [
            "django.db.utils.InternalError",
            "psycopg.errors.InternalError_",
        ]
        assert echec["exception"][1]["sqlstate"] == "XX000"
        assert any("api/viewsets.py" in lieu for lieu in echec["exception"][0]["lieux"])
    rates = [li for li in lignes(journaux["worker"]) if "exception" in li]
    assert [li["exception"][0]["type"] for li in rates if "rapprocher_marques" in li["event"]] == [
        "builtins.TypeError"
    ]
    assert journaux["postgresql"].count("ligne refusée") == 2


def test_logger_that_celery_makes_for_tasks_is_filtered_too() -> None:
    resultat = subprocess.run(
        [sys.executable, "-c", JOURNAL_DE_TACHE],
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=True,
    )
    (ecrite,) = lignes(resultat.stderr)
    assert ecrite["event"] == "… est là"
    assert "Moineau" not in resultat.stderr + resultat.stdout


# --- Each way to leak ---------------------------------------------------------------------------


class Ecrit(io.StringIO):
    """What the handler of the service writes, for any logger."""

    def __init__(self) -> None:
        super().__init__()
        configurateur = logging.config.DictConfigurator(LOGGING)
        self.sortie = Console(self)
        self.sortie.setFormatter(
            configurateur.configure_formatter(configurateur.config["formatters"]["json"])
        )

    def bibliotheque(self, nom: str = "bibliotheque") -> logging.Logger:
        """A logger of its own, that no handler of pytest reads."""
        journal = logging.Logger(nom)
        journal.addHandler(self.sortie)
        return journal

    def service(self) -> Any:
        return structlog.wrap_logger(
            self.bibliotheque("service"),
            processors=[*PROCESSEURS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.stdlib.BoundLogger,
        )


@pytest.fixture
def ecrit() -> Ecrit:
    return Ecrit()


def ligne(ecrit: Ecrit) -> dict[str, Any]:
    (unique,) = lignes(ecrit.getvalue())
    assert "Moineau" not in ecrit.getvalue()
    return unique


def test_sentence_of_a_library_keeps_its_template(ecrit: Ecrit) -> None:
    ecrit.bibliotheque().warning("%s : %d sur %r", "Moineau", 3, ["Moineau"])
    assert ligne(ecrit)["event"] == "… : 3 sur '…'"


def test_sentence_put_together_beforehand_tells_only_its_place(ecrit: Ecrit) -> None:
    ecrit.bibliotheque().warning("Bonjour Moineau")
    ecrite = ligne(ecrit)
    assert ecrite["event"] == "message"
    assert ecrite["origine"].startswith("test_journaux.test_sentence_put_together")


def test_sentence_that_does_not_fit_its_words_is_dropped(ecrit: Ecrit) -> None:
    ecrit.bibliotheque().warning("%d et %d", "Moineau", "Moineau")
    assert ligne(ecrit)["event"] == "message"


def test_task_is_named_but_not_what_it_was_given(ecrit: Ecrit) -> None:
    mots = {"name": "a.b", "id": "7", "args": "Moineau", "exc": "Moineau"}
    ecrit.bibliotheque("celery.essai").error("%(name)s[%(id)s] %(args)s %(exc)s", mots)
    assert ligne(ecrit)["event"] == "a.b[7] … …"


def test_only_celery_names_what_may_be_told(ecrit: Ecrit) -> None:
    ecrit.bibliotheque().error("%(name)s", {"name": "Moineau"})
    assert ligne(ecrit)["event"] == "…"


def test_traceback_keeps_types_and_places(ecrit: Ecrit) -> None:
    try:
        try:
            raise KeyError("Moineau")
        except KeyError as erreur:
            raise ValueError("Moineau") from erreur
    except ValueError:
        ecrit.service().exception("echec", pseudonyme="Moineau", code=500)
    ecrite = ligne(ecrit)
    assert (ecrite["event"], ecrite["code"]) == ("echec", 500)
    assert [e["type"] for e in ecrite["exception"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert "tests/config/test_journaux.py:" in ecrite["exception"][0]["lieux"][-1]


def test_line_that_cannot_be_written_is_told_without_its_words(ecrit: Ecrit) -> None:
    class Illisible:
        def __repr__(self) -> str:
            raise RuntimeError("Moineau")

    ecrit.service().info("evenement", code=Illisible())
    ecrite = ligne(ecrit)
    assert ecrite["event"] == "ligne_illisible"
    assert ecrite["exception"][0]["type"] == "builtins.RuntimeError"


@pytest.mark.parametrize(
    ("recu", "garde"),
    [
        ("0a3eccc5-c225-4b39-bb6a-d783a88ab281", True),
        ("0a3eccc5c2254b39bb6ad783a88ab281", True),
        ("Moineau", False),
        ("0a3eccc5-c225-4b39-bb6a-d783a88ab281 Moineau", False),
    ],
    ids=["tirets", "sans-tirets", "un-mot", "suivi-d-un-mot"],
)
def test_number_of_a_request_is_a_number(ecrit: Ecrit, recu: str, garde: bool) -> None:
    ecrit.service().info("evenement", request_id=recu)
    assert ligne(ecrit).get("request_id") == (recu if garde else None)
