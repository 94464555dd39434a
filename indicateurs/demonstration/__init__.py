"""The demonstration data: synthetic, the same for a seed, under the constraints of real data."""

from indicateurs.demonstration.chargement import HorlogeTropTot, charger

__all__ = ["HorlogeTropTot", "charger"]
