"""`python -m symcost` is the command `symcost`."""

from symcost.cli import main

raise SystemExit(main())
