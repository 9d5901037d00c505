"""cookiecutter runs this before it writes, with its own values in the place of the braces."""

import json
import sys

sys.path.insert(0, r"{{ template }}")
from hooks.cookiecutter_door import prepare

sys.exit(prepare(json.loads(r"""{{ cookiecutter | jsonify }}""")))
