"""Nothing that says who a child is leaves the database: not by logs, jobs, mails, addresses or errors.

Distinctive values are planted in a child's record, a whole journey is walked, and everything that
came out elsewhere is searched for them. Then the child is erased, and every table is searched.

A page that is added to the portal is added to `PAGES_OF_A_PERSON` or `PAGES_OF_STAFF`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import io
import json
import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
import redis
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session as BrowserSession
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, Response, expect

from accounts.models import AuditEntry, Role, User
from accounts.services.alerts import mail_alerts
from activities.models import Session, london_midnight, london_today
from hubs.models import Hub
from participants.models import (
    Answer,
    CareNote,
    Consent,
    ConsentHow,
    Contact,
    Disclosure,
    Participant,
    Purpose,
    Relationship,
    Right,
    RightsRequest,
    SubjectBundle,
)
from participants.services.removal import erase
from participants.views import people_list
from tests import factories
from tests.journeys.conftest import follow
from tests.journeys.test_chain import make_sign_in, sign_in
from tests.worker import Worker, until

pytestmark = pytest.mark.django_db(transaction=True)

GIVEN, FAMILY, KNOWN_AS = "Quillonius", "Thistlebrack", "Quillobee"
WALK_IN = "Brambledorf"
BIRTH = dt.date(2011, 2, 27)
POSTCODE = "DE23 8ZQ"
PHONE = "07700 900461"
CONTACT = "Ermintrudia Thistlebrack"
NOTE = "carries a zorbleberry pen in the red bag"
CONCERN = "said that mumblecrust happened at home"
ADDRESS = "7 Wobblegate Mews"
LANGUAGES = "Plinkonese"
WORD = "snorkelfig"

# What of each is searched for, in any case; numbers and dates in every spelling that we know of.
PLANTED: dict[str, tuple[str, ...]] = {
    "first name": (GIVEN,),
    "last name": (FAMILY,),
    "name they are known by": (KNOWN_AS,),
    "name of a walk-in": (WALK_IN,),
    "birth date": (
        *("2011-02-27", "27/02/2011", "27/2/2011", "27 February 2011", "27 Feb 2011", "20110227"),
    ),
    "postcode": (POSTCODE, POSTCODE.replace(" ", "")),
    "telephone": (PHONE, PHONE.replace(" ", ""), "7700900461"),
    "contact": ("Ermintrudia",),
    "care note": ("zorbleberry",),
    "concern": ("mumblecrust",),
    "address": ("Wobblegate",),
    "languages": (LANGUAGES,),
    "word for collection": (WORD,),
}

# Addresses of one person, and of staff as a whole, that trust staff open one after another. A
# section that asks for a reason is opened by the journey itself.
PAGES_OF_A_PERSON = (
    *("people:person", "people:contacts", "people:equality", "people:attendance"),
    *("outcomes:person", "surveys:person", "people:history", "people:hubs", "people:identity_edit"),
    *("people:contact_add", "people:home_edit", "people:collection_edit", "consents:consents"),
    *("consents:record", "rights:person", "rights:new", "retention:person"),
)
PAGES_OF_STAFF = (
    *("people:people", "people:new", "people:search", "merging:pairs", "merging:merges"),
    *("imports:list", "rights:requests", "retention:runs", "retention:policy", "retention:holds"),
    *("consents:to_take_down", "audit:mine", "evaluation:today", "participants:numbers"),
    *("everything", "landing", "evaluation:report_list", "planning:planning"),
    *(
        "outcomes:list",
        "quotes:quotes",
        "surveys:coverage",
        "research:studies",
        "feedback:overview",
    ),
)


def traces(text: str) -> list[str]:
    """Which planted values stand in a text, also percent-encoded or in base64."""
    seen = " ".join((text, unquote_plus(text), *_decoded(text))).casefold()
    return [
        name
        for name, spellings in PLANTED.items()
        if any(each.casefold() in seen for each in spellings)
    ]


def _decoded(text: str) -> Iterator[str]:
    for blob in re.findall(r"[A-Za-z0-9+/_-]{16,}={0,2}", text):
        try:
            plain = base64.b64decode(blob + "=" * (-len(blob) % 4), altchars=b"-_")
        except (binascii.Error, ValueError):
            continue
        yield plain.decode(errors="ignore")


class Out:
    """Everything that came out of the portal besides the pages for whoever may read them."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def add(self, where: str, text: object) -> None:
        self.said.append((where, str(text)))

    def leaks(self) -> list[str]:
        found = [
            f"{name} in {where}: {_around(text, name)}"
            for where, text in self.said
            for name in traces(text)
        ]
        return sorted(set(found))


