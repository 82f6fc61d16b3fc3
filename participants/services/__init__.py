"""Writes: marks, walk-ins, head-counts and closing a register.

Every write locks its session's row first: marks of one session are applied one batch after
another, so that no device's mark is lost to another's.
"""
