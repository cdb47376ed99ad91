"""`python -m frontal` is the program `frontal`."""

import sys

from frontal.cli import main

sys.exit(main())
