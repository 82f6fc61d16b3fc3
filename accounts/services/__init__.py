"""Writes: the audit trail, accounts and roles."""

from accounts.services.audit import record_audit, record_audits
from accounts.services.roles import add_staff, grant_role

__all__ = ["add_staff", "grant_role", "record_audit", "record_audits"]
