"""kilter: an embedded indicator engine for health and social care.

Values from summed parts, judged against dated targets with tolerance, rolled up to outcomes and scorecards,
and readable as they were known on any day.

>>> import kilter, tempfile
>>> made = kilter.demo(tempfile.mkdtemp() + "/demo")
>>> engine = kilter.open(made.path)
>>> engine.values("NI-19", made.area, period="2023/24")["denominator"]
[18370.0]
>>> kilter.methods.crude_rate([12], [96], per=1000)["value"]
[125.0]
"""

from __future__ import annotations

from . import columns, errors, methods
from ._arguments import AsAt, Day, Many, Period
from ._native import version as __version__
from .engine import Demo, Engine, check_backup, create, demo, migrate, open, repair, restore, verify
from .errors import (
    Closed,
    Damaged,
    DataError,
    FrameworkError,
    IngestError,
    InternalError,
    KilterError,
    Locked,
    MethodError,
    NotFound,
    PeriodError,
    Problem,
    ProfileError,
    QuestionError,
    ReadError,
    StoreError,
)
from .framework import Framework, catalogue_frameworks, catalogue_profiles
from .receipt import Receipt
from .scorecard import Explanation, Scorecard, Verification, WhatIf
from .table import Table

__all__ = [
    "AsAt",
    "Closed",
    "Damaged",
    "DataError",
    "Day",
    "Demo",
    "Engine",
    "Explanation",
    "Framework",
    "FrameworkError",
    "IngestError",
    "InternalError",
    "KilterError",
    "Locked",
    "Many",
    "MethodError",
    "NotFound",
    "Period",
    "PeriodError",
    "Problem",
    "ProfileError",
    "QuestionError",
    "ReadError",
    "Receipt",
    "Scorecard",
    "StoreError",
    "Table",
    "Verification",
    "WhatIf",
    "__version__",
    "catalogue_frameworks",
    "catalogue_profiles",
    "check_backup",
    "columns",
    "create",
    "demo",
    "errors",
    "methods",
    "migrate",
    "open",
    "repair",
    "restore",
    "verify",
]
