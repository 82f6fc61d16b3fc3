"""Reads, by what they tell."""
