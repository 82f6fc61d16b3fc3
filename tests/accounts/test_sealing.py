"""The chain over the audit trail: sealing, publishing, and finding every way to tamper with it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.chain import (
    FIRST,
    Head,
    HeadsError,
    Sealable,
    canonical,
    digest_after,
    publish,
    published,
)
from accounts.models import AuditEntry, AuditKind, AuditSeal
from accounts.queries import chain
from accounts.queries.chain import Break, Problem, last_link, verify
from accounts.services import sealing
from accounts.services.sealing import seal_audit

SOME_ID = uuid.UUID("00000000-0000-4000-8000-00000000000a")
AT = dt.datetime(2019, 5, 14, 17, 0, 0, 5, tzinfo=dt.UTC)
ENTRY = Sealable(7, AT, None, "care.read", "participants.participant", SOME_ID, "Ärztin")


@pytest.fixture
def heads(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_HEADS = tmp_path / "audit" / "heads.jsonl"
    return settings.AUDIT_HEADS


def write(number: int) -> list[int]:
    """So many entries, committed or not, as the test's transaction is."""
    made = AuditEntry.objects.bulk_create(
        AuditEntry(kind=AuditKind.CARE_READ, object_type="participants.participant",
                   object_id=uuid.uuid4(), actor_id=SOME_ID, reason=f"No. {each}")
        for each in range(number)
    )  # fmt: skip
    return [entry.pk for entry in made]


class TestArithmetic:
    def test_one_spelling_of_an_entry(self) -> None:
        assert canonical(ENTRY).decode() == (
            '{"actor_id":null,"at":"2019-05-14T17:00:00.000005+00:00","id":7,"kind":"care.read",'
            '"object_id":"00000000-0000-4000-8000-00000000000a",'
            '"object_type":"participants.participant","reason":"\\u00c4rztin"}'
        )

    def test_a_digest_holds_the_one_before_and_every_column(self) -> None:
        digest = digest_after(FIRST, ENTRY)
        others = [
            ENTRY._replace(id=8),
            ENTRY._replace(at=AT + dt.timedelta(microseconds=1)),
            ENTRY._replace(actor_id=SOME_ID),
            ENTRY._replace(kind="care.written"),
            ENTRY._replace(object_type="another"),
            ENTRY._replace(object_id=None),
            ENTRY._replace(reason="another"),
        ]
        assert (
            len(
                {
                    digest,
                    digest_after("1" * 64, ENTRY),
                    *(digest_after(FIRST, each) for each in others),
                }
            )
            == 9
        )

    def test_the_same_moment_in_another_zone_is_the_same(self) -> None:
        elsewhere = AT.astimezone(dt.timezone(dt.timedelta(hours=1)))
        assert digest_after(FIRST, ENTRY._replace(at=elsewhere)) == digest_after(FIRST, ENTRY)

    def test_a_new_column_of_an_entry_does_not_stay_outside_the_chain(self) -> None:
        assert {field.attname for field in AuditEntry._meta.concrete_fields} == set(
            Sealable._fields
        )


class TestHeads:
    def test_are_appended_once_each_and_only_go_up(self, tmp_path: Path) -> None:
        path = tmp_path / "below" / "heads.jsonl"
        assert publish(path, Head("2019", 5, "a" * 64))
        assert not publish(path, Head("2020", 5, "a" * 64))
        assert not publish(path, Head("2020", 4, "b" * 64))
        assert publish(path, Head("2021", 6, "c" * 64))
        assert list(published(path)) == [
            Head("2019", 5, "a" * 64, line=1),
            Head("2021", 6, "c" * 64, line=2),
        ]

    def test_a_line_cut_off_by_a_lost_machine_stays_by_itself(self, tmp_path: Path) -> None:
        path = tmp_path / "heads.jsonl"
        publish(path, Head("2019", 5, "a" * 64))
        path.write_text(path.read_text() + '{"at": "20')
        assert publish(path, Head("2021", 6, "c" * 64))
        with pytest.raises(HeadsError, match="2"):
            list(published(path))
        assert not publish(path, Head("2021", 6, "c" * 64))

    def test_no_file_is_no_head(self, tmp_path: Path) -> None:
        assert list(published(tmp_path / "none")) == []


