"""The program of a region's stack: settings in, region out."""

from infra.haste import hurry

hurry()

from infra.program import main  # noqa: E402 - the import is most of what there is to hurry

main()
