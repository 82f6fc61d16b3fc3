"""Who works here, as pages: who sees whom, what is given and ended, and invitations."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, ClassVar

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import roles_of
from accounts.models import AuditEntry, AuditKind, Clearance, Invitation, Role, RoleProposal, User
from accounts.services.invitations import hash_of
from hubs.models import Hub, HubMembership
from tests import factories
from tests.codes import give_app
from tests.pages import Page, open_page

pytestmark = [pytest.mark.django_db(transaction=False), pytest.mark.usefixtures("empty_cache")]
GOOD = "gravel lantern 47 Pelican orbit"


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Abbey")


@pytest.fixture
def administrator() -> User:
    return factories.make_user(Role.ADMINISTRATOR, name="Ada Office", email="ada@example.org")


@pytest.fixture
def lead(hub: Hub) -> User:
    return factories.make_user(Role.HUB_LEAD, hubs=(hub,), name="Lena Lead")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(name: str, user: User) -> str:
    return reverse(f"staff:{name}", kwargs={"pk": user.pk})


def kinds() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))


def names(page: Page) -> set[str]:
    return set(re.findall(r'href="/staff/[0-9a-f-]{36}/">([^<]+)</a>', page.html))


class TestWhoSeesWhom:
    @pytest.fixture
    def everybody(self, hub: Hub, lead: User, administrator: User) -> dict[str, User]:
        other = factories.make_hub(name="Sinfin")
        return {
            "own": factories.make_user(Role.COORDINATOR, hubs=(hub,), name="Owen Own"),
            "other": factories.make_user(Role.COORDINATOR, hubs=(other,), name="Otto Other"),
            "trust": factories.make_user(Role.TRUST_STAFF, name="Tara Trust"),
        }

    def test_a_hub_lead_sees_the_own_hub(self, lead: User, everybody: dict[str, User]) -> None:
        client = signed_in(lead)
        assert names(open_page(client, "/staff/")) == {"Lena Lead", "Owen Own"}
        assert client.get(at("member", everybody["own"])).status_code == 200
        for stranger in ("other", "trust"):
            assert client.get(at("member", everybody[stranger])).status_code == 404
            assert client.post(at("role_give", everybody[stranger])).status_code == 404

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.SAFEGUARDING_LEAD])
    def test_others_see_all(self, role: Role, everybody: dict[str, User]) -> None:
        client = signed_in(factories.make_user(role, name="Me"))
        found = names(open_page(client, "/staff/"))
        assert found == {"Ada Office", "Lena Lead", "Owen Own", "Otto Other", "Tara Trust", "Me"}

    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.TRUST_STAFF, Role.EVALUATOR])
    def test_the_rest_see_nothing(self, role: Role, everybody: dict[str, User]) -> None:
        client = signed_in(factories.make_user(role))
        for address in ("/staff/", "/staff/invite/", at("member", everybody["own"])):
            assert client.get(address).status_code == 403

    def test_an_auditor_changes_nothing(self, everybody: dict[str, User]) -> None:
        client = signed_in(factories.make_user(Role.AUDITOR))
        page = open_page(client, at("member", everybody["own"]))
        assert page.count("form") == 1  # signing out
        for name in ("role_give", "role_end", "hub_give", "clearance_record", "account_end"):
            assert client.post(at(name, everybody["own"])).status_code == 403

    def test_opening_an_account_is_written_down(
        self, administrator: User, everybody: dict[str, User]
    ) -> None:
        signed_in(administrator).get(at("member", everybody["own"]))
        entry = AuditEntry.objects.latest("pk")
        assert (entry.kind, entry.actor_id, entry.object_id) == (
            AuditKind.STAFF_READ,
            administrator.pk,
            everybody["own"].pk,
        )


def test_the_list_costs_the_same_for_one_and_three(
    administrator: User, hub: Hub, django_assert_num_queries: Any
) -> None:
    client = signed_in(administrator)
    client.get("/staff/")
    with django_assert_num_queries(8):
        client.get("/staff/")
    for _ in range(3):
        factories.make_user(Role.COORDINATOR, hubs=(hub,))
    with django_assert_num_queries(8):
        client.get("/staff/")


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("q=owen", {"Owen Own"}),
        ("q=ada%40", {"Ada Office"}),
        ("role=hub_lead", {"Lena Lead"}),
        ("hub=abbey", {"Owen Own", "Lena Lead"}),
        ("state=left", {"Gone Away"}),
        ("clearances=missing", {"Mick Missing", "Over Late"}),
        ("clearances=ending", {"Soon Over"}),
        ("clearances=good", {"Owen Own", "Lena Lead"}),
    ],
)
def test_the_list_is_narrowed(
    question: str, found: set[str], administrator: User, lead: User, hub: Hub
) -> None:
    today = timezone.localdate()
    factories.make_user(Role.COORDINATOR, hubs=(hub,), name="Owen Own", email="o@example.org")
    factories.make_user(name="Gone Away", is_active=False)
    for name, days in (("Mick Missing", None), ("Over Late", -1), ("Soon Over", 30)):
        through = None if days is None else today + dt.timedelta(days=days)
        factories.make_user(Role.COORDINATOR, name=name, good_through=through)
    page = open_page(signed_in(administrator), f"/staff/?{question}")
    assert names(page) == found


class TestInviting:
    form: ClassVar[dict[str, Any]] = {
        "email": "new@example.org",
        "name": "Nora New",
        "role": "coordinator",
    }

    def invite(self, by: User, hub: Hub | None, **fields: Any) -> Page:
        data = self.form | {"hubs": [str(hub.pk)] if hub else []} | fields
        return Page(signed_in(by).post("/staff/invite/", data))

    def link(self) -> str:
        found = re.search(r"http://testserver(/staff/welcome/\S+/)", str(mail.outbox[-1].body))
        assert found
        return found[1]

    def test_from_the_invitation_to_the_sign_in(
        self, lead: User, hub: Hub, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            page = self.invite(lead, hub, dbs="2028-01-31", training="2027-03-01")
        assert page.status == 302
        user = User.objects.get(email="new@example.org")
        assert roles_of(user) == {Role.COORDINATOR}
        assert [each.hub for each in HubMembership.objects.filter(user=user)] == [hub]
        assert set(user.clearances.values_list("kind", "expires_on")) == {
            ("dbs", dt.date(2028, 1, 31)),
            ("training", dt.date(2027, 3, 1)),
        }
        (letter,) = mail.outbox
        assert letter.to == ["new@example.org"]
        for word in ("Abbey", "coordinator", "2028", "Lena", "new@"):
            assert word not in str(letter.body)
        token = self.link().split("/")[-2]
        assert Invitation.objects.get().token_hash == hash_of(token)

        stranger = Client()
        page = open_page(stranger, self.link())
        assert "Welcome, Nora New" in page.text
        assert page.inline == []
        own = {"Origin": "http://testserver"}
        short = stranger.post(
            self.link(), {"password1": "short", "password2": "short"}, headers=own
        )
        assert short.status_code == 422
        data = {"password1": GOOD, "password2": GOOD}
        done = stranger.post(self.link(), data, headers=own)
        assert "Your password is saved" in done.text
        assert not done.cookies
        user.refresh_from_db()
        assert user.check_password(GOOD)
        # Once.
        assert stranger.get(self.link()).status_code == 404
        # And then nothing opens before a second step is set up.
        stranger.post("/account/login/", {"login": user.email, "password": GOOD})
        assert stranger.get("/today/")["Location"] == "/account/2fa/"
        assert AuditKind.STAFF_INVITED in kinds()
        assert AuditKind.STAFF_JOINED in kinds()

    def test_a_form_of_another_site_sets_no_password(
        self, lead: User, hub: Hub, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            self.invite(lead, hub)
        data = {"password1": GOOD, "password2": GOOD}
        answer = Client().post(self.link(), data, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 403
        assert not User.objects.get(email="new@example.org").has_usable_password()

    def test_a_link_works_for_seven_days(
        self, lead: User, hub: Hub, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            self.invite(lead, hub)
        Invitation.objects.update(expires_at=timezone.now())
        assert Client().get(self.link()).status_code == 404

    def test_invited_twice_the_last_link_counts(
        self, lead: User, hub: Hub, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            self.invite(lead, hub)
        first = self.link()
        with django_capture_on_commit_callbacks(execute=True):
            self.invite(lead, hub, email="NEW@example.org")
        assert User.objects.filter(email__iexact="new@example.org").count() == 1
        assert HubMembership.objects.filter(user__email="new@example.org").count() == 1
        assert Client().get(first).status_code == 404
        assert Client().get(self.link()).status_code == 200

    def test_whoever_has_a_password_gets_the_role_and_no_link(self, administrator: User) -> None:
        user = factories.make_user(Role.EVALUATOR, password=GOOD, email="old@example.org")
        page = self.invite(administrator, None, email="old@example.org", role="trust_staff")
        assert page.status == 302
        assert mail.outbox == []
        assert roles_of(User.objects.get(pk=user.pk)) == {Role.EVALUATOR, Role.TRUST_STAFF}

    def test_a_hub_lead_gives_no_other_role_and_no_other_hub(self, lead: User, hub: Hub) -> None:
        other = factories.make_hub(name="Sinfin")
        assert self.invite(lead, hub, role="hub_lead").status == 422
        assert self.invite(lead, other).status == 422
        assert not User.objects.filter(email="new@example.org").exists()

    def test_a_hub_lead_records_no_checks_of_another_lead_by_inviting(
        self, lead: User, hub: Hub
    ) -> None:
        other = factories.make_user(Role.HUB_LEAD, hubs=(hub,), good_through=None)
        page = self.invite(lead, hub, email=other.email, dbs="2028-01-31")
        assert page.status == 422
        assert "an administrator records checks" in page.text
        assert not other.clearances.exists()
        assert roles_of(User.objects.get(pk=other.pk)) == {Role.HUB_LEAD}

    @pytest.mark.parametrize("role", ["safeguarding_lead", "safeguarding_deputy"])
    def test_an_administrator_alone_gives_no_safeguarding_role(
        self, role: str, administrator: User
    ) -> None:
        assert self.invite(administrator, None, role=role).status == 422
        user = factories.make_user(Role.TRUST_STAFF)
        signed_in(administrator).post(at("role_give", user), {"role": role})
        assert roles_of(User.objects.get(pk=user.pk)) == {Role.TRUST_STAFF}

    def test_resending_and_closing(
        self, lead: User, hub: Hub, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            self.invite(lead, hub)
        user = User.objects.get(email="new@example.org")
        with django_capture_on_commit_callbacks(execute=True):
            signed_in(lead).post(at("invite_again", user))
        assert len(mail.outbox) == 2
        assert Client().get(self.link()).status_code == 200
        signed_in(lead).post(at("close_invitation", user))
        assert Client().get(self.link()).status_code == 404


class TestChanging:
    def test_roles_hubs_and_checks(self, administrator: User, hub: Hub) -> None:
        user = factories.make_user(Role.EVALUATOR, name="Eve")
        client = signed_in(administrator)
        client.post(at("role_give", user), {"role": "coordinator"})
        client.post(at("role_end", user), {"role": "evaluator"})
        client.post(at("hub_give", user), {"hub": str(hub.pk), "until": "2099-06-30"})
        client.post(at("clearance_record", user), {"kind": "dbs", "expires_on": "2027-01-31"})
        user = User.objects.get(pk=user.pk)
        assert roles_of(user) == {Role.COORDINATOR}
        work = HubMembership.objects.get(user=user)
        assert timezone.localtime(work.ended_at).date() == dt.date(2099, 7, 1)
        assert Clearance.objects.get(user=user).recorded_by == administrator
        client.post(at("hub_end", user), {"hub": hub.slug})
        assert not HubMembership.objects.held().filter(user=user).exists()
        assert kinds()[-5:] == [
            AuditKind.ROLE_GRANTED,
            AuditKind.ROLE_ENDED,
            AuditKind.MEMBERSHIP_CHANGED,
            AuditKind.CLEARANCE_RECORDED,
            AuditKind.MEMBERSHIP_CHANGED,
        ]

    def test_nobody_gives_themselves_anything(self, administrator: User, hub: Hub) -> None:
        client = signed_in(administrator)
        client.post(at("role_give", administrator), {"role": "trust_staff"})
        client.post(at("hub_give", administrator), {"hub": str(hub.pk)})
        client.post(
            at("clearance_record", administrator), {"kind": "dbs", "expires_on": "2027-01-31"}
        )
        assert roles_of(User.objects.get(pk=administrator.pk)) == {Role.ADMINISTRATOR}
        assert not HubMembership.objects.exists()
        assert not Clearance.objects.exists()

    def test_a_hub_lead_changes_no_other_lead(self, lead: User, hub: Hub) -> None:
        other = factories.make_user(Role.HUB_LEAD, hubs=(hub,))
        signed_in(lead).post(at("hub_end", other), {"hub": hub.slug})
        assert HubMembership.objects.held().filter(user=other).exists()


class TestLeaving:
    def test_one_act_ends_everything(self, administrator: User, hub: Hub) -> None:
        user = factories.make_user(Role.COORDINATOR, hubs=(hub,), password=GOOD)
        give_app(user)
        theirs = signed_in(user)
        assert theirs.get("/today/").status_code == 200
        client = signed_in(administrator)
        assert "End the account of" in open_page(client, at("account_end", user)).text
        client.post(at("account_end", user))
        user = User.objects.get(pk=user.pk)
        assert (user.is_active, user.left_at is not None) == (False, True)
        assert not user.has_usable_password()
        assert not user.role_grants.current().exists()
        assert not HubMembership.objects.held().filter(user=user).exists()
        assert not user.authenticator_set.exists()  # type: ignore[attr-defined]
        assert theirs.get("/today/")["Location"].startswith("/account/login/")
        assert kinds()[-1] == AuditKind.STAFF_LEFT

    def test_not_oneself_and_not_the_last_administrator(self, administrator: User) -> None:
        client = signed_in(administrator)
        client.post(at("account_end", administrator))
        assert User.objects.get(pk=administrator.pk).is_active
        other = factories.make_user(Role.ADMINISTRATOR)
        client.post(at("account_end", other))
        assert not User.objects.get(pk=other.pk).is_active

    def test_only_an_administrator_ends(self, lead: User, hub: Hub) -> None:
        user = factories.make_user(Role.COORDINATOR, hubs=(hub,))
        assert signed_in(lead).post(at("account_end", user)).status_code == 403
        assert User.objects.get(pk=user.pk).is_active


class TestSafeguardingRoles:
    @pytest.fixture
    def chief(self) -> User:
        return factories.make_user(Role.SAFEGUARDING_LEAD, name="Sally Safe")

    def propose(self, by: User, user: User) -> RoleProposal | None:
        signed_in(by).post(at("propose", user), {"role": "safeguarding_deputy"})
        return RoleProposal.objects.filter(user=user).first()

    def decide(self, by: User, proposal: RoleProposal, answer: str = "agree") -> frozenset[Role]:
        address = reverse("staff:decide", kwargs={"pk": proposal.pk})
        signed_in(by).post(address, {"answer": answer})
        return roles_of(User.objects.get(pk=proposal.user_id))

    def test_the_lead_proposes_and_an_administrator_agrees(
        self, chief: User, administrator: User
    ) -> None:
        user = factories.make_user(Role.TRUST_STAFF, name="Dan Deputy")
        proposal = self.propose(chief, user)
        assert proposal
        assert roles_of(User.objects.get(pk=user.pk)) == {Role.TRUST_STAFF}
        assert (
            "Dan Deputy" in open_page(signed_in(administrator), "/staff/safeguarding-roles/").text
        )
        assert self.decide(chief, proposal) == {Role.TRUST_STAFF}
        assert self.decide(user, proposal) == {Role.TRUST_STAFF}
        assert self.decide(administrator, proposal) == {Role.TRUST_STAFF, Role.SAFEGUARDING_DEPUTY}

    def test_an_administrator_is_not_two_people_with_an_account_of_last_week(
        self, administrator: User
    ) -> None:
        """Somebody of the trust agrees once they have been there for a fortnight."""
        made_up = factories.make_user(Role.TRUST_STAFF)
        made_up.role_grants.update(granted_at=timezone.now() - dt.timedelta(days=7))
        user = factories.make_user(Role.TRUST_STAFF)
        proposal = self.propose(administrator, user)
        assert proposal
        assert self.decide(made_up, proposal) == {Role.TRUST_STAFF}
        made_up.role_grants.update(granted_at=timezone.now() - dt.timedelta(days=15))
        assert self.decide(made_up, proposal) == {Role.TRUST_STAFF, Role.SAFEGUARDING_DEPUTY}

    def test_refused_is_refused(self, chief: User, administrator: User) -> None:
        user = factories.make_user(Role.TRUST_STAFF)
        proposal = self.propose(chief, user)
        assert proposal
        assert self.decide(administrator, proposal, "refuse") == {Role.TRUST_STAFF}
        assert self.decide(administrator, proposal) == {Role.TRUST_STAFF}

    def test_only_the_lead_ends_one(self, chief: User, administrator: User) -> None:
        user = factories.make_user(Role.SAFEGUARDING_DEPUTY, Role.TRUST_STAFF)
        form = {"role": "safeguarding_deputy", "end": "1"}
        signed_in(administrator).post(at("propose", user), form)
        signed_in(administrator).post(at("role_end", user), form)
        assert Role.SAFEGUARDING_DEPUTY in roles_of(User.objects.get(pk=user.pk))
        assert "End" in open_page(signed_in(chief), at("member", user)).text
        signed_in(chief).post(at("propose", user), form)
        assert roles_of(User.objects.get(pk=user.pk)) == {Role.TRUST_STAFF}
        own = {"role": "safeguarding_lead", "end": "1"}
        signed_in(chief).post(at("propose", chief), own)
        assert roles_of(User.objects.get(pk=chief.pk)) == {Role.SAFEGUARDING_LEAD}

    def test_with_a_lead_nobody_else_proposes(self, chief: User, administrator: User) -> None:
        assert self.propose(administrator, factories.make_user(Role.TRUST_STAFF)) is None

    def test_two_administrators_are_not_enough(self, administrator: User) -> None:
        other = factories.make_user(Role.ADMINISTRATOR)
        trust = factories.make_user(Role.TRUST_STAFF)
        user = factories.make_user(Role.COORDINATOR)
        proposal = self.propose(administrator, user)
        assert proposal
        assert self.decide(other, proposal) == {Role.COORDINATOR}
        assert self.decide(trust, proposal) == {Role.COORDINATOR, Role.SAFEGUARDING_DEPUTY}
