from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.access import HUB_ROLES
from accounts.models import Role
from accounts.services import add_staff
from hubs.models import Hub, HubMembership


class Command(BaseCommand):
    help = "Give a member of staff an account, a role and, for hub roles, their hubs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--hub", action="append", default=[], help="slug; may be repeated")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        role = Role(options["role"])
        hubs = _hubs(options["hub"])
        if bool(hubs) != (role in HUB_ROLES):
            raise CommandError("Coordinators and hub leads need a --hub; other roles have none.")
        try:
            user = add_staff(email=options["email"], name=options["name"], role=role, by=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        for hub in hubs:
            HubMembership.objects.held().get_or_create(user=user, hub=hub)
        self.stdout.write(
            f"{user} is {role.label}. "
            'Their password is set through "Forgot your password?" on the sign-in page.'
        )


def _hubs(slugs: list[str]) -> list[Hub]:
    found = {hub.slug: hub for hub in Hub.objects.filter(slug__in=slugs)}
    if missing := sorted(set(slugs) - set(found)):
        known = ", ".join(Hub.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no hub {', '.join(missing)}. Known: {known}.")
    return list(found.values())
