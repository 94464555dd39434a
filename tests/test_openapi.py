"""The committed description of the API is what the code says, without a warning."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent


def test_committed_file_is_current(tmp_path: Path) -> None:
    """Run apart: the generator remembers its warnings for the life of a process."""
    produite = tmp_path / "openapi.yaml"
    resultat = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "spectacular",
            "--validate",
            "--fail-on-warn",
            "--file",
            str(produite),
        ],
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert resultat.returncode == 0, resultat.stderr
    committee = (RACINE / "docs" / "openapi.yaml").read_text()
    assert produite.read_text() == committee, "Lancez « make schema » et relisez la différence."
