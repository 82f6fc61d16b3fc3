"""Reads of the public pages and of planning."""
