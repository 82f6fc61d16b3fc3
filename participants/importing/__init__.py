"""Reading spreadsheets as people have them: cells, columns and values. Knows no database."""
