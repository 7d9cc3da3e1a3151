"""The report in a real browser, at desktop and phone width, in light and dark."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ebmflow.stages.write_report import write_report
from tests.support import report_study as made
from tests.support.browser import Browser, browser_program

pytestmark = pytest.mark.skipif(
    browser_program() is None, reason="no Chromium on this machine to open the report in"
)
DESKTOP, PHONE = 1280, 390


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Report of a small finished study, with figures, downloads and a table of papers."""
    results = tmp_path_factory.mktemp("study") / "results"
    tables = made.write_study_tables(results, seeds=(0, 1))
    figures = made.write_study_figures(results, "lattice", "label_ff")
    papers = made.write_papers_table(results)
    report, study = results / "report.html", made.study_of(results, (0, 1))
    write_report(tables=tables, figures=figures, report=report, study=study, papers=papers)
    return report


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def shown(request, browser: Browser, page: Path) -> Browser:
    """The browser with the page, at one width."""
    browser.open(page, request.param)
    return browser


def test_nothing_goes_wrong_and_nothing_is_asked_of_the_network(shown: Browser, page: Path) -> None:
    shown.run("document.querySelectorAll('img').forEach(one => one.loading = 'eager')")
    loaded = "Promise.all([...document.images].map(one => one.decode())).then(() => 'all')"
    assert shown.run(loaded) == "all"
    assert shown.run("document.images.length") >= 8
    assert shown.errors == []
    elsewhere = [one for one in shown.requests if not one.startswith("data:")]
    assert elsewhere == [page.resolve().as_uri()]


def test_an_error_would_be_seen(shown: Browser) -> None:
    shown.run("console.error('seen'); setTimeout(() => { throw Error('thrown') })")
    shown.run("new Promise(done => setTimeout(done, 100))")
    shown.run("fetch('https://example.org/x').catch(() => 0)")  # the page's policy forbids it
    text = "\n".join(shown.errors)
    assert "seen" in text
    assert "thrown" in text
    assert "Content Security Policy" in text


OPEN_ALL = """
document.querySelectorAll('details').forEach(one => one.open = true);
document.querySelectorAll('.tab').forEach(one => one.hidden = false);
"""


def test_pictures_have_room_before_they_are_drawn(shown: Browser) -> None:
    sizes = """[...document.images].map(one => [one.getAttribute('width') * 1,
        one.getAttribute('height') * 1, one.naturalWidth, one.naturalHeight])"""
    shown.run("document.querySelectorAll('img').forEach(one => one.loading = 'eager')")
    shown.run("Promise.all([...document.images].map(one => one.decode())).then(() => 'all')")
    for width, height, natural_width, natural_height in shown.run(sizes):
        assert abs(width - natural_width) <= 1
        assert abs(height - natural_height) <= 1


def test_no_sideways_scrolling_of_the_page(shown: Browser) -> None:
    assert shown.run("document.documentElement.scrollWidth <= innerWidth")
    shown.run(OPEN_ALL)
    wide = """[...document.querySelectorAll('body *')].filter(one =>
        one.getBoundingClientRect().right > innerWidth + 1
        && !one.closest('.scroll, .picture, pre, .skip, .stacked thead'))
        .map(one => one.outerHTML.slice(0, 90))"""
    assert shown.run(wide) == []
    assert shown.run("document.documentElement.scrollWidth <= innerWidth")


AAI = 5  # column of the headline
COLUMN = f"""[...document.querySelectorAll('#headline tbody tr')]
    .map(row => row.cells[{AAI}].dataset.value ?? null)"""
PRESS = f"document.querySelectorAll('#headline thead button')[{AAI}].click()"
STATE = f"document.querySelectorAll('#headline thead th')[{AAI}].getAttribute('aria-sort')"


def test_headings_sort(shown: Browser) -> None:
    shown.run(PRESS)
    numbers = [float(one) for one in shown.run(COLUMN) if one is not None]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 4
    shown.run(PRESS)
    assert [float(one) for one in shown.run(COLUMN) if one is not None] == numbers[::-1]
    assert shown.run(STATE) == "descending"


def test_labels_are_hidden_and_shown(shown: Browser) -> None:
    rows = """[...document.querySelectorAll('#labels-1 tbody tr')]
        .filter(one => one.offsetHeight).length"""
    before = shown.run(rows)
    shown.run("document.querySelector('.toggles input').click()")
    assert 0 < shown.run(rows) < before
    shown.run("document.querySelector('.toggles input').click()")
    assert shown.run(rows) == before


