"""Writes: first visits announced, sessions confirmed, cancelled and taken back, what is offered.

Who may plan is checked here again, whatever a view has checked.
"""
