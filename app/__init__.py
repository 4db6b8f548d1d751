"""The platform itself: engine, agents, migrations; one image, one command each."""
