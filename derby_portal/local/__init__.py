"""Running the portal on one machine: set-up, PostgreSQL and Valkey, the demo and the checks.

Only the standard library is used here, so that these modules work before anything is installed and
a person without a container engine needs nothing but Python and make.
"""