def test_models_are_tabs_for_mouse_and_keyboard(shown: Browser) -> None:
    visible = """[...document.querySelector('.tabs').querySelectorAll(':scope > .tab')]
        .filter(one => one.offsetHeight).map(one => one.dataset.title)"""
    assert shown.run(visible) == ["label_ff"]
    shown.run("document.querySelectorAll('[role=tab]')[1].click()")
    assert shown.run(visible) == ["label_pcd"]
    shown.run("document.querySelectorAll('[role=tab]')[1].focus()")
    shown.press("ArrowRight")
    assert shown.run(visible) == ["label_ff"]
    assert shown.run("document.activeElement.getAttribute('aria-selected')") == "true"


def test_downloads_decode(shown: Browser, tmp_path: Path) -> None:
    shown.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    name = shown.run("document.querySelector('a[download$=\".fasta\"]').download")
    shown.run("document.querySelector('a[download$=\".fasta\"]').click()")
    file = tmp_path / name
    end = time.monotonic() + 20
    while not file.is_file() and time.monotonic() < end:
        time.sleep(0.1)
    lines = file.read_text().splitlines()
    assert lines[0].startswith(">lattice|label_ff|seed-0|per_label|")
    sequences = [line for line in lines if not line.startswith(">")]
    assert len(sequences) == len(lines) // 2
    assert all(set(line) <= set(made.PROTEIN[1:]) for line in sequences)


def test_everything_to_press_has_a_name_and_can_be_reached(shown: Browser) -> None:
    nodes = shown.call("Accessibility.getFullAXTree")["nodes"]
    roles = ("button", "link", "tab", "checkbox", "region", "table", "image")
    found = [one for one in nodes if not one["ignored"] and one["role"]["value"] in roles]
    assert {one["role"]["value"] for one in found} >= {"button", "link", "tab", "region", "table"}
    nameless = [one["role"]["value"] for one in found if not one.get("name", {}).get("value")]
    assert nameless == []
    shown.run("document.querySelector('.skip').focus()")
    assert shown.run("document.activeElement.getBoundingClientRect().left") >= 0


# WCAG 2.1: contrast of text with what lies behind it; alpha is blended.
CONTRAST = """(() => {
  const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const over = (above, below) => {
    const part = above[3] ?? 1;
    return [0, 1, 2].map(i => above[i] * part + below[i] * (1 - part));
  };
  const behind = one => {
    const layers = [];
    for (let up = one; up; up = up.parentElement)
      layers.unshift(parse(getComputedStyle(up).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const linear = value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = rgb => {
    const [red, green, blue] = rgb.map(value => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const poor = new Set();
  let seen = 0;
  for (const one of document.querySelectorAll('body *')) {
    const says = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!says || !one.offsetHeight) continue;
    const ground = behind(one), ink = over(parse(getComputedStyle(one).color), ground);
    const [high, low] = [light(ink), light(ground)].sort((x, y) => y - x);
    const contrast = (high + 0.05) / (low + 0.05);
    seen += 1;
    if (contrast < 4.5) poor.add(`${one.tagName}.${one.className} ${contrast.toFixed(2)}`);
  }
  return {seen, poor: [...poor]};
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(browser: Browser, page: Path, scheme: str) -> None:
    browser.open(page, DESKTOP, scheme=scheme)
    browser.run(OPEN_ALL)
    found = browser.run(CONTRAST)
    assert found["seen"] > 200
    assert found["poor"] == []
    ground = "getComputedStyle(document.body).backgroundColor"
    assert browser.run(ground) == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 24, 30)")


def test_papers_stand_in_rows_on_a_desktop_and_in_blocks_on_a_phone(
    browser: Browser, page: Path
) -> None:
    lefts = """[...new Set([...document.querySelector('table.papers tbody tr').cells]
        .map(one => Math.round(one.getBoundingClientRect().left)))].length"""
    browser.open(page, DESKTOP)
    assert browser.run(lefts) == 6
    browser.open(page, PHONE)
    assert browser.run(lefts) == 1
    words = browser.run("document.querySelector('#papers').innerText")
    for text in ("✓ agrees", "✗ deviates", "? not decided", "Not run here, and why (1)"):
        assert text in words