def _around(text: str, name: str) -> str:
    for spelling in PLANTED[name]:
        at = text.casefold().find(spelling.casefold())
        if at >= 0:
            return text[max(0, at - 120) : at + 60]
    return "encoded"


class Browser:
    """Writes down every address that a page asks for or names, and every header that comes back."""

    def __init__(self, page: Page, out: Out) -> None:
        self.page, self.out = page, out
        page.on("request", lambda request: out.add("an address asked for", request.url))
        page.on("response", self._answered)
        page.on("console", lambda message: out.add("the browser's console", message.text))

    def _answered(self, response: Response) -> None:
        self.out.add(f"headers of {response.url}", json.dumps(response.headers))

    def open(self, address: str) -> Page:
        self.page.goto(address)
        return self.look()

    def look(self) -> Page:
        """Write down every address on the page, and its title, which the history keeps."""
        named = self.page.evaluate(
            "[...document.querySelectorAll('[href],[src],[action],[formaction],[data-url]')].flatMap("
            "each => ['href','src','action','formaction','data-url'].map("
            "name => each.getAttribute(name)).filter(Boolean))"
        )
        # A number to ring is no address of the portal: it stands on the page of the contact itself.
        for address in (each for each in named if not each.startswith(("tel:", "mailto:"))):
            self.out.add(f"an address on {self.page.url}", address)
        self.out.add("an address shown", self.page.url)
        return self.page

    def error(self, address: str, status: int) -> None:
        """An error page must say nothing, whoever looks."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status, f"{address} answered {answer.status}"
        self.out.add(f"the page of error {status}", self.page.content())


@pytest.fixture
def out() -> Out:
    return Out()


@pytest.fixture
def _log(out: Out) -> Iterator[None]:
    """What the web process writes to its log, by the handler that writes it in production."""
    (handler,) = [
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    ]
    written = io.StringIO()
    before = handler.setStream(written)
    yield
    handler.setStream(before or handler.stream)


def log_so_far() -> str:
    (handler,) = [
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    ]
    written: str = handler.stream.getvalue()
    return written


@pytest.fixture
def broker(out: Out) -> Iterator[redis.Redis]:
    """The broker, listened to: every command that anybody sends it, with what is in it."""
    link = redis.Redis.from_url(django_settings.REDIS_URL, socket_timeout=None)
    listening, done = threading.Event(), threading.Event()

    def listen() -> None:
        with link.monitor() as commands:  # type: ignore[no-untyped-call]
            listening.set()
            while not done.is_set():
                out.add("the broker", commands.next_command()["command"])

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert listening.wait(10)
    yield link
    done.set()
    link.ping()
    thread.join(5)
    link.close()


@pytest.fixture
def hub() -> Hub:
    return factories.make_hub(name="Arboretum")


@pytest.fixture
def session(hub: Hub) -> Session:
    now = timezone.now()
    starts_at = max(london_midnight(london_today(now)), now - dt.timedelta(minutes=20))
    programme = factories.make_programme(name="This is Derby")
    activity = factories.make_activity(hub=hub, programme=programme, title="Circus Skills")
    factories.make_grant(
        name="Life skills",
        programmes=[programme],
        starts_on=london_today(now) - dt.timedelta(days=10),
        ends_on=london_today(now) + dt.timedelta(days=30),
    )
    return factories.make_session(activity=activity, starts_at=starts_at, minutes=24 * 60)


@pytest.fixture
def child(hub: Hub, session: Session) -> Participant:
    """A child whose record holds every planted value that the journey does not type itself."""
    child = factories.make_participant(
        hub=hub,
        given_name=GIVEN,
        family_name=FAMILY,
        known_as=KNOWN_AS,
        birth_date=BIRTH,
        home_postcode=POSTCODE,
        address=ADDRESS,
        languages=LANGUAGES,
        collection_word=WORD,
        is_address_hidden=True,
    )
    Contact.objects.create(
        participant=child,
        name=CONTACT,
        phone=PHONE,
        is_emergency=True,
        has_parental_responsibility=Answer.YES,
    )
    earlier = session.starts_at - dt.timedelta(days=7)
    before = factories.make_session(
        activity=session.activity, starts_at=earlier, register_taken_at=earlier
    )
    factories.make_attendance(before, child)
    return child


@pytest.fixture
def staff(hub: Hub) -> dict[str, User]:
    return {
        "coordinator": make_sign_in(Role.COORDINATOR, email="coordinator@example.org", hubs=(hub,)),
        "trust": make_sign_in(Role.TRUST_STAFF, email="trust@example.org"),
        "lead": make_sign_in(Role.SAFEGUARDING_LEAD, email="lead@example.org"),
        "auditor": make_sign_in(Role.AUDITOR, email="auditor@example.org"),
    }


@pytest.fixture
def papers(child: Participant, staff: dict[str, User]) -> None:
    """What hangs on a record: an answer of a parent's, a request, a copy of data that was sent."""
    Consent.objects.create(
        participant=child,
        purpose=Purpose.TAKING_PART,
        is_given=True,
        wording=1,
        answered_by=CONTACT,
        relationship=Relationship.MOTHER,
        how=ConsentHow.PAPER,
    )
    asked = RightsRequest.objects.create(
        participant=child,
        right=Right.ACCESS,
        asked_by=CONTACT,
        words=f"Everything about {GIVEN}, please.",
        received_on=timezone.localdate(),
        due_on=timezone.localdate() + dt.timedelta(days=30),
        recorded_by=staff["trust"],
    )
    SubjectBundle.objects.create(
        request=asked,
        body={"name": GIVEN, "notes": [NOTE]},
        redactions={"note": f"tells of {CONTACT}"},
        made_by=staff["trust"],
        expires_at=timezone.now() + dt.timedelta(days=30),
    )
    Disclosure.objects.create(
        participant=child,
        document="copy",
        recipient=CONTACT,
        address=ADDRESS,
        why=f"asked for by {CONTACT}",
        confirmed_by=staff["trust"],
    )


