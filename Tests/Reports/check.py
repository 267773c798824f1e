"""Checks rendered reports as a browser and a screen reader see them: check.py FOLDER.

Checked are the order of headings, descriptions of drawings, scopes of tables, contrasts, and that nothing is loaded from
elsewhere; then, in a real headless Chromium, that there are no errors on the console and no requests except for the file,
that text is text, and that pictures are not empty in light, in dark, on a phone and on paper.
"""

import html
import html.parser
import json
import pathlib
import re
import struct
import subprocess
import sys
import zlib
from xml.dom import minidom

folder = pathlib.Path(sys.argv[1])
passed, failed = 0, 0


def case(title, body):
    global passed, failed
    try:
        body()
        print(f"ok      {title}")
        passed += 1
    except AssertionError as problem:
        print(f"FAILED  {title}: {problem}")
        failed += 1


class Page(html.parser.HTMLParser):
    """The data about a page that the checks need."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.drawings, self.cells, self.regions, self.tags, self.links, self.ids = [], [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "svg":
            self.drawings.append(values)
        if tag == "th":
            self.cells.append(values)
        if values.get("tabindex") == "0":
            self.regions.append(values)
        if tag == "a":
            self.links.append(values.get("href", ""))
        if "id" in values:
            self.ids.append(values["id"])


def luminance(colour):
    """WCAG 2.1's relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(first, second):
    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def accessible(path):
    text = path.read_text()
    page = Page(text)
    assert page.headings[0] == 1 and page.headings.count(1) == 1, "one title, first"
    for before, after in zip(page.headings, page.headings[1:]):
        assert after <= before + 1, f"a heading of level {after} follows one of level {before}"
    assert all(drawing.get("role") == "img" and drawing.get("aria-label") for drawing in page.drawings), "words for drawings"
    assert page.drawings, "there are drawings"
    assert all("scope" in cell for cell in page.cells), "scopes"
    assert all(region.get("aria-label") and region.get("role") for region in page.regions), "regions have names"
    assert not {"script", "img", "iframe", "link", "object", "form"} & set(page.tags), "nothing but text and drawings"
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links), "links lead to places in the page"
    assert len(page.ids) == len(set(page.ids)), "an id is there once"
    assert '<html lang="en">' in text and 'name="viewport"' in text and "prefers-color-scheme" in text
    verdict = text.index('class="verdict')
    assert verdict < text.index("<table") and verdict < text.index("<figure"), "the verdict comes first"


def contrasts(path):
    schemes = re.findall(r":root\{(--page[^}]*)\}", path.read_text())
    assert len(schemes) == 3, "light, dark and paper"
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+):(#\w+)", scheme))
        for name in ("ink", "soft"):
            assert contrast(colours[name], colours["page"]) >= 4.5, f"{name} in {scheme}"
        for name in ("edge", *(f"c{series}" for series in range(6))):
            assert contrast(colours[name], colours["page"]) >= 3, f"{name} in {scheme}"


def valid(path):
    found = subprocess.run(["tidy", "-quiet", "-errors", str(path)], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[:500]


def chromium(path, *options):
    net = folder / "net.json"
    found = subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
            f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", f"--log-net-log={net}", *options,
            f"file://{path.resolve()}",
        ],
        capture_output=True, text=True, timeout=120,
    )
    return found.stdout, found.stderr, json.loads(net.read_text())


def pixels(path):
    """The number of different rows of pixels of a PNG; an empty page has one."""
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    rows = zlib.decompress(packed)
    stride = len(rows) // height
    return width, height, len({rows[start : start + stride] for start in range(0, len(rows), stride)})


def quiet(path):
    dom, log, net = chromium(path, "--dump-dom")
    assert "CONSOLE" not in log, [line for line in log.splitlines() if "CONSOLE" in line][:3]
    kinds = {number: name for name, number in net["constants"]["logEventTypes"].items()}
    requests = {
        event["params"]["url"]
        for event in net["events"]
        if kinds[event["type"]] == "URL_REQUEST_START_JOB" and "url" in event.get("params", {})
    }
    # Requests that the browser itself makes at its start are not the page's.
    requests = {url for url in requests if not re.match(r"(file|chrome|data|devtools)", url)}
    own = {url for url in requests if not re.search(r"(google|gvt1|chromium)[\w.-]*/", url)}
    assert not own, f"requests: {own}"
    assert "</main>" in dom