@pytest.mark.django_db
class TestSealing:
    def test_chains_entries_in_order_and_publishes_the_head(self, heads: Path) -> None:
        ids = write(3)
        assert seal_audit() == 3
        seals = list(AuditSeal.objects.order_by("position").values_list("position", "entry_id"))
        assert seals == list(enumerate(ids, start=1))
        digest = FIRST
        for row in AuditEntry.objects.order_by("pk").values_list(*Sealable._fields):
            digest = digest_after(digest, Sealable(*row))
        last = last_link()
        assert last is not None
        assert last.digest == digest
        (told,) = [json.loads(line) for line in heads.read_text().splitlines()]
        assert (told["position"], told["digest"], set(told)) == (
            3,
            digest,
            {"at", "position", "digest"},
        )

    def test_again_seals_nothing_and_publishes_nothing(self, heads: Path) -> None:
        write(2)
        seal_audit()
        assert seal_audit() == 0
        assert len(heads.read_text().splitlines()) == 1

    def test_what_was_sealed_and_not_published_is_published_next_time(self, heads: Path) -> None:
        write(2)
        seal_audit()
        heads.unlink()
        seal_audit()
        assert next(published(heads)).position == 2

    def test_goes_in_batches(self, heads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sealing, "BATCH", 2)
        write(5)
        assert seal_audit() == 5
        assert [head.position for head in published(heads)] == [5]
        assert verify(heads, now=timezone.now()).problem is None

    def test_a_late_entry_with_a_lower_id_is_sealed_behind(self, heads: Path) -> None:
        low, high = write(2)
        late = AuditEntry.objects.filter(pk=low)
        # What another transaction has not committed yet is not seen.
        chain_of = chain._not_sealed
        try:
            chain._not_sealed = lambda floor: chain_of(floor).exclude(pk=low)
            assert seal_audit() == 1
        finally:
            chain._not_sealed = chain_of
        assert late.exists()
        assert seal_audit() == 1
        assert list(AuditSeal.objects.order_by("position").values_list("entry_id", flat=True)) == [
            high,
            low,
        ]
        assert verify(heads, now=timezone.now()).problem is None

    def test_one_that_is_later_than_anything_is_found_by_night(
        self, heads: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(chain, "LOOK_BACK", 2)
        late, *_ = write(6)
        chain_of = chain._not_sealed
        monkeypatch.setattr(chain, "_not_sealed", lambda floor: chain_of(floor).exclude(pk=late))
        seal_audit()
        monkeypatch.setattr(chain, "_not_sealed", chain_of)
        assert seal_audit() == 0
        assert chain.waiting().number == 0
        assert chain.waiting(whole=True).number == 1
        assert seal_audit(whole=True) == 1


def test_only_one_seals_at_a_time(transactional_db: None, heads: Path) -> None:
    write(2)
    address = connection.get_connection_params()
    # By a socket there is no port, and no password.
    wanted = ("dbname", "user", "password", "host", "port")
    own = {key: address[key] for key in wanted if key in address}
    with psycopg.connect(**own) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.LOCK])
        assert seal_audit() is None
        assert not AuditSeal.objects.exists()
    assert seal_audit() == 2


# --- Tampering, as whoever owns the tables could ----------------------------------------------


def as_owner(*statements: str) -> None:
    """Each statement with the owner's rights, past foreign keys and triggers."""
    address = connection.get_connection_params()
    owner = django_settings.DATABASE_OWNER_URL
    own = {key: address[key] for key in ("dbname", "host", "port") if key in address}
    with psycopg.connect(**own, user=owner["USER"], password=owner["PASSWORD"]) as link:
        for statement in statements:
            link.execute(statement)


