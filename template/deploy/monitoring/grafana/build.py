# /// script
# requires-python = ">=3.11"
# dependencies = ["grafana-foundation-sdk==0.0.21"]
# ///
"""Write Grafana's dashboards from their code: each file of source/ makes one of dashboards/."""

import json
from importlib import import_module
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

HERE = Path(__file__).parent


def main() -> None:
    """Write them all."""
    for path in sorted((HERE / "source").glob("*.py")):
        made = import_module(f"source.{path.stem}").dashboard(path.stem).build()
        text = json.dumps(made, cls=JSONEncoder, indent=2) + "\n"
        (HERE / "dashboards" / f"{path.stem}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
