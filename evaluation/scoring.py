"""Scores of answers, as an instrument's definition says. Pure: definitions and numbers in."""
