"""The demonstration: two reference workbooks as they are, two more made here, all brought in as any file is."""

from pathlib import Path

DEMO_WORKBOOKS = Path(__file__).parent / "workbooks"
