"""Reads: registers, who may stand on them, and a coordinator's day."""
