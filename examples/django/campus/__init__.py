"""A Django site with its admin, behind the gate."""
