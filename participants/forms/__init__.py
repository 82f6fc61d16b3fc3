"""The shape of what a register's page sends: marks as JSON, and plain forms."""
