"""A copy of the data held about somebody: what leaves, as a PDF and as JSON. Knows no database."""
