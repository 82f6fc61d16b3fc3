"""Instruments as data: what a definition file says, and the files that ship. Knows no database."""
