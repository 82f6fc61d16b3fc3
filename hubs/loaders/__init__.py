"""Reads official geography and deprivation files in the formats in which they are published."""