def find(browser: Browser, words: str) -> None:
    """Look somebody up as staff do: by a name that is sent as a form."""
    page = browser.open(reverse("people:people"))
    page.get_by_label("Name or reference").fill(words)
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile(r"/people/search/$"))
    expect(page.get_by_role("link", name=re.compile(GIVEN)).first).to_be_visible()
    browser.look()


def take_register(browser: Browser, session: Session) -> None:
    page = browser.open(reverse("participants:session_register", args=[session.pk]))
    row = page.get_by_role("group", name=re.compile(GIVEN))
    row.get_by_text("Present").click()
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    page.locator("summary", has_text="Add a walk-in").click()
    form = page.locator("[data-walk-in-form]")
    form.get_by_label("First name").fill(WALK_IN)
    form.get_by_label("School year").select_option("Year 5")
    form.get_by_role("button", name="Add and mark present").click()
    expect(page.locator("[data-saved]")).to_contain_text("Walk-in added")
    browser.look()


def write_care_note(browser: Browser, child: Participant) -> None:
    page = browser.open(reverse("people:care_add", args=[child.pk]))
    page.get_by_label("What it is about").select_option(index=1)
    page.locator("textarea").first.fill(NOTE)
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("The care note is written.")).to_be_visible()
    browser.look()
    page.get_by_label("First aid").check()
    page.get_by_role("button", name="Show the care notes").click()
    expect(page.get_by_text("zorbleberry")).to_be_visible()
    browser.look()


def change_identity(browser: Browser, child: Participant) -> None:
    """First with a mistake, so that the form comes back with what was typed, then rightly."""
    page = browser.open(reverse("people:identity_edit", args=[child.pk]))
    assert page.get_by_label("First name").count(), page.locator("body").inner_text()
    for typed in ("", GIVEN):
        page.get_by_label("First name").fill(typed)
        page.get_by_label("Date of birth").fill(BIRTH.isoformat())
        follow(page, page.get_by_role("button", name=re.compile("^Save")))
        browser.look()


def write_concern(browser: Browser) -> None:
    page = browser.open(reverse("concerns:write"))
    page.get_by_role("group", name="Is anybody in danger now?").get_by_label("No").check()
    page.get_by_label("What did you see or hear?").fill(CONCERN)
    page.get_by_label("Who is it about?").fill(GIVEN)
    follow(page, page.get_by_role("button", name="Find by first name"))
    browser.look()
    assert page.get_by_label(re.compile(GIVEN)).count(), page.locator("body").inner_text()
    page.get_by_label(re.compile(GIVEN)).first.check()
    page.get_by_role("button", name="Send the concern").click()
    expect(page).to_have_url(re.compile(re.escape(reverse("concerns:sent"))))
    browser.look()


