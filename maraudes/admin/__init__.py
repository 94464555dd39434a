"""The coordinators' pages on rounds: where teams go, when, and whom they meet."""

from maraudes.admin import maraudes, rencontres, secteurs

__all__ = ["maraudes", "rencontres", "secteurs"]
