"""How fast the public pages are, beside a view that says hello through the same middleware.

Two gunicorn workers, started as the product starts them, on the loopback address; the medians of
five rounds. "Uncached" is a server that keeps no page; it answers hello as fast as the other one.
The load comes from processes on the same machine, which take their share of it: the processor
time, which is of the workers alone, says what each page costs them.
"""

from __future__ import annotations

import datetime as dt
import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from activities.models import Activity, Kind, Session
from tests import factories, worker

ROUNDS, CLIENTS, WORKERS = 5, 4, 2
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Rate:
    """Requests a second, and milliseconds of processor time of the workers for each."""

    per_second: float
    milliseconds: float


class Server:
    """gunicorn on the test database, keeping the pages that it made or not."""

    def __init__(self, *, keeps: bool) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "gunicorn", "derby_portal.wsgi", "--no-control-socket"]
        command += ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", "2"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "error"]
        unkept = "" if keeps else "1"
        environment = worker.environment(
            DJANGO_SETTINGS_MODULE="tests.bench.settings", BENCH_UNKEPT=unkept
        )
        self.process = subprocess.Popen(command, cwd=worker.ROOT, env=environment)
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with closing(self._client()) as client:
                    self.get(client, "/hello/")
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise TimeoutError

    def _client(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, client: http.client.HTTPConnection, address: str) -> bytes:
        client.request("GET", address, headers={"Accept-Encoding": "gzip"})
        response = client.getresponse()
        body = response.read()
        assert response.status == 200, (address, response.status)
        return body

    def processor_seconds(self) -> float:
        """Of all workers, until now."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        stats = [Path(f"/proc/{pid}/stat").read_text() for pid in path.read_text().split()]
        times = [stat.rpartition(")")[2].split()[11:13] for stat in stats]
        return sum(int(ticks) for pair in times for ticks in pair) / TICK

    def rate(self, address: str) -> Rate:
        """The median of the rounds."""
        self._round(address, SECONDS / 4)
        rounds = [self._round(address, SECONDS) for _ in range(ROUNDS)]
        return Rate(
            statistics.median(each.per_second for each in rounds),
            statistics.median(each.milliseconds for each in rounds),
        )

    def _round(self, address: str, seconds: float) -> Rate:
        used, began = self.processor_seconds(), time.monotonic()
        until = began + seconds
        with ThreadPoolExecutor(CLIENTS) as clients:
            done = clients.map(lambda _: self._ask(address, until), range(CLIENTS))
            requests = sum(done)
        took = time.monotonic() - began
        spent = self.processor_seconds() - used
        return Rate(requests / took, spent / requests * 1000)

    def _ask(self, address: str, until: float) -> int:
        count = 0
        with closing(self._client()) as client:
            while time.monotonic() < until:
                self.get(client, address)
                count += 1
        return count

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def make_sessions(count: int) -> list[Activity]:
    """Upcoming sessions of sixty activities in ten hubs, evenly over four weeks or, if many, a year."""
    hubs = [factories.make_hub(name=f"Hub {letter}") for letter in "ABCDEFGHIJ"]
    programme, partner = factories.make_programme(), factories.make_organisation()
    activities = [
        factories.make_activity(
            title=f"After-school club number {number}",
            hub=hubs[number % 10],
            programme=programme,
            partner=partner,
            kind=list(Kind)[number % 3],
            strand=f"Strand {number % 12}",
            summary="Small games, mixed teams, and plenty of touches of the ball.",
            send_friendly=number % 3 == 0,
            welcomes_alone=number % 2 == 0,
        )
        for number in range(60)
    ]
    apart = dt.timedelta(days=28 if count < 10_000 else 365) / count
    first = timezone.now() + dt.timedelta(minutes=5)
    Session.objects.bulk_create(
        [
            Session(
                activity=activities[number % 60],
                starts_at=first + number * apart,
                ends_at=first + number * apart + dt.timedelta(hours=1),
            )
            for number in range(count)
        ],
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE activities_session, activities_activity, hubs_hub")
    return activities


@pytest.fixture
def keeping(transactional_db: None) -> Iterator[Server]:
    yield from running(keeps=True)


@pytest.fixture
def forgetting(transactional_db: None) -> Iterator[Server]:
    yield from running(keeps=False)


def running(*, keeps: bool) -> Iterator[Server]:
    """A server until the test is over."""
    server = Server(keeps=keeps)
    yield server
    server.stop()


def compare(server: Server, hello: Rate, label: str, address: str) -> float:
    """Print a line, and give how many times hello answers as often."""
    rate = server.rate(address)
    times = hello.per_second / rate.per_second
    print(
        f"{label:<44}{rate.per_second:8.1f}/s  1/{times:<5.1f}"
        f"{rate.milliseconds:8.2f} ms of processor, {rate.milliseconds / hello.milliseconds:.1f} times hello's"
    )
    return times


@pytest.mark.parametrize("count", [500, 50_000])
def test_public_pages_beside_hello(keeping: Server, forgetting: Server, count: int) -> None:
    make_sessions(count)
    session = Session.objects.public().order_by("starts_at")[min(count - 1, 200)]
    hello = keeping.rate("/hello/")
    print(f"\n{count:,} upcoming sessions, 30 a page, {WORKERS} workers, {CLIENTS} clients")
    print(
        f"{'hello':<44}{hello.per_second:8.1f}/s         {hello.milliseconds:8.2f} ms of processor"
    )
    listing, page = "/whats-on/", f"/sessions/{session.pk}/"
    uncached = compare(forgetting, hello, "what's on, uncached", listing)
    every = compare(forgetting, hello, "what's on, all dates, uncached", f"{listing}?day=all")
    kept = compare(keeping, hello, "what's on, kept", listing)
    detail = compare(forgetting, hello, "a session, uncached", page)
    compare(forgetting, hello, "front page, uncached", "/")
    compare(forgetting, hello, "every date as a calendar, uncached", "/whats-on.ics")
    if count == 500:
        assert max(uncached, every) <= 30
        assert detail <= 8
    assert kept <= 4
