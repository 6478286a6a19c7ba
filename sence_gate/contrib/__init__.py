"""Readers of what a framework knows of its visitors, each imported only where settings ask for it."""
