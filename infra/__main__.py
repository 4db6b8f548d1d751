"""The program of a region's stack: settings in, region out."""

from infra.program import main

main()
