"""The catalogue of scenario files: what each asks, read from its source without running it."""

from harness.scenarios.files import HELPERS, NO_HELPER, ScenarioFile
from harness.scenarios.first import TEMPLATES, write_first
from harness.scenarios.folders import files_of, kit_fingerprint, load_scenarios, refuse_unknown_lanes, scenario_folders

__all__ = [
    "HELPERS",
    "NO_HELPER",
    "TEMPLATES",
    "ScenarioFile",
    "files_of",
    "kit_fingerprint",
    "load_scenarios",
    "refuse_unknown_lanes",
    "scenario_folders",
    "write_first",
]
