"""The young person's own record on paper."""
