"""`python -m symcost` is the command `symcost`."""

from symcost.quick import main

raise SystemExit(main())
