"""``python -m ops.local up|down|status|logs|dev|outputs``; ``make`` calls it."""

import sys

try:
    from ops.local.command import main

    code = main(sys.argv[1:])
except KeyboardInterrupt:  # so early that nothing has been started
    print("\ninterrupted", file=sys.stderr)
    code = 130
sys.exit(code)
