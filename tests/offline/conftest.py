"""The plugins' package is importable in their tests as it is in the plugins themselves."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
