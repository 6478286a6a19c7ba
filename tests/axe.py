"""axe-core, served from disk: what of a page people with assistive technology would stumble over."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_RUN = "(rules) => axe.run(document, { resultTypes: ['violations'], ...rules && { runOnly: rules } })"


def serious(page: Page, *rules: str) -> list[str]:
    """Return the findings of axe-core in *page* that are serious or critical, each with its places.

    Args:
        rules: the only ones to apply; none: all.
    """
    if page.evaluate("!window.axe"):
        page.evaluate(_AXE)
    violations = page.evaluate(_RUN, list(rules) or None)["violations"]
    return [
        f"{found['id']}: {' '.join(str(node['target']) for node in found['nodes'])}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
    ]