def rewrite_from(position: int) -> None:
    """Recompute every digest from a position on, as somebody would who knows how."""
    seals = list(
        AuditSeal.objects.order_by("position").values_list("position", "entry_id", "digest")
    )
    digest = FIRST
    for each, entry_id, held in seals:
        row = AuditEntry.objects.values_list(*Sealable._fields).get(pk=entry_id)
        digest = held if each < position else digest_after(digest, Sealable(*row))
        as_owner(f"UPDATE accounts_auditseal SET digest = '{digest}' WHERE position = {each}")


@pytest.mark.django_db(transaction=True)
class TestTampering:
    @pytest.fixture
    def ids(self, heads: Path) -> list[int]:
        """Ten links in two heads: at 6 and at 10."""
        ids = write(6)
        seal_audit()
        ids += write(4)
        seal_audit()
        return ids

    def found(self, heads: Path) -> Problem:
        problem = verify(heads, now=timezone.now()).problem
        assert problem is not None
        return problem

    def test_nothing_is_found_where_nothing_was_done(self, ids: list[int], heads: Path) -> None:
        verified = verify(heads, now=timezone.now())
        assert (verified.links, verified.heads, verified.problem) == (10, 2, None)
        assert verified.unsealed.number == 0

    @pytest.mark.parametrize(
        "change",
        [
            "reason = 'another'",
            "actor_id = '00000000-0000-4000-8000-00000000000b'",
            "kind = 'register.read'",
            "object_id = NULL",
            "object_type = 'x'",
            "at = at + interval '1 microsecond'",
        ],
    )
    def test_a_changed_column(self, ids: list[int], heads: Path, change: str) -> None:
        as_owner(f"UPDATE accounts_auditentry SET {change} WHERE id = {ids[3]}")
        problem = self.found(heads)
        assert (problem.kind, problem.position, problem.entry_id) == (Break.CONTENT, 4, ids[3])

    def test_an_entry_taken_out_with_its_link(self, ids: list[int], heads: Path) -> None:
        as_owner(
            f"DELETE FROM accounts_auditseal WHERE entry_id = {ids[3]}",
            f"DELETE FROM accounts_auditentry WHERE id = {ids[3]}",
        )
        problem = self.found(heads)
        assert (problem.kind, problem.position) == (Break.LINK_MISSING, 4)
        assert "the next one is 5" in problem.words

    def test_an_entry_taken_out_and_the_gap_closed(self, ids: list[int], heads: Path) -> None:
        as_owner(
            f"DELETE FROM accounts_auditseal WHERE entry_id = {ids[3]}",
            f"DELETE FROM accounts_auditentry WHERE id = {ids[3]}",
            "UPDATE accounts_auditseal SET position = position + 1000 WHERE position > 4",
            "UPDATE accounts_auditseal SET position = position - 1001 WHERE position > 1000",
        )
        problem = self.found(heads)
        assert (problem.kind, problem.position, problem.entry_id) == (Break.CONTENT, 4, ids[4])
        assert "taken out" in problem.words

    def test_the_tail_cut_off(self, ids: list[int], heads: Path) -> None:
        as_owner(
            "DELETE FROM accounts_auditseal WHERE position > 7",
            f"DELETE FROM accounts_auditentry WHERE id > {ids[6]}",
        )
        problem = self.found(heads)
        assert (problem.kind, problem.position) == (Break.TAIL_CUT, 8)
        assert "links 8 to 10 are gone" in problem.words

    def test_a_cut_tail_shows_though_the_chain_grew_again(
        self, ids: list[int], heads: Path
    ) -> None:
        as_owner(
            "DELETE FROM accounts_auditseal WHERE position > 7",
            f"DELETE FROM accounts_auditentry WHERE id > {ids[6]}",
        )
        write(8)
        seal_audit()
        problem = self.found(heads)
        assert (problem.kind, problem.position) == (Break.REWRITTEN, 10)
        assert "links 7 to 10" in problem.words

    def test_everything_emptied(self, ids: list[int], heads: Path) -> None:
        as_owner("TRUNCATE accounts_auditseal, accounts_auditentry")
        problem = self.found(heads)
        assert (problem.kind, problem.position) == (Break.TAIL_CUT, 1)

    @pytest.mark.parametrize("apart", [1, 5])
    def test_two_links_swapped(self, ids: list[int], heads: Path, apart: int) -> None:
        as_owner(
            "UPDATE accounts_auditseal SET position = 99 WHERE position = 3",
            f"UPDATE accounts_auditseal SET position = 3 WHERE position = {3 + apart}",
            f"UPDATE accounts_auditseal SET position = {3 + apart} WHERE position = 99",
        )
        problem = self.found(heads)
        assert (problem.kind, problem.position) == (Break.ORDER, 3)
        assert f"entry {ids[2]} of link {3 + apart} belongs there" in problem.words

    def test_two_entries_swapped_between_their_links(self, ids: list[int], heads: Path) -> None:
        one, other = ids[2], ids[7]
        as_owner(
            "CREATE TABLE aside AS SELECT * FROM accounts_auditseal WHERE position IN (3, 8)",
            "DELETE FROM accounts_auditseal WHERE position IN (3, 8)",
            "INSERT INTO accounts_auditseal (entry_id, position, digest, sealed_at) "
            f"SELECT {one} + {other} - entry_id, position, digest, sealed_at FROM aside",
            "DROP TABLE aside",
        )
        problem = self.found(heads)
        assert (problem.kind, problem.position, problem.entry_id) == (Break.ORDER, 3, other)

    def test_an_entry_gone_under_its_link(self, ids: list[int], heads: Path) -> None:
        constraint = key_of_seals()
        as_owner(
            f"ALTER TABLE accounts_auditseal DROP CONSTRAINT {constraint}",
            f"DELETE FROM accounts_auditentry WHERE id = {ids[3]}",
        )
        try:
            problem = self.found(heads)
        finally:
            as_owner(
                f"DELETE FROM accounts_auditseal WHERE entry_id = {ids[3]}",
                f"ALTER TABLE accounts_auditseal ADD CONSTRAINT {constraint} FOREIGN KEY (entry_id) "
                "REFERENCES accounts_auditentry (id) DEFERRABLE INITIALLY DEFERRED",
            )
        assert (problem.kind, problem.position, problem.entry_id) == (
            Break.ENTRY_MISSING,
            4,
            ids[3],
        )

    def test_a_changed_entry_with_the_chain_recomputed(self, ids: list[int], heads: Path) -> None:
        as_owner(f"UPDATE accounts_auditentry SET reason = 'x' WHERE id = {ids[7]}")
        rewrite_from(8)
        problem = self.found(heads)
        assert (problem.kind, problem.position, problem.entry_id) == (Break.REWRITTEN, 10, ids[9])
        assert "links 7 to 10 were written anew" in problem.words

    def test_a_forged_entry_with_the_chain_recomputed(self, ids: list[int], heads: Path) -> None:
        (forged,) = write(1)
        as_owner(
            "UPDATE accounts_auditseal SET position = position + 1000 WHERE position > 4",
            "UPDATE accounts_auditseal SET position = position - 999 WHERE position > 1000",
            "INSERT INTO accounts_auditseal (entry_id, position, digest, sealed_at) "
            f"VALUES ({forged}, 5, '', now())",
        )
        rewrite_from(5)
        problem = self.found(heads)
        assert (problem.kind, problem.position) == (Break.REWRITTEN, 6)
        assert "links 1 to 6 were written anew" in problem.words

    def test_heads_edited(self, ids: list[int], heads: Path) -> None:
        digest = AuditSeal.objects.get(position=6).digest
        heads.write_text(heads.read_text().replace(digest, "f" * 64))
        problem = self.found(heads)
        assert (problem.kind, problem.position) == (Break.REWRITTEN, 6)
        assert "(line 1)" in problem.words

    def test_heads_garbled(self, ids: list[int], heads: Path) -> None:
        heads.write_text(heads.read_text() + "no head\n")
        problem = self.found(heads)
        assert (problem.kind, problem.words) == (
            Break.HEADS_UNREADABLE,
            "Line 3 of the published heads is none; links agree up to 10.",
        )

    def test_heads_out_of_order(self, ids: list[int], heads: Path) -> None:
        heads.write_text("".join(reversed(heads.read_text().splitlines(keepends=True))))
        assert self.found(heads).kind == Break.REWRITTEN

    @pytest.mark.parametrize(("kept", "first"), [(0, 1), (1, 7)])
    def test_heads_cut_off(self, ids: list[int], heads: Path, kept: int, first: int) -> None:
        heads.write_text("".join(heads.read_text().splitlines(keepends=True)[:kept]))
        later = timezone.now() + dt.timedelta(hours=2)
        problem = verify(heads, now=later).problem
        assert problem is not None
        assert (problem.kind, problem.position) == (Break.HEADS_MISSING, first)

    def test_from_a_head_that_is_trusted(self, ids: list[int], heads: Path) -> None:
        as_owner(f"UPDATE accounts_auditentry SET reason = 'x' WHERE id = {ids[1]}")
        first, _ = published(heads)
        verified = verify(heads, now=timezone.now(), from_head=first)
        assert (verified.links, verified.heads, verified.problem) == (4, 1, None)
        wrong = Head("", 6, "f" * 64)
        problem = verify(heads, now=timezone.now(), from_head=wrong).problem
        assert problem is not None
        assert (problem.kind, problem.position) == (Break.NO_SUCH_HEAD, 6)


