"""The rules for Prometheus and the dashboard for Grafana, beside what the server shows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest

import chatsvc
from chatsvc.metrics.metric import HISTOGRAM
from chatsvc.metrics.table import METRICS
from tests.metrics.scraping import MetricsTestCase
from tests.processes import FolderTestCase

CONTRIB = Path(chatsvc.__file__).parents[1] / "contrib"
RULES = CONTRIB / "prometheus" / "alerts.yml"
DASHBOARD = CONTRIB / "grafana" / "chatsvc.json"
ALERTS = Path(__file__).with_name("alerts.yml")
OTHERS = {"up"}  # what Prometheus adds
NAME = re.compile(r"\b(?:chatsvc|process)_[a-z_]+\b")
MATCHED = re.compile(r"\b([a-z_]+)\{([^}]*)\}")
SELECTED = re.compile(r'([a-z]+)=~?"([^"]*)"')


def promtool(*arguments: object) -> None:
    """Have promtool check something; what it says is the error."""
    if shutil.which("promtool") is None:
        raise SkipTest("promtool is not installed: apt install prometheus")
    ran = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def expressions() -> list[str]:
    """All that the rules and the dashboard ask for."""
    rules = re.findall(
        r"^        expr: (.+?)\n        [a-z]", RULES.read_text("utf-8"), re.M | re.S
    )
    return [*(rule.removeprefix(">-").strip() for rule in rules), *dashboard()]


def dashboard() -> list[str]:
    """All that the dashboard asks for."""
    return [target["expr"] for panel in panels() for target in panel.get("targets", ())]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return found


class NameTests(MetricsTestCase):
    def setUp(self) -> None:
        if not CONTRIB.exists():
            raise SkipTest("contrib is not installed")
        super().setUp()

    def test_whatever_they_ask_for_is_shown(self) -> None:
        shown = set(self.scraped())
        names = {name.partition("{")[0] for name in shown}
        asked = expressions()
        self.assertGreater(len(asked), 50)
        for expression in asked:
            used = set(NAME.findall(expression)) - {"chatsvc"}
            self.assertTrue(used or OTHERS & set(re.findall(r"[a-z]+", expression)), expression)
            self.assertLessEqual(used, names, expression)

    def test_whatever_they_select_there_is(self) -> None:
        shown = set(self.scraped())
        for expression in expressions():
            for name, inside in MATCHED.findall(expression):
                for label, values in SELECTED.findall(inside):
                    if label in ("job", "instance"):
                        continue
                    for value in values.split("|"):
                        self.assertIn(f'{name}{{{label}="{value}"}}', shown)

    def test_they_sum_by_labels_that_there_are(self) -> None:
        labels = {each.name: each.label for each in METRICS}
        for expression in expressions():
            for by in re.findall(r"\bby \(([^)]+)\)", expression):
                for label in set(by.split(", ")) - {"job", "instance", "le"}:
                    used = [labels.get(name) for name in NAME.findall(expression)]
                    self.assertIn(label, used, expression)

    def test_every_metric_is_on_the_dashboard(self) -> None:
        asked = " ".join(dashboard())
        for name, kind, *_ in METRICS:
            self.assertIn(f"{name}_bucket{{" if kind == HISTOGRAM else f"{name}{{", asked)


class ContribTestCase(FolderTestCase):
    def setUp(self) -> None:
        if not CONTRIB.exists():
            raise SkipTest("contrib is not installed")
        super().setUp()


class RuleTests(ContribTestCase):
    def test_the_rules_are_right(self) -> None:
        promtool("check", "rules", RULES)

    def test_they_fire_when_they_should(self) -> None:
        promtool("test", "rules", ALERTS)

    def test_each_is_tried_both_ways(self) -> None:
        alerts = re.findall(r"^      - alert: (\w+)$", RULES.read_text("utf-8"), re.M)
        tried = re.findall(r"alertname: (\w+)\n +exp_alerts:( \[\])?", ALERTS.read_text("utf-8"))
        self.assertEqual(len(set(alerts)), len(alerts))
        fires = [name for name, is_quiet in tried if not is_quiet]
        self.assertEqual((sorted(fires), len(tried)), (sorted(alerts), 2 * len(alerts)))


class DashboardTests(ContribTestCase):
    def test_each_expression_is_right(self) -> None:
        rules = [
            {"record": f"dashboard:{number}", "expr": each.replace("$__rate_interval", "1m")}
            for number, each in enumerate(dashboard())
        ]
        path = self.folder / "rules.yml"  # JSON is YAML
        path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
        promtool("check", "rules", path)

    def test_the_panels(self) -> None:
        self.assertEqual(len({panel["id"] for panel in panels()}), len(panels()))
        taken: set[tuple[int, int]] = set()
        for panel in panels():
            place = panel["gridPos"]
            cells = {
                (place["x"] + x, place["y"] + y)
                for x in range(place["w"])
                for y in range(place["h"])
            }
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells
        titles = [panel["title"] for panel in panels()]
        self.assertTrue(all(titles))

    def test_each_legend_names_a_label(self) -> None:
        labels = {each.name: each.label for each in METRICS}
        for panel in panels():
            targets = panel.get("targets", [])
            for one, other in combinations(targets, 2):
                self.assertNotEqual(one["refId"], other["refId"])
            for target in targets:
                for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                    used = [labels.get(name) for name in NAME.findall(target["expr"])]
                    self.assertIn(label, used, target)

    def test_grafana_understands_all_of_it(self) -> None:
        """By Grafana's own models of a dashboard, there and back."""
        try:
            from grafana_foundation_sdk.cog.encoder import JSONEncoder
            from grafana_foundation_sdk.cog.plugins import register_default_plugins
            from grafana_foundation_sdk.models.dashboard import Dashboard
        except ModuleNotFoundError:
            raise SkipTest("it is not installed: pip install grafana-foundation-sdk") from None
        register_default_plugins()
        wanted = json.loads(DASHBOARD.read_text("utf-8"))
        found = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(wanted)))
        self.assertEqual(list(_lost(wanted, found)), [])


def _lost(wanted: Any, found: Any, where: str = "") -> list[str]:
    """What is not understood, but for what means nothing."""
    if isinstance(wanted, dict):
        missing = {key for key, value in wanted.items() if key not in found and value}
        lost = [f"{where}.{key}" for key in missing]
        for key in wanted.keys() & found.keys():
            lost += _lost(wanted[key], found[key], f"{where}.{key}")
        return lost
    if isinstance(wanted, list):
        pairs = zip(wanted, found, strict=True)
        return [each for one, other in pairs for each in _lost(one, other, where)]
    return [] if wanted == found else [where]
