"""Extracts for research: what is coarsened, how small the smallest group is, what is written."""
