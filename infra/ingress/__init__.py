"""The way in as plain data: sites and their routes, annotations, the controller's configuration and chart values."""
