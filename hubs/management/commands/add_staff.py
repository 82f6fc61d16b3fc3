from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.access import HUB_ROLES, SAFEGUARDING_ROLES
from accounts.models import Clearance, ClearanceKind, Role, User
from accounts.services import add_staff
from accounts.services.roles import decide_role, ensure_account, propose_role
from accounts.services.staff_errors import StaffError
from hubs.models import Hub, HubMembership

NEXT = (
    'Next: they open the sign-in page, choose "Forgot your password?", set a password from the '
    "mail, sign in and set up a second step."
)
PASSKEY = " In this role it has to be a passkey."
CHECKS = " Registers stay closed to them until their DBS check and training are recorded."


class Command(BaseCommand):
    help = "Give a member of staff an account, a role and, for hub roles, their hubs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--hub", action="append", default=[], help="slug; may be repeated")
        for kind in ClearanceKind:
            parser.add_argument(
                f"--{kind.value}", help=f"last day of the {kind.label}, as 2030-12-31"
            )
        parser.add_argument("--proposed-by", help="e-mail, for safeguarding roles")
        parser.add_argument("--agreed-by", help="e-mail of a second person, for these as well")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        role = Role(options["role"])
        hubs = _hubs(options["hub"])
        if bool(hubs) != (role in HUB_ROLES):
            raise CommandError("Coordinators and hub leads need a --hub; other roles have none.")
        try:
            user = _add(role, options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except StaffError as error:
            raise CommandError(str(error)) from None
        for hub in hubs:
            HubMembership.objects.held().get_or_create(user=user, hub=hub)
        has_checks = _record_checks(user, options)
        self.stdout.write(f"{user} is {role.label}. {NEXT}{_more(role, has_checks=has_checks)}")


def _add(role: Role, options: dict[str, Any]) -> User:
    """The account with its role; a safeguarding role takes two named people, here as well."""
    if role not in SAFEGUARDING_ROLES:
        return add_staff(email=options["email"], name=options["name"], role=role, by=None)
    proposer, second = (_named(options[name], name) for name in ("proposed_by", "agreed_by"))
    user = ensure_account(email=options["email"], name=options["name"])
    proposal = propose_role(user=user, role=role, by=proposer)
    decide_role(proposal=proposal, agrees=True, by=second, now=timezone.now(), on_server=True)
    return user


def _named(email: str | None, option: str) -> User:
    found = User.objects.filter(email__iexact=email or "", is_active=True).first()
    if found is None:
        raise CommandError(
            "Two members of staff answer for a safeguarding role: --proposed-by and --agreed-by, "
            f"each the e-mail of an account. There is none for --{option.replace('_', '-')}."
        )
    return found


def _record_checks(user: User, options: dict[str, Any]) -> bool:
    """Record the checks that were given; says whether both were."""
    days = {kind: parse_date(options[kind.value] or "") for kind in ClearanceKind}
    for kind, day in days.items():
        if options[kind.value] and day is None:
            raise CommandError(f"--{kind.value} is no date like 2030-12-31.")
        if day:
            Clearance.objects.create(user=user, kind=kind, expires_on=day)
    return all(days.values())


def _more(role: Role, *, has_checks: bool) -> str:
    if role in HUB_ROLES and not has_checks:
        return CHECKS
    return PASSKEY if role in {Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD} else ""


def _hubs(slugs: list[str]) -> list[Hub]:
    found = {hub.slug: hub for hub in Hub.objects.filter(slug__in=slugs)}
    if missing := sorted(set(slugs) - set(found)):
        known = ", ".join(Hub.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no hub {', '.join(missing)}. Known: {known}.")
    return list(found.values())