def read_concern(browser: Browser) -> None:
    page = browser.open(reverse("concerns:list"))
    page.locator(f'main a[href*="{reverse("concerns:list")}"]').filter(
        has_not_text="Write"
    ).first.click()
    expect(page.get_by_text("mumblecrust")).to_be_visible()
    browser.look()


def make_report(browser: Browser) -> None:
    page = browser.open(reverse("evaluation:report_list"))
    page.get_by_role("button", name="Build report").click()
    reached = page.locator(".report__stat").filter(has_text="Young people reached")
    expect(reached.first).to_be_visible(timeout=60_000)
    browser.look()


def export_people(browser: Browser) -> None:
    """Look twice at who gets the list, and take it."""
    page = browser.page
    page.goto(reverse("people:export"))
    page.get_by_label("Who gets it").fill("The University")
    page.get_by_label("Where it goes").fill("Handed over at the office")
    page.get_by_label("Why it goes there").fill("The evaluation")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("I have read the recipient").check()
    if page.get_by_label("I have read the warning").count():
        page.get_by_label("I have read the warning").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download it").click()
    assert GIVEN in Path(download.value.path()).read_text(encoding="utf-8-sig")


def open_pages(browser: Browser, child: Participant) -> None:
    for name in PAGES_OF_STAFF:
        answer = browser.page.goto(reverse(name))
        assert answer is not None
        assert answer.status in {200, 403}, name
        browser.look()
    for name in PAGES_OF_A_PERSON:
        answer = browser.page.goto(reverse(name, args=[child.pk]))
        assert answer is not None
        assert answer.status in {200, 403}, name
        browser.look()
    # What can be sorted and filtered stays in the address.
    page = browser.open(reverse("people:people"))
    for link in page.locator("th a").all()[:1]:
        link.click()
        browser.look()


def meet_errors(
    browser: Browser, child: Participant, monkeypatch: pytest.MonkeyPatch, out: Out
) -> None:
    """Not found, refused, not understood and broken, each about the child."""
    browser.error(f"/people/{uuid.uuid4()}/", 404)
    browser.error(f"/audit/people/{child.pk}/", 403)
    client = Client(raise_request_exception=False)
    client.cookies["session"] = _cookie(browser)
    told = {"q": GIVEN}
    without_token = Client(enforce_csrf_checks=True, raise_request_exception=False)
    without_token.cookies["session"] = _cookie(browser)
    answers = [
        (403, without_token.post(reverse("people:search"), told)),
        (400, client.get(f"/people/{child.pk}/", headers={"host": "elsewhere.example"})),
    ]
    monkeypatch.setattr(people_list, "find_people", _ask_the_database_wrongly)
    answers.append((500, client.post(reverse("people:search"), told)))
    monkeypatch.setattr(people_list, "find_people", _fail_with_words)
    answers.append((500, client.post(reverse("people:search"), told)))
    for status, answer in answers:
        assert answer.status_code == status
        out.add(f"the page of error {status}", answer.content.decode())
        out.add(f"headers of error {status}", dict(answer.headers))


def _cookie(browser: Browser) -> str:
    cookies = browser.page.context.cookies()
    return next(each["value"] for each in cookies if each["name"] == "session")