def pictures(path):
    for name, options in {
        "light": ["--window-size=1000,2400"],
        "dark": ["--window-size=1000,2400", "--blink-settings=preferredColorScheme=0"],
        "phone": ["--window-size=390,2400"],
        "dark-phone": ["--window-size=390,2400", "--blink-settings=preferredColorScheme=0"],
    }.items():
        shot = folder / f"{path.stem}-{name}.png"
        chromium(path, f"--screenshot={shot}", *options)
        width, height, different = pixels(shot)
        assert different > 200, f"{name}: {width} by {height} pixels, {different} different rows"
    paper = folder / f"{path.stem}.pdf"
    chromium(path, f"--print-to-pdf={paper}")
    assert paper.read_bytes().startswith(b"%PDF") and paper.stat().st_size > 20_000


def widths(path):
    """At the widths of phones and of a desk nothing but a scrolling table is wider than the page, no letter of a figure is
    smaller than 11 pixels, and each figure is drawn once."""
    frames = "".join(
        f'<iframe id="w{width}" src="{path.name}" style="width:{width}px;height:900px;border:0"></iframe>'
        for width in (320, 375, 1280)
    )
    measure = """
      addEventListener("load", () => { document.title = JSON.stringify([...document.querySelectorAll("iframe")].map(frame => {
        const page = frame.contentDocument, shown = [...page.querySelectorAll("figure svg")].filter(svg => svg.getClientRects().length);
        return {
          width: frame.clientWidth, scroll: page.documentElement.scrollWidth, figures: page.querySelectorAll("figure").length,
          shown: shown.length, widest: Math.max(...shown.map(svg => svg.getBoundingClientRect().right)),
          letters: Math.min(...shown.flatMap(svg => [...svg.querySelectorAll("text")].map(
            text => parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))),
          cut: shown.flatMap(svg => [...svg.querySelectorAll("text")].filter(text => {
            const box = text.getBoundingClientRect(), frame = svg.getBoundingClientRect();
            return box.right > frame.right + 4 || box.left < frame.left - 4; }).map(text => text.textContent)).slice(0, 5),
        }; })); });
    """
    wrapper = folder / f"{path.stem}-widths.html"
    wrapper.write_text(f"<!DOCTYPE html><title>loading</title>{frames}<script>{measure}</script>")
    dom, _, _ = chromium(
        wrapper, "--dump-dom", "--allow-file-access-from-files", "--window-size=2100,1000", "--virtual-time-budget=5000")
    found = json.loads(html.unescape(re.search("<title>(.*?)</title>", dom, re.S)[1]))
    assert [page["width"] for page in found] == [320, 375, 1280], found
    for page in found:
        assert page["scroll"] <= page["width"], f"the page is {page['scroll']} pixels wide at {page['width']}"
        assert page["shown"] == page["figures"] > 0, page
        assert page["widest"] <= page["width"], f"a figure ends at {page['widest']} of {page['width']}"
        assert page["letters"] >= 11, f"letters of {page['letters']} pixels at {page['width']}"
        assert not page["cut"], f"at {page['width']} these texts leave their figure: {page['cut']}"


def harmless():
    text = (folder / "hostile.html").read_text()
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert text.count("</main>") == 1 and "<b>group" not in text
    dom, _, _ = chromium(folder / "hostile.html", "--dump-dom")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in dom and "שלום" in dom
    minidom.parse(str(folder / "hostile.svg"))
    markdown = (folder / "hostile.md").read_text()
    assert "<script>" not in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("|") and "pipe" in line]
    assert rows and all(len(re.findall(r"(?<!\\)\|", row)) == len(re.findall(r"(?<!\\)\|", rows[0])) for row in rows[:1])


pages = [folder / name for name in ("audit.html", "hostile.html", "models.html", "finetune.html")]
for path in pages:
    case(f"{path.name} is valid HTML", lambda: valid(path))
    case(f"{path.name} can be read by ear and by keyboard, the verdict first", lambda: accessible(path))
    case(f"{path.name}: no error on Chromium's console, and no request", lambda: quiet(path))
    case(f"{path.name}: pictures in light, in dark, on a phone and on paper", lambda: pictures(path))
    case(f"{path.name}: at 320, 375 and 1,280 pixels everything fits", lambda: widths(path))
case("contrasts in light, in dark and on paper", lambda: contrasts(pages[0]))
case("names that are markup are no more than names", harmless)
case("drawings are well-formed XML", lambda: minidom.parse(str(folder / "audit.svg")))
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
