"""Figures as people read them: numbers, sentences and curves."""
