"""Reads across what accounts keeps."""