def key_of_seals() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND conrelid = 'accounts_auditseal'::regclass"
        )
        return str(cursor.fetchone()[0])


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.mark.django_db(transaction=True)
class TestCommands:
    def test_a_whole_chain(self, heads: Path) -> None:
        write(3)
        out = StringIO()
        call_command("seal_audit", stdout=out)
        assert out.getvalue() == "Sealed 3 entries.\n"
        assert run() == (
            0,
            "Walked 3 links; 1 published heads agree.\nEvery entry is sealed.\n",
            "",
        )
        assert AuditEntry.objects.get(kind=AuditKind.AUDIT_VERIFIED).reason == "whole; 3 links"

    def test_says_what_is_not_sealed_and_since_when(self, heads: Path) -> None:
        AuditEntry.objects.create(
            kind=AuditKind.CARE_READ, object_type="x", at=timezone.now() - dt.timedelta(seconds=90)
        )
        code, words, _ = run()
        assert code == 0
        assert "1 entries are not sealed yet; the oldest waits for 9" in words

    def test_one_changed_row_is_named(self, heads: Path) -> None:
        ids = write(3)
        seal_audit()
        as_owner(f"UPDATE accounts_auditentry SET actor_id = NULL WHERE id = {ids[1]}")
        code, _, words = run()
        assert code == 1
        assert words.startswith(f"BROKEN at link 2, entry {ids[1]}: content changed. ")
        entry = AuditEntry.objects.get(kind=AuditKind.AUDIT_VERIFIED)
        assert entry.reason == "content changed: link 2; 1 links"

    def test_from_a_head(self, heads: Path) -> None:
        write(2)
        seal_audit()
        write(1)
        seal_audit()
        digest = AuditSeal.objects.get(position=2).digest
        for told in ("2", f"2:{digest}"):
            code, words, _ = run("--from-head", told)
            assert (code, words.splitlines()[0]) == (0, "Walked 1 links; 1 published heads agree.")

    @pytest.mark.parametrize("told", ["x", "2:short", "5", "2:" + "g" * 64])
    def test_a_head_that_is_none(self, heads: Path, told: str) -> None:
        write(2)
        seal_audit()
        with pytest.raises(CommandError):
            run("--from-head", told)
