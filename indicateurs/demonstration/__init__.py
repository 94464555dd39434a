"""The demonstration data: synthetic, the same for a seed, under the constraints of real data."""

from indicateurs.demonstration.chargement import charger

__all__ = ["charger"]
