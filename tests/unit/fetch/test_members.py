"""Members of a family aligned to its profile, when no server has the alignment."""

from __future__ import annotations

import gzip
import io
import json

import numpy as np
import pytest

from ebmflow.data.fetching.members import ProfileAlignment
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.profiles import align_to_profile, find_domains, read_profile
from ebmflow.errors import DataError, FetchError

CONSENSUS = "VTLEKWPGGSLGFTIVGGHDNEYGIFVSKILPGSPAEKSGLRVGDQILEVNGHDLRNMTHEQAVELLK"
SITES = len(CONSENSUS)
LETTERS = np.array(list("ACDEFGHIKLMNPQRSTVWY"))


def _mutant(generator: np.random.Generator, share: float) -> str:
    row = np.array(list(CONSENSUS))
    change = generator.random(SITES) < share
    row[change] = generator.choice(LETTERS, change.sum())
    return "".join(row)


@pytest.fixture(scope="module")
def family() -> list[str]:
    generator = np.random.default_rng(5)
    return [_mutant(generator, 0.25) for _ in range(40)]


@pytest.fixture(scope="module")
def profile_file(family, tmp_path_factory):
    from pyhmmer.easel import Alphabet, TextMSA, TextSequence
    from pyhmmer.plan7 import Background, Builder

    amino = Alphabet.amino()
    rows = [TextSequence(name=f"s{n}", sequence=row) for n, row in enumerate(family)]
    alignment = TextMSA(name="toy", sequences=rows).digitize(amino)
    profile, _, _ = Builder(amino).build_msa(alignment, Background(amino))
    buffer = io.BytesIO()
    profile.write(buffer)
    path = tmp_path_factory.mktemp("profile") / "PF99999.hmm.gz"
    path.write_bytes(gzip.compress(buffer.getvalue()))
    return path


def _filler(generator: np.random.Generator, length: int) -> str:
    return "".join(generator.choice(LETTERS, length))


def test_domains_are_found_where_they_were_put(profile_file, family):
    generator = np.random.default_rng(6)
    profile = read_profile(profile_file)
    assert profile.M == SITES
    one = _filler(generator, 50) + family[0] + _filler(generator, 30)
    two = family[1] + _filler(generator, 60) + family[2]
    found = find_domains(profile, [_filler(generator, 200), one, two], threads=1)
    assert [domain.index for domain in found] == [1, 2, 2]
    for domain, start in zip(found, (50, 0, SITES + 60), strict=True):
        assert abs(domain.start - start) <= 4
        assert abs(domain.end - (start + SITES)) <= 4
    best = find_domains(profile, [one, two], threads=1, exclusive=True)
    assert [domain.index for domain in best] == [0, 1]


def test_rows_hold_match_columns_only_and_keep_their_order(profile_file, family):
    profile = read_profile(profile_file)
    inserted = family[3][:20] + "GGG" + family[3][20:]
    deleted = family[4][:30] + family[4][36:]
    sequences = [*family[:3], inserted, deleted]
    rows = align_to_profile(profile, ["same name"] * 5, sequences)
    # a mutated last residue may be left out of the alignment
    assert [row[2:-2] for row in rows[:3]] == [row[2:-2] for row in family[:3]]
    assert {len(row) for row in rows} == {SITES}
    assert sum(a != b for a, b in zip(rows[3], family[3], strict=True)) <= 4
    assert 4 <= rows[4].count("-") <= 8


def test_many_blocks_and_threads_give_the_same_rows(profile_file, family, monkeypatch):
    profile = read_profile(profile_file)
    names = [str(n) for n in range(len(family))]
    whole = align_to_profile(profile, names, family)
    monkeypatch.setattr("ebmflow.data.profiles._BLOCK", 7)
    assert align_to_profile(profile, names, family, threads=2) == whole


def test_an_unreadable_profile(tmp_path):
    (tmp_path / "x.hmm").write_bytes(b"<html></html>")
    with pytest.raises(DataError, match=r"x\.hmm: no profile can be read"):
        read_profile(tmp_path / "x.hmm")
    (tmp_path / "cut.hmm.gz").write_bytes(gzip.compress(b"HMMER3/f [3.3]\nNAME x\n")[:-8])
    with pytest.raises(DataError, match="no profile can be read"):
        read_profile(tmp_path / "cut.hmm.gz")


def test_a_sequence_with_a_strange_letter_is_named(profile_file):
    with pytest.raises(DataError, match="bad one"):
        align_to_profile(read_profile(profile_file), ["bad one"], ["ACD1"])


def _origin(server, profile_file, sequences: list[str]) -> ProfileAlignment:
    lines = "".join(
        json.dumps({"accession": f"A{n}", "name": f"A{n}_HUMAN", "sequence": sequence}) + "\n"
        for n, sequence in enumerate(sequences)
    )
    return ProfileAlignment(
        "PF99999",
        RemoteFile("members.jsonl", (server.serve("/members", lines.encode()),)),
        RemoteFile("PF99999.hmm", (server.serve("/hmm", profile_file.read_bytes()),)),
    )


def test_the_alignment_is_written_as_stockholm(server, fetcher, profile_file, family):
    generator = np.random.default_rng(7)
    sequences = [_filler(generator, 20) + row for row in family[:5]]
    origin = _origin(server, profile_file, sequences)
    found = fetcher.fetch(RemoteFile("PF99999.alignment", fallbacks=(origin,)))
    with gzip.open(found.path, "rt") as stream:
        lines = stream.read().splitlines()
    assert lines[:2] == ["# STOCKHOLM 1.0", "#=GF AC   PF99999"]
    rows = dict(line.split() for line in lines[1:-1] if not line.startswith("#"))
    assert len(rows) == 5
    assert {name.split("/")[0] for name in rows} == {f"A{n}_HUMAN" for n in range(5)}
    assert f"#=GS {next(iter(rows))} AC A0" in lines
    assert set(map(len, rows.values())) == {SITES}
    assert found.source == "members of PF99999 aligned to its profile"


def test_members_without_a_domain(server, fetcher, profile_file):
    origin = _origin(server, profile_file, [_filler(np.random.default_rng(8), 100)])
    with pytest.raises(FetchError, match="no member has a domain"):
        fetcher.fetch(RemoteFile("PF99999.alignment", fallbacks=(origin,)))
