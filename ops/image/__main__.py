"""`python -m ops.image`."""

import sys

from ops.image.command import main

sys.exit(main(sys.argv[1:]))
