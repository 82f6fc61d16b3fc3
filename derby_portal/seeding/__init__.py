"""Example data: the programme as it was in 2018-19, and a current term round today.

Partners, hubs, places and totals are the programme's public facts. The people are made up, and
so are the weekly timetable and what is said of venues. Everything is planned by pure functions
from fixed seeds and written with COPY.
"""