def _ask_the_database_wrongly(user: User, words: str) -> None:
    """PostgreSQL's own message repeats what was typed, and the row that it would not take."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [words])


def _fail_with_words(user: User, words: str) -> None:
    raise ValueError(f"cannot read {words!r}")


@pytest.mark.usefixtures("_log", "papers")
def test_nothing_that_says_who_a_child_is_leaves_the_database(  # noqa: PLR0917 - one journey
    person: Callable[[], Page],
    staff: dict[str, User],
    session: Session,
    child: Participant,
    broker: redis.Redis,
    celery_worker_process: Worker,
    out: Out,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    coordinator = Browser(person(), out)
    sign_in(coordinator.page, "coordinator@example.org")
    coordinator.look()
    take_register(coordinator, session)
    find(coordinator, f"{GIVEN} {FAMILY}")
    change_identity(coordinator, child)
    write_care_note(coordinator, child)
    write_concern(coordinator)
    open_pages(coordinator, child)
    meet_errors(coordinator, child, monkeypatch, out)
    monkeypatch.undo()

    lead = Browser(person(), out)
    sign_in(lead.page, "lead@example.org")
    read_concern(lead)

    trust = Browser(person(), out)
    sign_in(trust.page, "trust@example.org")
    open_pages(trust, child)
    find(trust, FAMILY)
    make_report(trust)
    export_people(trust)

    auditor = Browser(person(), out)
    sign_in(auditor.page, "auditor@example.org")
    for address in (
        reverse("audit:trail"),
        reverse("audit:person", args=[child.pk]),
        reverse("audit:member", args=[staff["coordinator"].pk]),
        reverse("audit:alerts"),
    ):
        out.add("the audit trail's page", auditor.open(address).content())
    mail_alerts(now=timezone.now())
    until(
        lambda: "mail_alerts" in celery_worker_process.words(),
        "the worker's jobs of the minute",
        words=celery_worker_process.words,
    )

    gather(out, broker, celery_worker_process)
    assert out.leaks() == []
    # And the journey went where it says it did: the values lie in the record.
    assert Participant.objects.filter(given_name=WALK_IN).exists()
    assert CareNote.objects.get().text == NOTE
    assert AuditEntry.objects.filter(object_id=child.pk).count() > 10

    # The search sees all of it while it is there; what a concern says is sealed.
    there = {each.partition(" in ")[0] for each in left_in_the_database()}
    assert there == set(PLANTED) - {"concern"}
    for one in (child, Participant.objects.get(given_name=WALK_IN)):
        one.refresh_from_db()
        erase(person=one, by=staff["trust"], now=timezone.now())
    assert left_in_the_database() == []
    assert left_in_files(Path(django_settings.MEDIA_ROOT)) == []


def gather(out: Out, broker: redis.Redis, worker: Worker) -> None:
    """Everything else that outlives a request."""
    out.add("the web server's log", log_so_far())
    out.add("the worker's log", worker.words())
    for message in mail.outbox:
        out.add("an e-mail", f"{message.subject} {message.body} {message.to}")
    for key in broker.scan_iter():
        out.add("the broker's keys", key.decode(errors="replace"))
        out.add("the broker's keys", broker.dump(key))
    for each in BrowserSession.objects.all():
        out.add("a session", json.dumps(each.get_decoded()))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT cache_key, value FROM {django_settings.CACHES['default']['LOCATION']}"
        )
        for key, value in cursor.fetchall():
            out.add("the cache", f"{key} {value}")
    for entry in AuditEntry.objects.values_list("kind", "object_type", "object_id", "reason"):
        out.add("the audit trail", entry)


def left_in_the_database() -> list[str]:
    """Planted values in any column of any table, whatever its type."""
    found = []
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        assert "participants_participantevent" in tables
        for table in tables:
            cursor.execute(f'SELECT "{table}"::text FROM "{table}"')
            for (row,) in cursor.fetchall():
                found += [f"{name} in {table}: {row[:300]}" for name in _in_row(row)]
    for each in BrowserSession.objects.all():
        found += [f"{name} in a session" for name in traces(json.dumps(each.get_decoded()))]
    return found


def _in_row(row: str) -> list[str]:
    """In a row's text, in base64, and in the hexadecimal in which PostgreSQL shows bytes."""
    plain = "".join(
        bytes.fromhex(digits).decode(errors="ignore")
        for digits in re.findall(r"\\x((?:[0-9a-f]{2})+)", row)
    )
    return traces(f"{row} {plain}")


def left_in_files(folder: Path) -> list[str]:
    """Planted values in files that the portal keeps; a workbook or a document is a packed one."""
    return [
        f"{name} in {path.name}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for name in traces(path.read_bytes().decode(errors="ignore"))
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"about {GIVEN.upper()}",
        "/people/?q=DE23%208zq",
        "/people/?q=DE23+8ZQ",
        base64.b64encode(b'{"args": ["quillonius"]}').decode(),
        "born 27 February 2011",
    ],
)
def test_the_search_finds_what_it_should(text: str) -> None:
    assert len(traces(text)) == 1


def test_the_search_reads_bytes_as_postgresql_shows_them() -> None:
    assert _in_row("(7,\\x" + GIVEN.encode().hex() + ")") == ["first name"]
    assert _in_row("(7,\\x" + b"nothing".hex() + ")") == []
