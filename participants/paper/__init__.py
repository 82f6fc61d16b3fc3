"""Registers on paper: codes, what a sheet says, and how it is drawn. Knows no database."""
