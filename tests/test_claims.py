from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from harness import shipped
from harness.claims import load_claims
from harness.errors import ConfigurationError


def test_the_shipped_claims_are_all_there_and_readable() -> None:
    claims = load_claims(shipped.claims_file())
    by_id = {claim.id: claim for claim in claims}
    assert {"C01", "C12", "W5", "D11", "I3", "S3", "R7", "N1", "A01"} <= set(by_id)
    assert by_id["C02"].until == Version("2.12")
    assert {claim.platform for claim in claims if claim.id.startswith("W")} == {"windows"}


CLAIM = '[[claim]]\nid = "C01"\ntext = "x"\npage = "topics/asyncio"\nsince = "2.0"\n'


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (CLAIM + CLAIM, "is there twice"),
        (CLAIM + 'until = "1.8"\n', "is before 2.0"),
        (CLAIM + 'untill = "2.8"\n', "did you mean until?"),
        (CLAIM + 'platform = "win"\n', "windows"),
        (CLAIM.replace('"2.0"', '"two"'), "write a minor release"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(text: str, part: str, tmp_path: Path) -> None:
    file = tmp_path / "claims.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_claims(file)
    assert part in str(caught.value)
