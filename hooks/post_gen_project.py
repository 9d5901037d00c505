"""cookiecutter runs this after it wrote, with its own values in the place of the braces."""

import json
import sys

sys.path.insert(0, r"{{ template }}")
from hooks.cookiecutter_door import finish

sys.exit(finish(json.loads(r"""{{ cookiecutter | jsonify }}""")))
