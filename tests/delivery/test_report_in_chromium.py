"""A report in Debian's Chromium, without a head: what it asks for, what it says, and how it is read."""

import json
import shutil
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from constructed_report import folds_report, report, run_report
from test_report_page import EVIL_PATH, HOSTILE

from classeur.delivery.report import Report
from classeur.delivery.report_page import render_page

WIDTHS = (360, 768, 1440)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium by its driver; tests are skipped where one of both is missing (make browser installs them)."""
    selenium = pytest.importorskip("selenium", reason="no Selenium; make test installs it")
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}; make browser installs it")
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    assert selenium
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    hostile = run_report(HOSTILE, path=EVIL_PATH, name="<u>run</u>")
    several = (run_report(), run_report(name="second", epochs=12, seed=1))
    found = {
        "one": report(run_report(epochs=12)),
        "korean": report(language="ko"),
        "folds": report(folds_report()),
        "several": report(*several),
        "hostile": report(hostile),
        "from the right": report(run_report(("ورد", "زنبق"), epochs=12)),
    }
    return {name: _written(each, folder / f"{name}.html") for name, each in found.items()}


def _written(found: Report, path: Path) -> Path:
    path.write_text(render_page(found), encoding="utf-8")
    return path


def _open(browser: Any, page: Path, *, width: int = 1200, scheme: str = "light") -> None:
    """Open a page, with what was logged of an earlier one forgotten."""
    browser.get_log("browser")
    browser.get_log("performance")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.get(page.as_uri())


@pytest.mark.parametrize("name", ["one", "korean", "several", "hostile", "from the right"])
def test_nothing_is_asked_for_and_nothing_complained_of(browser: Any, pages: dict[str, Path], name: str) -> None:
    _open(browser, pages[name])
    assert browser.get_log("browser") == []
    messages = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    asked = {
        each["params"]["request"]["url"].split("#")[0]
        for each in messages
        if each["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in asked if not url.startswith("data:image/jpeg;")} == {pages[name].as_uri()}


def test_a_hostile_name_runs_nothing(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["hostile"])
    assert browser.execute_script("return window.hacked === undefined && !document.scripts.length")
    assert browser.execute_script("return document.querySelectorAll('[onerror],[onload]').length") == 0
    said = browser.execute_script("return document.body.textContent")
    assert all(name in said for name in HOSTILE)


def test_the_policy_would_catch_a_script_and_a_request(browser: Any, tmp_path: Path) -> None:
    page = render_page(report())
    planted = '<script>window.hacked=1</script><img src="https://example.invalid/a.png"></body>'
    path = tmp_path / "planted.html"
    path.write_text(page.replace("</body>", planted), encoding="utf-8")
    _open(browser, path)
    assert browser.execute_script("return window.hacked") is None
    refused = " ".join(each["message"] for each in browser.get_log("browser"))
    assert "script-src" in refused or "default-src 'none'" in refused
    assert "example.invalid" in refused


def test_each_picture_is_decoded(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["one"])
    decoded = browser.execute_async_script(
        """const done = arguments[0];
        const all = [...document.images];
        all.forEach(each => each.loading = "eager");
        Promise.all(all.map(each => each.decode().then(() => each.naturalWidth, () => 0))).then(done)"""
    )
    assert len(decoded) > 20
    assert min(decoded) > 0


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["one", "folds", "several", "hostile"])
def test_no_page_is_wider_than_its_window(browser: Any, pages: dict[str, Path], name: str, width: int) -> None:
    _open(browser, pages[name], width=width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_a_cell_opens_its_photographs_without_a_mouse(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.keys import Keys

    _open(browser, pages["one"])
    [link, *_] = browser.find_elements("css selector", ".matrix a")
    cell = browser.find_element("id", link.get_attribute("href").split("#")[1])
    assert not cell.is_displayed()
    link.send_keys(Keys.ENTER)
    assert cell.is_displayed()
    assert cell.find_elements("css selector", "img")
    # Whoever reads by keyboard or screen reader goes on in what was opened, and from there back to where it was opened.
    assert browser.switch_to.active_element == cell
    browser.switch_to.active_element.send_keys(Keys.TAB)
    back = browser.switch_to.active_element
    assert back == cell.find_element("css selector", ".close a")
    back.send_keys(Keys.ENTER)
    assert not cell.is_displayed()
    assert browser.switch_to.active_element == link


def test_the_first_key_skips_to_the_report_and_focus_is_seen(browser: Any, pages: dict[str, Path]) -> None:
    from selenium.webdriver.common.keys import Keys

    _open(browser, pages["one"])
    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    focused = browser.switch_to.active_element
    assert focused.get_attribute("href").endswith("#main")
    assert focused.value_of_css_property("outline-style") == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["one", "korean", "folds", "several"])
def test_axe_finds_nothing_serious(browser: Any, pages: dict[str, Path], name: str, scheme: str) -> None:
    axe_of = pytest.importorskip("axe_selenium_python", reason="no axe-core; make test installs it")
    _open(browser, pages[name], scheme=scheme)
    axe = axe_of.Axe(browser)
    axe.inject()
    found = [
        (each["id"], each["impact"], [node["target"] for node in each["nodes"][:3]]) for each in axe.run()["violations"]
    ]
    assert not found


def test_dark_is_dark_and_light_is_light(browser: Any, pages: dict[str, Path]) -> None:
    def brightness(scheme: str) -> float:
        _open(browser, pages["one"], scheme=scheme)
        colour = browser.find_element("tag name", "body").value_of_css_property("background-color")
        return float(np.mean([int(each) for each in colour.split("(")[1].rstrip(")").split(",")[:3]]))

    assert brightness("light") > 240
    assert brightness("dark") < 40


def test_it_prints_on_a4(browser: Any, pages: dict[str, Path]) -> None:
    _open(browser, pages["one"])
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not browser.find_element("tag name", "nav").is_displayed()
        printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
        width = browser.execute_script("return document.documentElement.scrollWidth")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert len(printed["data"]) > 10_000
    assert width <= 1200


@pytest.mark.slow
def test_a_hundred_thousand_predictions_open_in_three_seconds(browser: Any, tmp_path: Path) -> None:
    names = [f"class {number:02}" for number in range(20)]
    page = _written(report(run_report(names, num_images=100_000)), tmp_path / "many.html")
    assert page.stat().st_size < 10_000_000
    began = time.monotonic()
    _open(browser, page)
    assert browser.execute_script("return document.readyState") == "complete"
    assert time.monotonic() - began < 3


def test_in_a_notebook_a_cell_opens_in_its_frame(browser: Any, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    shown = report()._repr_html_()
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><title>notebook</title>{shown}", encoding="utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        browser.get(f"http://127.0.0.1:{server.server_address[1]}/notebook.html")
        try:
            browser.switch_to.frame(browser.find_element("tag name", "iframe"))
            [link, *_] = browser.find_elements("css selector", ".matrix a")
            cell = browser.find_element("id", link.get_attribute("href").split("#")[1])
            link.send_keys(Keys.ENTER)
            assert cell.is_displayed()
            assert browser.switch_to.active_element == cell
            cell.find_element("css selector", ".close a").send_keys(Keys.ENTER)
            assert not cell.is_displayed()
        finally:
            browser.switch_to.default_content()
            server.shutdown()
